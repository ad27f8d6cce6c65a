"""The words of `card_numbers`, English and Spanish: those that are digits, and those that say what digits are about."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class About(Enum):
    """What digits are about. HOT: a card number was just being read out. CODE: the three digits on a card's back."""

    NOTHING = "nothing"
    CARD = "card"
    CODE = "code"
    HOT = "hot"
    BOTH = "both"  # cards, and something else that has digits
    PHONE = "phone"
    OTHER = "other"


def _in_order(words: str, numbers: range) -> dict[str, str]:
    return dict(zip(words.split(), map(str, numbers), strict=True))


def _all(words: str, about: About) -> dict[str, About]:
    return dict.fromkeys(words.split(), about)


ONES: Mapping[str, str] = {
    **_in_order("zero one two three four five six seven eight nine", range(10)),
    **_in_order("cero uno dos tres cuatro cinco seis siete ocho nueve", range(10)),
    **dict.fromkeys(("oh", "o", "nought"), "0"),
    **dict.fromkeys(("un", "una"), "1"),
}
TEENS: Mapping[str, str] = {
    **_in_order("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", range(10, 20)),
    **_in_order("diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve", range(10, 20)),
    **_in_order("veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis", range(21, 27)),
    **_in_order("veintisiete veintiocho veintinueve", range(27, 30)),
    **_in_order("dieciseis", range(16, 17)),
    **_in_order("veintiún veintidos veintitres", range(21, 24)),
    **_in_order("veintiseis", range(26, 27)),
}
TENS: Mapping[str, str] = {
    **_in_order("twenty thirty forty fifty sixty seventy eighty ninety", range(2, 10)),
    **_in_order("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa", range(2, 10)),
}
TIMES: Mapping[str, int] = {"double": 2, "triple": 3, "doble": 2}

WORDS: Mapping[str, About] = {
    **_all(
        "card cards visa mastercard amex discover diners debit credit tarjeta tarjetas crédito credito débito debito",
        About.CARD,
    ),
    **_all("cvv cvv2 cvc cvc2 security seguridad", About.CODE),
    **_all(
        "phone telephone cell cellphone mobile call reach fax whatsapp text sms link message teléfono telefono celular "
        "móvil movil llamar llame llámame llamame llámeme llameme mensaje enlace",
        About.PHONE,
    ),
    **_all(
        "zip postal postcode confirmation reservation booking code room rooms suite date birthday born address street "
        "avenue road flight extension passport license licence plate loyalty member membership rewards dollar dollars "
        "euro euros cents percent january february march april may june july august september october november "
        "december confirmación confirmacion reserva reservación reservacion código codigo habitación habitacion cuarto "
        "fecha nacimiento dirección direccion calle avenida vuelo extensión pasaporte matrícula matricula socio "
        "dólares dolares céntimos centimos enero febrero marzo abril mayo junio julio agosto septiembre octubre "
        "noviembre diciembre $ € £",
        About.OTHER,
    ),
}
# What may stand between two digits of one number; some are how a recogniser writes two, four and one, and no number
# is read out in thousands: "two thousand twenty six" is a year.
FILLERS = frozenset(
    _all(
        "uh um er eh ah and y then dash hyphen guion guión space espacio comma coma to too for won hundred thousand "
        "mil",
        About.NOTHING,
    )
)
# A word that means something else behind another one.
PAIRS: Mapping[tuple[str, str], About] = {
    ("american", "express"): About.CARD,
    ("master", "card"): About.CARD,
    ("security", "code"): About.CODE,
    ("card", "code"): About.CODE,
}
