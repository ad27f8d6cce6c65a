"""What every test of the project runs in."""

from collections.abc import Callable, Mapping

import pytest

from tests.steady_loop import SteadyLoop


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], SteadyLoop]]:
    return {"steady": SteadyLoop}
