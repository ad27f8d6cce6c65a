"""What Spanish sentences mean, with and without their accents."""

from datetime import date

import pytest
from nightdesk.dialogue.languages import lexicon_for
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.understand import Context, Meaning, spoken_name, understand
from nightdesk.hotel.dates import DatesSaid

from .clerk_guest import HOTEL, TODAY

SPANISH = lexicon_for("es")


def meaning(text: str, asked: Step | None = None) -> Meaning:
    return understand(text, Context(TODAY, HOTEL.room_types, asked, lexicon=SPANISH))


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("quiero una habitación", {Want.ROOM}),
        ("¿tienen habitaciones libres?", {Want.ROOM}),
        ("busco una habitacion doble para el viernes", {Want.ROOM}),
        ("¿cuánto cuesta la suite?", {Want.PRICE}),
        ("¿qué más tienen?", {Want.OTHER_ROOMS}),
        ("¿tienen algo más barato?", {Want.OTHER_ROOMS}),
        ("quiero reservarla", {Want.BOOK}),
        ("resérvela", {Want.BOOK}),
        ("quiero hablar con una persona", {Want.PERSON}),
        ("gerente", {Want.PERSON}),
        ("una persona por favor", {Want.PERSON}),
        ("páseme con la recepción", {Want.PERSON}),
        ("¿me pasa con el encargado?", {Want.PERSON}),
        ("adiós", {Want.GOODBYE}),
        ("eso es todo, gracias", {Want.GOODBYE}),
        ("no, nada más", {Want.GOODBYE}),
        ("¿puede repetir?", {Want.REPEAT}),
        ("no le he entendido", {Want.REPEAT}),
        ("más despacio por favor", {Want.REPEAT}),
        ("un momento", {Want.WAIT}),
        ("hola", {Want.GREETING}),
        ("muchas gracias", {Want.THANKS}),
        ("ayuda", {Want.HELP}),
        ("empezar de nuevo", {Want.RESTART}),
        ("olvídelo", {Want.NEVER_MIND}),
        ("otro número", {Want.OTHER_NUMBER}),
        ("este mismo número", {Want.THIS_NUMBER}),
        ("el nombre está mal", {Want.CHANGE_NAME, Want.WRONG}),
        ("cambiar las fechas", {Want.CHANGE_DATES}),
        ("que me llamen por favor", {Want.CALLBACK}),
        ("in english please", {Want.ENGLISH}),
        ("¿habla inglés?", {Want.ENGLISH}),
        ("quiero cancelar mi reserva", {Want.CANCEL}),
        ("necesito anular la reserva", {Want.CANCEL}),
        ("quisiera modificar mi reserva", {Want.CHANGE}),
        ("¿puede buscar mi reserva?", {Want.LOOK_UP}),
        ("tengo una reserva", {Want.LOOK_UP}),
        ("quiero pagar", {Want.PAY}),
        ("mándeme el enlace de pago", {Want.PAY}),
        ("envíeme la dirección por sms", {Want.TEXT}),
        ("quiero dejar un recado", {Want.MESSAGE}),
        ("necesito más toallas", {Want.HOUSEKEEPING}),
        ("servicio de limpieza por favor", {Want.HOUSEKEEPING}),
        ("el grifo gotea", {Want.MAINTENANCE}),
        ("no hay agua caliente", {Want.MAINTENANCE}),
        ("quiero que me despierten", {Want.WAKE_UP_CALL}),
        ("quisiera una salida tardía", {Want.LATE_CHECK_OUT}),
        ("necesitamos una cuna", {Want.COT}),
        ("he perdido mi cartera", {Want.LOST_AND_FOUND}),
        ("¿me recomienda un restaurante?", {Want.CONCIERGE}),
    ],
)
def test_what_is_wanted(text: str, wants: set[Want]) -> None:
    found = meaning(text).wants
    assert wants <= found
    others = {want for want in found - wants if want in (Want.PERSON, Want.GOODBYE, Want.QUESTION)}
    assert not others


@pytest.mark.parametrize(
    "text",
    [
        *("¿se admiten perros?", "¿a qué hora es el desayuno?", "¿el desayuno está incluido?", "¿hay piscina?"),
        *("¿dónde puedo aparcar?", "¿tienen wifi?", "¿a qué hora es la salida?", "¿puedo cancelar gratis?"),
        *("¿aceptan tarjetas?", "¿los niños pagan?", "¿cómo llego al hotel?", "¿se puede fumar?"),
    ],
)
def test_a_question_about_the_house_is_looked_up_whole(text: str) -> None:
    found = meaning(text)
    assert Want.QUESTION in found.wants
    assert not found.wants & {Want.ROOM, Want.PERSON, Want.CANCEL}
    assert found.question == text
    assert not found.speaks_of_stay


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("dos noches desde el viernes", {"dates": DatesSaid(date(2026, 11, 27), nights=2)}),
        ("el viernes", {"dates": DatesSaid(date(2026, 11, 27))}),
        ("no, tres noches", {"dates": DatesSaid(nights=3)}),
        ("dos adultos", {"adults": 2}),
        ("dos adultos y un niño", {"adults": 2, "children": 1}),
        ("somos cuatro", {"adults": 4}),
        ("mi mujer y yo", {"adults": 2}),
        ("solo yo", {"adults": 1}),
        ("para mí solo", {"adults": 1}),
        ("una familia de cuatro", {"adults": 4}),
        ("dos adultos y un perro", {"adults": 2, "pets": 1}),
        ("con mi perro", {"pets": 1}),
        ("dos perros y un gato", {"pets": 3}),
        ("sin mascotas", {"pets": 0}),
        ("sin niños", {"children": 0}),
        ("la suite", {"room_type": "suite"}),
        ("la standard queen", {"room_type": "standard_queen"}),
        ("mi número es dos cero siete cinco cinco cinco cero uno cuatro dos", {"phone": "2075550142"}),
        ("la habitación doscientos cuatro", {"room_number": "204"}),
        ("en la habitación 301", {"room_number": "301"}),
    ],
)
def test_what_is_said_of_stays_and_rooms(text: str, slots: dict[str, object]) -> None:
    found = meaning(text)
    assert {name: getattr(found, name) for name in slots} == slots


@pytest.mark.parametrize(
    "text", ["sí", "si", "sí por favor", "claro", "vale", "de acuerdo", "correcto", "eso es", "está bien"]
)
def test_a_yes(text: str) -> None:
    assert meaning(text).yes is True
    assert meaning(text).only_yes


@pytest.mark.parametrize("text", ["no", "no gracias", "no, está mal", "en absoluto", "es muy caro"])
def test_a_no(text: str) -> None:
    assert meaning(text).yes is False


@pytest.mark.parametrize("text", ["", "quizás", "sí no", "si cancelo, ¿qué pasa?", "no funciona la luz", "asdf"])
def test_what_is_both_or_neither_is_no_answer(text: str) -> None:
    assert meaning(text).yes is None


@pytest.mark.parametrize("text", ["sí pero tres noches", "sí y otra cosa", "sí, el otro"])
def test_a_yes_with_anything_beside_it_is_not_enough_for_a_write(text: str) -> None:
    assert not meaning(text).only_yes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("juan garcía", "Juan García"),
        ("me llamo ana muñoz", "Ana Muñoz"),
        ("soy Pedro", "Pedro"),
        ("a nombre de lópez por favor", "López"),
    ],
)
def test_the_name_is_cut_out_of_its_sentence(text: str, name: str) -> None:
    assert spoken_name(text, SPANISH) == name
