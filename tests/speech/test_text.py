"""What is written and what is said: one table."""

import pytest

from speech.number_words import cardinal, ordinal, year
from speech.text import split_sentences, to_spoken

SPOKEN = [
    # money
    ("$335.72", "three hundred thirty-five dollars and seventy-two cents"),
    ("$129.00 a night", "one hundred twenty-nine dollars a night"),
    ("$1 and $0.50", "one dollar and fifty cents"),
    ("$1,234.01", "one thousand two hundred thirty-four dollars and one cent"),
    ("$0", "zero dollars"),
    ("It is $25.", "It is twenty-five dollars."),
    ("$89-$109", "eighty-nine dollars to one hundred nine dollars"),
    # dates
    ("Friday, November 27", "Friday, November twenty-seventh"),
    ("Nov. 27, 2026", "November twenty-seventh, twenty twenty-six"),
    ("November 27th to November 29th", "November twenty-seventh to November twenty-ninth"),
    ("December 3-5", "December third to fifth"),
    ("2026-12-01", "December first, twenty twenty-six"),
    ("12/24/2026", "December twenty-fourth, twenty twenty-six"),
    ("the 31st", "the thirty-first"),
    ("2 May", "second of May"),
    ("You may 2 times", "You may two times"),
    ("open since 1968.", "open since nineteen sixty-eight."),
    # times
    ("3:00 PM", "three p m"),
    ("from 3 p.m. on", "from three p m on"),
    ("Check-in is at 3 p.m.", "Check-in is at three p m."),
    ("11:30 a.m., or later", "eleven thirty a m, or later"),
    ("7:05 am", "seven oh five a m"),
    ("7-10 AM", "seven to ten a m"),
    ("from 7:00 to 9:30 AM", "from seven to nine thirty a m"),
    ("15:00", "three p m"),
    ("at 11:00", "at eleven o'clock"),
    ("00:00", "midnight"),
    ("open 24/7", "open twenty-four seven"),
    # telephone numbers and rooms
    ("+12072203501", "two zero seven, two two zero, three five, zero one"),
    ("(207) 555-0142", "two zero seven, five five five, zero one, four two"),
    ("call 207-220-3502.", "call two zero seven, two two zero, three five, zero two."),
    ("555-0142", "five five five, zero one, four two"),
    ("a number ending in 99", "a number ending in nine nine"),
    ("room 204", "room two oh four"),
    ("Room 12", "Room twelve"),
    ("room number 1204", "room twelve oh four"),
    ("room 300", "room three hundred"),
    ("extension 15", "extension one five"),
    ("Your code is K7QX.", "Your code is K, seven, Q, X."),
    # other numbers
    ("2 nights for 2 adults and 1 dog", "two nights for two adults and one dog"),
    ("1,500 feet", "one thousand five hundred feet"),
    ("04217", "zero four two one seven"),
    ("7.5 miles", "seven point five miles"),
    ("9% tax", "nine percent tax"),
    ("on Route 2", "on Route two"),
    ("bed & breakfast", "bed and breakfast"),
    ("no numbers here", "no numbers here"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "said"), SPOKEN)
def test_written_text_is_said_as_a_person_would_say_it(written: str, said: str) -> None:
    assert to_spoken(written) == said


@pytest.mark.parametrize("written", [written for written, _ in SPOKEN])
def test_saying_it_twice_changes_nothing_and_leaves_no_digit(written: str) -> None:
    said = to_spoken(written)
    assert to_spoken(said) == said
    assert not any(character.isdigit() for character in said)


def test_sentences_join_to_the_text_again() -> None:
    text = "Check-in is at 3 p.m. and it is free. Dr. Smith asks: are you coming?  Yes! "
    assert split_sentences(text) == [
        "Check-in is at 3 p.m. and it is free. ",
        "Dr. Smith asks: are you coming?  ",
        "Yes! ",
    ]
    assert split_sentences("") == []
    assert split_sentences("$335.72 in all") == ["$335.72 in all"]


def test_number_words() -> None:
    assert cardinal(0) == "zero"
    assert cardinal(1_000_001) == "one million one"
    assert [ordinal(n) for n in (1, 12, 20, 30, 100)] == ["first", "twelfth", "twentieth", "thirtieth", "one hundredth"]
    assert [year(n) for n in (1900, 2000, 2005, 2026)] == [
        "nineteen hundred",
        "two thousand",
        "two thousand five",
        "twenty twenty-six",
    ]
