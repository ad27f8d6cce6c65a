"""The fake recogniser keeps the port's promises and its script."""

import pytest

from speech.stt import Recogniser
from speech.stt_scripted import ScriptedRecogniser


async def test_it_hears_its_lines_in_order_and_says_what_it_was_asked() -> None:
    script = ScriptedRecogniser(["a room please", ""])
    recogniser: Recogniser = script
    first = await recogniser.open("open", 8000)
    first.feed(bytes(3200))
    second = await recogniser.open("yes_no", 24000)
    assert [(await first.finish()).text, (await second.finish()).text] == ["a room please", ""]
    assert script.opened == [("open", 8000), ("yes_no", 24000)]
    assert script.fed_bytes == [3200, 0]
    script.assert_finished()


async def test_it_fails_on_more_and_on_less_than_its_script() -> None:
    with pytest.raises(AssertionError, match="does not have"):
        await (await ScriptedRecogniser([]).open("open", 8000)).finish()
    with pytest.raises(AssertionError, match="never heard"):
        ScriptedRecogniser(["yes"]).assert_finished()


async def test_a_cancelled_utterance_uses_up_no_line() -> None:
    script = ScriptedRecogniser(["yes"])
    await (await script.open("open", 8000)).cancel()
    assert (await (await script.open("open", 8000)).finish()).text == "yes"
    assert script.cancelled == 1


async def test_it_refuses_what_the_real_one_refuses() -> None:
    with pytest.raises(ValueError, match="11025"):
        await ScriptedRecogniser([]).open("open", 11025)
