"""What is believed of two hypotheses. The sentences here are all a grammar would know, unless said otherwise."""

import pytest

from speech.recognizer.agreement import believed, distance, guessed_name


def anything(_: str) -> bool:
    return True


def nothing(_: str) -> bool:
    return False


def test_what_both_heard_is_believed() -> None:
    assert believed("two adults and a dog", "two adults and a dog", anything) == "two adults and a dog"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("how much is the room per night", "how much is a room would like"),
        ("november twenty seventh", "november twenty seven"),
        ("yeah", "yes"),
        ("nope", "no"),
        ("um two adults and one child", "two adults and one child please"),
    ],
)
def test_words_without_weight_may_differ(one: str, other: str) -> None:
    assert believed(one, other, anything) == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two nights from friday", "three nights from friday"),
        ("two nights from friday for two adults", "two nights from sunday for two adults"),
        ("what time is check in", "what time is check out"),
        ("that is correct", "that is not correct"),
        ("yes please", "no please"),
        ("march first until march fifth", "march third until march fifth"),
    ],
)
def test_one_word_with_weight_is_enough_to_disbelieve(one: str, other: str) -> None:
    assert believed(one, other, anything) == ""


def test_what_has_no_word_in_common_is_not_believed_for_having_no_weight() -> None:
    assert believed("would you like it", "a room for me", anything) == ""


@pytest.mark.parametrize(("one", "other"), [("", ""), ("yes", ""), ("", "yes")])
def test_silence_is_not_believed(one: str, other: str) -> None:
    assert believed(one, other, anything) == ""


def test_the_other_decoder_speaks_where_the_grammar_broke_off() -> None:
    sentences = {"do you allow pets"}
    assert believed("do you allow a", "do you allow pets", sentences.__contains__) == "do you allow pets"


def test_what_is_no_sentence_is_never_believed() -> None:
    assert believed("do you allow a", "do you allow a", nothing) == ""


def test_a_name_is_guessed_where_both_heard_about_as_many_words() -> None:
    assert guessed_name("susan baker", "human baker", anything) == "susan baker"


@pytest.mark.parametrize("other", ["", "not really me and a few in tomorrow"])
def test_no_name_is_guessed_from_noise_or_long_speech(other: str) -> None:
    assert guessed_name("susan baker", other, anything) == ""


def test_only_names_are_guessed() -> None:
    assert guessed_name("a person please", "pardon please", nothing) == ""


def test_distance_counts_words_to_insert_delete_and_replace() -> None:
    assert distance(["a", "b", "c"], ["a", "x", "c", "d"]) == 2
    assert distance([], ["a", "b"]) == 2
