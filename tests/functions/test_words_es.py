"""What the tools about stays and bookings say in Spanish, with the hotel's own figures."""

from dataclasses import replace
from datetime import date, timedelta
from string import Formatter

import pytest
from nightdesk import booking_words, bootstrap, properties, service_words, stay_words, translations
from nightdesk.errors import InvalidArguments, RequestError, TimedOut
from nightdesk.hotel import pms, pricing, verification
from nightdesk.hotel.pricing import Stay

from .stored import NOW, hold

HOTEL = properties.load().by_id["west-bethel-motel"]
HELD = replace(hold(), confirmation_code="48210937", hold_expires_at=NOW + timedelta(minutes=30))
STAY = Stay(date(2026, 11, 27), date(2026, 11, 29), 2, pets=1)
WHEN = "del viernes 27 de noviembre al domingo 29 de noviembre"
ROOM = f"la Standard Queen para dos noches, {WHEN}"
CODE = "Su código de confirmación es 4 8 2 1, 0 9 3 7."
CARD = "para confirmarla hace falta dejar una tarjeta, que se cobra a la llegada"


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("module", [booking_words, stay_words, service_words])
def test_every_sentence_says_the_same_in_both_languages(module: object) -> None:
    for name, sentence in vars(module)["_SAID"].items():
        assert fields(sentence["es"]) == fields(sentence["en"]), name


def test_a_hold_is_told_with_its_deadline_its_code_and_what_confirms_it() -> None:
    said = booking_words.booked(HELD, HOTEL, NOW, 0, "", "es")
    assert said == f"Le guardo {ROOM}, por $335.72 en total. {CODE} Se la guardo hasta las 12:30; {CARD}."
    tomorrow = replace(HELD, hold_expires_at=NOW + timedelta(days=1))
    assert "hasta el sábado 21 de noviembre a las 12:00" in booking_words.booked(tomorrow, HOTEL, NOW, 0, "", "es")
    paid = booking_words.booked(HELD, HOTEL, NOW, 33572, "Sin reembolso.", "es")
    assert paid.endswith("para confirmarla hace falta un pago de $335.72. Sin reembolso.")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("confirmed", "Está confirmada."),
        ("checked_in", "Ya ha hecho la entrada."),
        ("cancelled", "Está cancelada."),
        ("expired", "Estaba guardada y el plazo pasó, así que ya no tiene habitación."),
    ],
)
def test_a_reservation_is_found_as_it_stands(status: str, said: str) -> None:
    found = booking_words.found(replace(HELD, status=status), HOTEL, NOW, 0, "es")  # type: ignore[arg-type]
    assert found == f"Es {ROOM}, por $335.72 en total. {said}"


def test_changes_and_cancellations_say_what_they_cost() -> None:
    assert booking_words.changed(HELD, -1000, "es").endswith("en total, $10 menos que antes.")
    assert booking_words.changed(HELD, 0, "es") == f"Ahora es {ROOM}, por $335.72 en total."
    assert booking_words.fee_quoted(HELD, 12900, "es") == f"Cancelar {ROOM} cuesta $129. ¿La cancelo?"
    assert booking_words.fee_quoted(HELD, 0, "es") == f"Cancelar {ROOM} no tiene gastos. ¿La cancelo?"
    given_back = booking_words.cancelled(replace(HELD, cancellation_fee_cents=12900), 20672, "es")
    assert given_back == "Su reserva está cancelada. Cuesta $129. El hotel le devolverá $206.72."


def test_a_link_is_told_where_it_went() -> None:
    sent = booking_words.link(33572, "USD", "0142", "es")
    assert sent == "Le he enviado un enlace al número que termina en 0 1 4 2, para pagar $335.72."
    assert booking_words.link(0, "USD", "", "es").startswith("El enlace está en la pantalla, para dejar una tarjeta")


def test_free_rooms_are_told_with_what_is_in_the_price() -> None:
    found = pricing.offers(HOTEL, STAY, frozenset())[:2]
    assert stay_words.offers(STAY, found, "USD", "es") == (
        f"Para dos noches, {WHEN}: la Standard Queen cuesta $335.72 y la Deluxe King cuesta $401.12 en total, "
        "incluidos los impuestos y $50 de suplemento por mascota."
    )
    assert stay_words.full_house(STAY, [(STAY, found[1])], "USD", "es") == (
        f"Lo siento, no tenemos ninguna habitación así libre {WHEN}. "
        "Podría ofrecerle la Deluxe King para esas noches, por $401.12 en total."
    )


def test_every_fee_has_a_name() -> None:
    crowded = Stay(STAY.check_in, STAY.check_out, 3, 1, 1)
    dear = replace(
        HOTEL,
        extra_guest_cents=1000,
        children=replace(HOTEL.children, fee_cents=500),
        room_types=tuple(replace(room, included_guests=2) for room in HOTEL.room_types),
    )
    (offer,) = pricing.offers(dear, crowded, frozenset())
    assert len(offer.quote.fees) == 3
    said = stay_words.offers(crowded, [offer], "USD", "es")
    assert not [fee.name for fee in offer.quote.fees if fee.name in said]


@pytest.mark.parametrize(
    "refusal",
    [
        verification.NotFoundHere(),
        verification.CodeNeeded(),
        verification.Locked(),
        verification.WhichOne([]),
        pms.BookingsUnavailable("down"),
        pms.NotBookable("too many"),
        pms.NotChangeable("cancelled"),
        InvalidArguments("check_in is in the past"),
        TimedOut("create_reservation", 10),
        RequestError("no_payments", "", say=bootstrap.CANNOT_TAKE_PAYMENTS),
        RequestError("internal", ""),
    ],
)
def test_refusals_of_those_who_know_no_language_are_translated(refusal: RequestError) -> None:
    assert translations.translated(refusal.say, "es-MX") != refusal.say
    assert translations.translated(refusal.say, "en") == refusal.say
