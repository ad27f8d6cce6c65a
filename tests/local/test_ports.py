import socket
from collections.abc import Iterator

import pytest

from local import ports
from local.errors import SetupError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_every_name_gets_a_port_of_its_own() -> None:
    found = ports.assign(["a", "b", "c"])
    assert list(sorted(found)) == ["a", "b", "c"]
    assert len(set(found.values())) == 3


def test_a_fixed_port_is_kept() -> None:
    free = ports.assign(["x"])["x"]
    assert ports.assign(["a", "b"], {"b": free})["b"] == free


def test_a_port_in_use_is_named_with_the_cure(taken: int) -> None:
    with pytest.raises(SetupError) as raised:
        ports.assign(["speech"], {"speech": taken})
    assert f"Port {taken}, asked for speech, cannot be used: it is in use." in str(raised.value)
    assert "--port speech=N" in str(raised.value)


def test_an_impossible_port_and_an_unknown_name_are_refused() -> None:
    with pytest.raises(SetupError, match="1 to 65535"):
        ports.assign(["a"], {"a": 70_000})
    with pytest.raises(SetupError, match=r"(?s)no port called 'z'.*Ports: a, b"):
        ports.assign(["a", "b"], {"z": 1})
