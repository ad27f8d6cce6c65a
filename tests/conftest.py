"""What every test of the project runs in: nothing of it depends on how fast the machine is."""

from collections.abc import Callable, Mapping

import hypothesis
import pytest

from tests.steady_loop import SteadyLoop

# What stands in a file beside the tests says as much of an assertion that fails as a test does.
pytest.register_assert_rewrite("tests.e2e", "tests.functions", "tests.local", "tests.relay", "tests.speech")

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], SteadyLoop]]:
    return {"steady": SteadyLoop}
