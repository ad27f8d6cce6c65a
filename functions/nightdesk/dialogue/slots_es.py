"""How Spanish guests say who comes, with which animals, whose name, which room: patterns over `numbered` text."""

import re

from nightdesk.dialogue.lexicon import Slots, anywhere

_LEAD_IN = (
    r"(?:(?:eh|pues|bueno|vale|si|no|para|solo|solamente|son|es|somos|seremos|seran|unas?|unos?|las?|los|a|mejor) )*"
)
_GROWN = r"(?:adult[oa]s?|personas?|huespedes|mayores|hombres|mujeres)"
_YOUNG = r"(?:ninos?|ninas?|hij[oa]s?|bebes?|menor(?:es)?|adolescentes?|crios?)"
_ANIMAL = r"(?:perr(?:o|a|os|as|ito|ita)|gat(?:o|a|os|as|ito|ita)|mascotas?|cachorros?)"
_NOT_ABOUT = r"(?! (?:pagan?|cuestan?|son|estan))"
_PARTNER = r"(?:mujer|esposa|marido|esposo|pareja|novi[oa]|amig[oa]|herman[oa]|madre|padre|hermana)"

SLOTS = Slots(
    lone_number=re.compile(rf"{_LEAD_IN}(\d{{1,2}})(?: por favor| gracias)?"),
    adults=re.compile(rf"\b(\d{{1,2}}) {_GROWN}\b"),
    family_of=re.compile(r"\bfamilia de (\d{1,2})\b"),
    rating=re.compile(
        r"^(?!.*\b1 (?:cosa|noche|dia|vez|persona|momento|minuto)\b)"
        r"\D*(?:\b1 (?=[1-5]\b))?\b([1-5])\b(?: (?:sobre|de) 5\b)?\D*$"
    ),
    one_adult=re.compile(
        r"\b(?:solo|solamente|unicamente) (?:yo|para mi|1)\b(?! noche)|^(?:yo|yo solo|yo sola|para mi)$"
        r"|\bviajo sol[oa]\b"
        r"|\b(?:yo sol[oa]|para mi sol[oa])\b"
    ),
    two_adults=re.compile(rf"\b(?:mi {_PARTNER} y yo|yo y mi {_PARTNER}|(?:una|1) pareja|nosotros 2|los 2|las 2)\b"),
    for_number=re.compile(
        r"\b(?:para|somos|seremos|seriamos) (\d{1,2})\b(?=$| (?:por favor|y|con|desde|del|el|este|a partir)\b)"
    ),
    number_and=re.compile(rf"{_LEAD_IN}(\d{{1,2}}) (?:y|con|mas)\b"),
    no_children=re.compile(rf"\b(?:sin|ningun|no hay) {_YOUNG}\b"),
    children=re.compile(rf"\b(\d{{1,2}}|una?|mi|mis|nuestr[oa]) (?:pequen[oa]s? )?{_YOUNG}\b"),
    no_pets=re.compile(rf"\b(?:sin|ningun[oa]?|no llevamos|no traemos|no hay) {_ANIMAL}\b"),
    own_pets=re.compile(
        rf"\b((?:mis|nuestr[oa]s) \d{{1,2}}|mi|mis|nuestr[oa]s?) (?:pequen[oa] )?{_ANIMAL}\b{_NOT_ABOUT}"
    ),
    any_pets=re.compile(rf"\b(\d{{1,2}}|una?|mi|mis|nuestr[oa]s?) (?:pequen[oa] )?{_ANIMAL}\b{_NOT_ABOUT}"),
    with_pets=re.compile(rf"\b(?:con|y|mas) (?:el |la )?{_ANIMAL}\b{_NOT_ABOUT}"),
    not_before_room=re.compile(r"\b(?:no|en vez de|en lugar de)(?: la| el| una)? $"),
    room_words=frozenset({"habitacion", "room", "con", "bed"}),
    before_name=re.compile(
        r"^(?:(?:eh|pues|bueno|vale|s[ií]|claro|hola)[,.]?\s+)*"
        r"(?:(?:me llamo|mi nombre es|el nombre es|mi apellido es|el apellido es|apellido|nombre|soy|es"
        r"|a nombre de|al nombre de"
        r"|de parte de)\s+)?",
        re.IGNORECASE,
    ),
    after_name=re.compile(r"\s+(?:por favor|gracias)\.?$", re.IGNORECASE),
    room_number=re.compile(
        r"\b(?:habitacion|cuarto|numero"
        r"|room)(?: numero)?(?: es)?(?: la)? (\d{1,4}(?: \d{1,2})*)\b"
    ),
    no_code=re.compile(
        r"^no\b(?! es)|\bno (?:lo |la |me |he )?(?:tengo|se|encuentro|recuerdo|acuerdo|recibi|recibido)\b"
        r"|\bsin\b|\bperdid[oa]\b"
    ),
    cancel_it=re.compile(
        r"^(?:(?:si|vale|por favor|adelante|claro|y)\b ?)*(?:cancelela|cancele(?:la)?|anulela|cancelar(?:la)?)"
        r"(?: (?:la|mi) reserva)?(?: por favor)?$"
    ),
    change_it=anywhere(
        "(?:cambi|mov|ampli|alarg)(?:arla|erla|iarla|ela|iela|uela)", "(?:modificarla|modifiquela|muevala)"
    ),
    message_for=re.compile(
        r"\b(?:mensaje|recado) (?:para|a) (?P<for_whom>(?:el |la |mi |los )?(?:se\u00f1or |se\u00f1ora "
        r"|habitaci[o\u00f3]n )?[\w']+)",
        re.IGNORECASE,
    ),
    message_told=re.compile(
        r"\b(?:d[i\u00ed]gale|decirle|avise|avisar) (?:a |al )?(?P<for_whom>(?:la habitaci[o\u00f3]n \w+|gerente"
        r"|mi \w+)) que (?P<message>.+)",
        re.IGNORECASE,
    ),
    before_whom=re.compile(r"^(?:(?:eh|pues|es|para|a|al|el mensaje es para)\b ?)+", re.IGNORECASE),
    books=anywhere(r"reserv\w+"),
    by_keys=anywhere(
        "(?:por|con|en) (?:el |este )?(?:telefono|teclado)(?! movil)",
        *("con las teclas", "(?:marcar|teclear) (?:la|mi|una) tarjeta", "linea de pago"),
    ),
    urgent=anywhere("urgente(?:mente)?", "emergencia", "cuanto antes"),
)
