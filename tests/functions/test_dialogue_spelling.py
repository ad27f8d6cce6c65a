"""Names and codes as they are spelled, in both languages, and times of day."""

import pytest
from nightdesk.dialogue import spelling
from nightdesk.dialogue.languages import lexicon_for
from nightdesk.dialogue.times import Usual, clock_time


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("s m i t h", "Smith"),
        ("S-M-I-T-H.", "Smith"),
        ("s, m, i, t, h", "Smith"),
        ("smith s m i t h", "Smith"),
        ("it's s m i t h please", "Smith"),
        ("sierra mike india tango hotel", "Smith"),
        ("s as in sugar m as in mary i t h", "Smith"),
        ("b for bravo a y", "Bay"),
        ("k like kilo i m", "Kim"),
        ("m i double l e r", "Miller"),
        ("j o n e s", "Jones"),
        ("double u o o d", "Wood"),
        ("x ray a v i e r", "Xavier"),
        ("smith", ""),
        ("oscar victor", ""),
        ("i am a smith", ""),
        ("a", ""),
        ("", ""),
    ],
)
def test_a_name_is_read_letter_by_letter_or_not_at_all(text: str, name: str) -> None:
    assert spelling.letters(text, "en") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ge a ere ce i a", "Garcia"),
        ("ese eme i te hache", "Smith"),
        ("eme u eñe o zeta", "Muñoz"),
        ("be de barcelona o ese ce hache", "Bosch"),
        ("uve i de a ele", "Vidal"),
        ("uve doble a te te", "Watt"),
        ("garcía", ""),
    ],
)
def test_spanish_has_names_for_its_letters(text: str, name: str) -> None:
    assert spelling.letters(text, "es") == name


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "four eight two one oh nine three seven", "48210937"),
        ("en", "four eight two one, zero nine three seven please", "48210937"),
        ("en", "my code is 4821 0937", "48210937"),
        ("en", "48210937", "48210937"),
        ("en", "it's four eight two one o nine double three", "48210933"),
        ("en", "i have a four eight two one", "4821"),
        ("en", "forty eight twenty one oh nine thirty seven", "48210937"),
        ("en", "a b one two three", "AB123"),
        ("en", "alpha bravo one two three", "AB123"),
        ("en", "AB12-CD34", "AB12CD34"),
        ("en", "i do not have it", ""),
        ("en", "two", ""),
        ("en", "purple", ""),
        ("es", "cuatro ocho dos uno cero nueve tres siete", "48210937"),
        ("es", "es el 4821 0937", "48210937"),
        ("es", "doble cuatro ocho dos uno", "44821"),
        ("es", "no lo tengo", ""),
    ],
)
def test_a_code_is_read_sign_by_sign(language: str, text: str, code: str) -> None:
    assert spelling.code(text, language) == code


@pytest.mark.parametrize(
    ("language", "text", "usual", "asked", "time"),
    [
        ("en", "at seven", "morning", False, "07:00"),
        ("en", "seven thirty", "morning", True, "07:30"),
        ("en", "seven oh five", "morning", True, "07:05"),
        ("en", "half past six", "morning", False, "06:30"),
        ("en", "a quarter to seven", "morning", False, "06:45"),
        ("en", "ten past eight", "morning", False, "08:10"),
        ("en", "7:30am", "morning", False, "07:30"),
        ("en", "7 p.m.", "morning", False, "19:00"),
        ("en", "six forty five in the morning", "day", True, "06:45"),
        ("en", "at three", "day", False, "15:00"),
        ("en", "three in the afternoon", "morning", False, "15:00"),
        ("en", "twelve o'clock", "day", False, "12:00"),
        ("en", "noon", "morning", False, "12:00"),
        ("en", "at ten", "day", False, "10:00"),
        ("en", "until two", "day", False, "14:00"),
        ("en", "two nights", "morning", True, ""),
        ("en", "seven", "morning", False, ""),
        ("en", "at twenty nine", "morning", True, ""),
        ("es", "a las siete", "morning", False, "07:00"),
        ("es", "a las siete y media", "morning", False, "07:30"),
        ("es", "a las seis y cuarto de la mañana", "day", False, "06:15"),
        ("es", "las ocho menos cuarto", "morning", False, "07:45"),
        ("es", "a las tres de la tarde", "morning", False, "15:00"),
        ("es", "a las diez y veinte", "morning", False, "10:20"),
        ("es", "a mediodía", "morning", False, "12:00"),
        ("es", "7:30", "morning", True, "07:30"),
        ("es", "dos noches", "morning", True, ""),
    ],
)
def test_a_time_of_day(language: str, text: str, usual: Usual, asked: bool, time: str) -> None:
    lexicon = lexicon_for(language)
    assert clock_time(lexicon.numbered(lexicon.plain(text)), usual, asked) == time
