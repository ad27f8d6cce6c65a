"""Dates as guests say them in Spanish, against a fixed day: Saturday, November 21, 2026."""

from datetime import date

import pytest
from nightdesk.hotel.dates import DatesSaid, find_dates
from nightdesk.hotel.dates_es import in_english
from nightdesk.hotel.numbers_es import numbered, plain

SATURDAY = date(2026, 11, 21)


def said(text: str, arriving: date | None = None) -> DatesSaid:
    return find_dates(in_english(numbered(plain(text))), SATURDAY, arriving)


def d(day: str) -> date:
    return date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "arrival"),
    [
        ("viernes", "2026-11-27"),
        ("el viernes por favor", "2026-11-27"),
        ("este jueves", "2026-11-26"),
        ("el próximo viernes", "2026-11-27"),
        ("el viernes que viene", "2026-11-27"),
        ("el próximo sábado", "2026-11-28"),  # today is Saturday
        ("el sábado", "2026-11-21"),
        ("el martes de la semana que viene", "2026-11-24"),
        ("la próxima semana el martes", "2026-11-24"),
        ("hoy", "2026-11-21"),
        ("esta noche", "2026-11-21"),
        ("mañana", "2026-11-22"),
        ("mañana por la mañana", "2026-11-22"),
        ("mañana por la noche", "2026-11-22"),
        ("pasado mañana", "2026-11-23"),
        ("dentro de tres días", "2026-11-24"),
        ("en dos semanas", "2026-12-05"),
        ("27 de noviembre", "2026-11-27"),
        ("el veintisiete de noviembre", "2026-11-27"),
        ("el veintisiete", "2026-11-27"),
        ("el día 5", "2026-12-05"),
        ("el viernes 27 de noviembre", "2026-11-27"),
        ("el uno de enero", "2027-01-01"),
        ("el primero de mayo", "2027-05-01"),
        ("treinta y uno de diciembre", "2026-12-31"),
        ("tres de diciembre de dos mil veintisiete", "2027-12-03"),
        ("3/12", "2026-12-03"),  # the day first
        ("3/12/2027", "2027-12-03"),
        ("31/12", "2026-12-31"),
        ("2026-11-27", "2026-11-27"),
        ("Navidad", "2026-12-25"),
        ("Nochebuena", "2026-12-24"),
        ("Nochevieja", "2026-12-31"),
        ("Año Nuevo", "2027-01-01"),
        ("el día de Reyes", "2027-01-06"),
        ("Semana Santa", "2027-03-25"),
        ("el puente de la Constitución", "2026-12-06"),
        ("el día después de Navidad", "2026-12-26"),
        ("una semana después de Navidad", "2027-01-01"),
        ("el viernes digo el sábado", "2026-11-28"),
        ("no el viernes sino el domingo", "2026-11-22"),
        ("el domingo en vez del viernes", "2026-11-22"),
        ("cambiarlo al lunes", "2026-11-23"),
    ],
)
def test_the_arrival_is_found(text: str, arrival: str) -> None:
    assert said(text).check_in == d(arrival)
    assert said(text).check_out is None


@pytest.mark.parametrize(
    ("text", "arrival", "departure", "nights"),
    [
        ("este viernes por dos noches", "2026-11-27", None, 2),
        ("para el viernes, dos noches, dos adultos", "2026-11-27", None, 2),
        ("dos noches desde el viernes", "2026-11-27", None, 2),
        ("dos noches a partir del 3 de diciembre", "2026-12-03", None, 2),
        ("un par de noches desde el 3 de mayo", "2027-05-03", None, 2),
        ("una semana desde el lunes", "2026-11-23", None, 7),
        ("quince días desde el 1 de agosto", "2027-08-01", None, 15),
        ("Nochebuena por una noche", "2026-12-24", None, 1),
        ("de viernes a domingo", "2026-11-27", "2026-11-29", None),
        ("del viernes al domingo", "2026-11-27", "2026-11-29", None),
        ("del 27 al 29 de noviembre", "2026-11-27", "2026-11-29", None),
        ("del viernes 27 al domingo 29 de noviembre", "2026-11-27", "2026-11-29", None),
        ("27/11/2026 al 29/11/2026", "2026-11-27", "2026-11-29", None),
        ("desde el 30 de diciembre hasta el 2 de enero", "2026-12-30", "2027-01-02", None),
        ("llegamos el jueves y nos vamos el domingo", "2026-11-26", "2026-11-29", None),
        ("llegada el viernes, salida el domingo", "2026-11-27", "2026-11-29", None),
        ("de Navidad a Año Nuevo", "2026-12-25", "2027-01-01", None),
    ],
)
def test_a_whole_stay_is_found(text: str, arrival: str, departure: str | None, nights: int | None) -> None:
    assert said(text) == DatesSaid(d(arrival), d(departure) if departure else None, nights)


@pytest.mark.parametrize(
    ("text", "arrival", "nights"),
    [
        ("esta noche", "2026-11-21", 1),
        ("la noche del viernes", "2026-11-27", 1),
        ("el sábado por la noche", "2026-11-21", 1),
        ("este fin de semana", "2026-11-21", 1),  # it has begun
        ("el próximo fin de semana", "2026-11-27", 2),
        ("el fin de semana que viene", "2026-11-27", 2),
        ("el fin de semana del 5 de diciembre", "2026-12-04", 2),
        ("el primer fin de semana de diciembre", "2026-12-04", 2),
        ("el último fin de semana de mayo", "2027-05-28", 2),
    ],
)
def test_a_length_that_is_only_implied_is_marked_as_such(text: str, arrival: str, nights: int) -> None:
    assert said(text) == DatesSaid(d(arrival), implied_nights=nights)


@pytest.mark.parametrize(
    "text",
    [
        *["", "hola", "para dos personas", "¿a qué hora es el desayuno?", "por la mañana", "30 de febrero"],
        *["me llamo Ana Reyes", "la semana que viene", "feliz Navidad"],
    ],
)
def test_no_date_is_invented(text: str) -> None:
    assert said(text).check_in is None


def test_a_departure_alone_is_counted_from_the_arrival() -> None:
    assert said("hasta el domingo", arriving=d("2026-11-27")) == DatesSaid(None, d("2026-11-29"))


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("veintidós noches", "22 noches"),
        ("treinta y un días", "31 dias"),
        ("cuarenta", "40"),
        ("dos mil veintisiete", "2027"),
        ("dos cero siete", "2 0 7"),
        ("perros y gatos", "perros y gatos"),
    ],
)
def test_number_words_become_digits(words: str, digits: str) -> None:
    assert numbered(plain(words)) == digits
