"""What every test of the project runs in: nothing of it depends on how fast the machine is."""

from collections.abc import Callable, Mapping

import hypothesis
import pytest

from tests.steady_loop import SteadyLoop

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], SteadyLoop]]:
    return {"steady": SteadyLoop}
