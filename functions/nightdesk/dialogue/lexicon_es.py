"""The Spanish of guests, as patterns over `plain` text: yes and no, and what is a question about the house."""

import re

from nightdesk.dialogue.lexicon import Lexicon, anywhere, either
from nightdesk.dialogue.names_es import BARE, CATEGORIES, DEPARTMENTS, PARTICULARS, PARTS, RATES, TEMPLATES
from nightdesk.dialogue.nouns_es import FILLER, POLITE, alone, first
from nightdesk.dialogue.slots_es import SLOTS
from nightdesk.dialogue.tasks_es import TASK_WANTS
from nightdesk.dialogue.wants_es import BYE, CALLED, WANTS
from nightdesk.hotel.dates_es import in_english
from nightdesk.hotel.numbers_es import numbered, plain

# --- yes and no: matched at the beginning, behind the fillers ---

_YES = re.compile(
    r"(?:si(?! (?:no|cancelo|hay|puedo|podemos|se puede|llego|llegamos|tienen?|es que|tengo))|claro(?: que si)?"
    r"|por supuesto"
    r"|desde luego|correcto|exacto|exactamente|eso es|asi es|esta bien|de acuerdo|perfecto|muy bien|vale|conforme"
    r"|adelante|como no|hagalo|hagamoslo|me parece (?:bien|estupendo|genial|perfecto)"
    r"|esta (?:correcto|perfecto|bien)|todo (?:bien|correcto)"
    r"|es correcto|resérvela|reservela|reservelo|este numero|ese mismo|esa misma|okay|ok|cancelela|envielo|mandelo)\b"
    r"|(?:por favor|bien|bueno)$"
)
_NO = re.compile(
    r"(?:no(?! (?:se|entiendo|oigo|he entendido|funcionan?|hay|enciende|sale|cierra|abre|va|arranca|tenemos"
    r"|quedan?)\b)|nada|tampoco|negativo|incorrecto|en absoluto|para nada"
    r"|(?:la verdad es|creo|me parece) que no|ni (?:hablar|pensarlo)|de ninguna manera"
    r"|(?:es )?(?:muy|demasiado) car[oa]|otro numero|(?:mejor|hoy|ahora|todavia)(?: que)? no)\b"
)
_YES_TAIL = re.compile(
    rf"(?: ?\b(?:{_YES.pattern}|lo es|lo esta|por favor|gracias|muchas gracias|senor|senora|todo|eso|es|esta|asi"
    rf"|usted"
    r"|use|con|el|este|ese|mismo|numero|telefono|y|adios|hasta luego|la|lo|bien|muy|amable|reservela|cancele|mi"
    r"|reserva"
    r"|quiero|ahora))*$"
)
_CORRECTING = re.compile(
    r"\b(?:quiero|quise|quisiera|necesito|he dicho|dije|digo|mejor|cambi\w+|en realidad|son|es|somos|sino|\d+\w*"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b(?! no)"
)
_SAYS_NO_TOO = anywhere("(?<!por que )no", "mal", "incorrecto")
_SAYS_YES_TOO = re.compile(r"\bsi$|(?<!asi )\b(?:esta|es) (?:bien|correcto)$")

# --- questions about the house ---

_ASKING = either(
    first(
        *("que", "cual(?:es)?", "cuando", "cuanto", "cuantos", "cuantas", "donde", "como", "quien", "por que"),
        *(
            "a que",
            "hasta que",
            "desde que",
            "hay",
            "tienen?",
            "puedo",
            "podemos",
            "se puede",
            "se pueden",
            "esta",
            "estan",
        ),
        *(
            "abren",
            "cierran",
            "a cuanto",
            "es",
            "son",
            "aceptan",
            "admiten",
            "permiten",
            "ofrecen",
            "incluye",
            "sirven",
            "queda",
            "si",
        ),
    ),
    anywhere(
        *("a que hora", "que hora", "cuanto cuesta", "hay", "tienen", "se puede", "se admiten", "aceptan", "admiten"),
        *(
            "quiero saber",
            "quisiera saber",
            "queria saber",
            "me gustaria saber",
            "digame",
            "una pregunta",
            "esta incluid[oa]",
        ),
        *("puedo llevar", "que tal", "como llego", "como llegar", "es gratis", "(?:puedo|podemos) (?:cancelar|anular)"),
    ),
)
_WONDERS = first(
    *(
        "como",
        "cual(?:es)? (?:es|son)",
        "quien",
        "por que",
        "donde",
        "que (?!otr|mas|precio|tal|vale)",
        "(?:hasta|desde) que",
    ),
    *("cuando", "a que hora", "hay (?!habitac|sitio|hueco|cuarto|algo|alguna habitac)"),
)
_ROOM_PRICE = anywhere(
    *(
        "habitaci\\w+",
        "noches?",
        "estancia",
        "alojar\\w+",
        "suites?",
        "dobles?",
        "individual",
        "total",
        "tarifas",
        "precios",
    ),
    *(
        "cuanto (?:cuesta|vale|es|sale|seria|costaria|cobran)$",
        "cuanto (?:cuesta|vale|sale) (?:eso|esa|la|todo)",
        "cobran",
    ),
)

_ANIMALS = r"(?:mascotas?|perros?|gatos?|animales)"
_CHILDREN = r"(?:ninos?|ninas?|hijos|menores|bebes?)"
_TOPIC = either(
    anywhere(
        *("aparca\\w*", "parking", "estacionamiento", "estacionar", "garaje", "recarga", "cargador", "remolque"),
        *(
            "desayuno",
            "desayunar",
            "almuerzo",
            "restaurante",
            "cafeteria",
            "cafe",
            "lavanderia",
            "lavadora",
            "secadora",
        ),
        *("wi ?fi", "internet", "contrasena", "television", "tele", "microondas", "nevera", "frigorifico"),
        *("aire acondicionado", "calefaccion", "secador", "plancha", "toallas", "banera"),
        *("piscina", "nadar", "jacuzzi", "sauna", "gimnasio", "terraza", "bicicletas?"),
        *("ascensor", "elevador", "silla de ruedas", "accesibles?", "fumar", "fumadores", "ruido"),
        *(
            "cancel\\w+",
            "anul\\w+",
            "reembolso\\w*",
            "fianza",
            "deposito",
            "tarjetas?",
            "efectivo",
            "factura",
            "recibo",
        ),
        *("impuestos?", "tasa", "iva", "descuentos?", "ofertas?", "jubilados"),
        *("direccion", "ubicad[oa]s?", "donde esta(?:n|is)?", "como llego", "como llegar", "llegar al hotel"),
        *("esqui\\w*", "cerca", "alrededores", "que visitar", "equipaje", "maletas?", "cuna", "cama extra"),
        *("robot", "maquina", "aeropuerto", "metro", "autobus", "tren"),
        "abren(?! la puerta)|cierran|(?:esta|estan) (?:abiert|cerrad)[oa]s?|horarios?",
        "recepcion (?:abierta|abre|cierra)|(?:abierta|abre|cierra) la recepcion",
        "(?:que|cuantas|tipos? de) habitaciones (?:tienen|hay)(?! (?:libres|disponibles|para))",
        "mi reserva(?:cion)?",
    ),
    anywhere(
        "(?:a que hora|cuando|hasta que hora|hora|horario)\\b.*\\b(?:entrada|salida|entrar|salir|check ?in"
        "|check ?out|registro)",
        "(?:entrada|salida|check ?in|check ?out) (?:temprana|tardia|anticipada|tarde|pronto)",
        *("llegar tarde", "llegada tardia", "despues de medianoche"),
    ),
    alone("entrada", "salida", "check ?in", "check ?out", _ANIMALS, _CHILDREN),
    anywhere(
        f"(?:admit\\w*|acept\\w*|permit\\w*|llevar|traer|cobran por|suplemento)(?: \\w+){{0,3}} {_ANIMALS}",
        f"{_ANIMALS}\\b.*\\b(?:permit\\w*|admit\\w*|acept\\w*|suplemento|pagan|cuestan?|bienvenid\\w+)",
        f"{_CHILDREN}\\b.*\\b(?:gratis|pagan?|cuestan?|bienvenid\\w+)",
    ),
)

_HUNDREDS = {"cien": 1, "ciento": 1, "doscientos": 2, "trescientos": 3, "cuatrocientos": 4, "quinientos": 5,
             "seiscientos": 6, "setecientos": 7, "ochocientos": 8, "novecientos": 9}  # fmt: skip


def _hundreds(words: str) -> str:
    """As rooms are numbered: "doscientos cuatro" -> "200 cuatro"."""
    return re.sub(rf"\b({'|'.join(_HUNDREDS)})\b", lambda said: f"{_HUNDREDS[said[1]]}00", words)


SPANISH = Lexicon(
    language="es",
    plain=plain,
    numbered=lambda words: numbered(_hundreds(words)),
    dated=in_english,
    fillers=re.compile(f"^{FILLER}"),
    only_polite=re.compile(f"^{POLITE}$"),
    okay=anywhere("vale", "okay", "ok", "bien", "bueno"),
    yes=_YES,
    no=_NO,
    yes_tail=_YES_TAIL,
    correcting=_CORRECTING,
    says_no_too=_SAYS_NO_TOO,
    says_yes_too=_SAYS_YES_TOO,
    asking=_ASKING,
    wonders=_WONDERS,
    room_price=_ROOM_PRICE,
    topic=_TOPIC,
    bye=BYE,
    clauses=re.compile(r"[.?!,;¿¡]|\by\b|\bpero\b|\btambien\b"),
    wants={**WANTS, **TASK_WANTS},
    called=CALLED,
    slots=SLOTS,
    bare=BARE,
    departments=DEPARTMENTS,
    templates=TEMPLATES,
    categories=CATEGORIES,
    parts=PARTS,
    particulars=PARTICULARS,
    rates=RATES,
    common=frozenset(
        [
            "el",
            "la",
            "los",
            "las",
            "un",
            "una",
            "unos",
            "es",
            "son",
            "de",
            "del",
            "para",
            "por",
            "que",
            "con",
            "mi",
            "y",
            "en",
            "se",
            "lo",
            "quiero",
            "quisiera",
            "tengo",
            "necesito",
            "hay",
            "puedo",
            "tienen",
            "hola",
            "gracias",
            "favor",
            "si",
            "como",
            "cuanto",
            "esta",
            "noches",
            "habitacion",
            "buenos",
            "buenas",
            "dias",
            "tardes",
            "me",
        ]
    ),
)
