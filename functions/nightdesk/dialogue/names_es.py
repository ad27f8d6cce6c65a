"""What tasks are about, as it is called in Spanish: departments, texts, kinds of places, parts of a request."""

from nightdesk.dialogue.lexicon import Pattern, Rates, Want, anywhere
from nightdesk.dialogue.nouns_es import COT, WANT, alone, first

_REQUEST = rf"(?:{WANT}|llame(?:n)? a|pongame con|mande(?:n)?)"
BARE: dict[Want, Pattern] = {
    Want.HOUSEKEEPING: alone(
        rf"(?:{_REQUEST} )?(?:al?|el|la)? ?(?:servicio de )?(?:limpieza|servicio de habitaciones)"
    ),
    Want.MAINTENANCE: alone(
        rf"(?:{_REQUEST} )?(?:a |el |al )?mantenimiento", "(?:hay )?(?:algo|una cosa) (?:esta )?(?:roto|no funciona)"
    ),
    Want.LOST_AND_FOUND: alone(
        rf"(?:{_REQUEST} )?objetos perdidos", "(?:he perdido|perdi|olvide|he olvidado) (?:algo|una cosa)"
    ),
    Want.COT: alone(rf"(?:{_REQUEST} )?(?:una )?{COT}"),
}
DEPARTMENTS: dict[str, Pattern] = {
    "manager": anywhere("gerentes?", "gerencia", "encargad[oa]", "direccion", "director(?:a)?", "duen[oa]", "jefe"),
    "management": anywhere("gerentes?", "gerencia", "encargad[oa]", "direccion", "director(?:a)?", "duen[oa]", "jefe"),
    "housekeeping": anywhere("limpieza"),
    "maintenance": anywhere("mantenimiento", "el tecnico"),
    "cafe": anywhere("cafeteria", "cafe", "bar", "restaurante"),
}
TEMPLATES: dict[str, Pattern] = {
    "payment_link": anywhere("pag\\w+", "enlace", "link"),
    "directions": anywhere("direccion", "indicaciones", "ubicacion", "mapa", "como llegar"),
    "confirmation": anywhere("confirmacion", "reserva(?:cion)?", "codigo", "datos"),
    "callback": anywhere("su (?:numero|telefono)"),
}
CATEGORIES: dict[str, Pattern] = {
    "restaurants": anywhere(
        *(
            "restaurantes?",
            "comer",
            "comida",
            "cenar",
            "cena",
            "almorzar",
            "pizza",
            "marisco",
            "tapas",
            "cafe",
            "bar(?:es)?",
        )
    ),
    "skiing": anywhere("esqui\\w*", "snowboard", "nieve", "pistas"),
    "outdoors": anywhere(
        "excursi\\w+", "senderismo", "caminar", "pasear", "kayak", "canoa", "naturaleza", "aire libre"
    ),
    "shopping": anywhere("compras", "comprar", "tiendas?", "supermercado", "recuerdos"),
    "services": anywhere("farmacia", "medico", "banco", "cajero"),
    "transport": anywhere("taxi", "autobus", "bus", "aeropuerto", "tren", "metro", "transporte"),
    "sights": anywhere("ver", "visitar", "turismo", "museos?", "monumentos?", "lugares", "hacer", "sitios"),
}
PARTS: dict[str, Pattern] = {
    "time": anywhere("horas?"),
    "day": anywhere("dias?", "fechas?"),
    "room": anywhere("habitacion", "cuarto"),
    "details": anywhere("detalles", "problema", "cosas?"),
    "message": anywhere("mensaje", "texto", "recado"),
    "for_whom": anywhere("quien", "persona", "destinatario"),
    "reason": anywhere("motivo"),
    "last_name": anywhere("nombre", "apellidos?"),
    "phone": anywhere("numero", "telefono"),
}
PARTICULARS: Pattern = anywhere(
    *("pizza", "tapas", "vermut", "kayak", "canoa", "museos?", "farmacia", "aeropuerto", "metro"),
)
RATES = Rates(
    asking=first("que", "como", "cual es", "por que", "cuando", "cuanto", "se puede", "puedo"),
    fixed=anywhere(r"(?:no|sin) (?:se )?(?:es )?reembols\w+", "sin (?:poder cancelar|cancelacion|devolucion)"),
    usual=anywhere(
        "(?:tarifa|la|una|opcion) (?:mas )?(?:normal|flexible|estandar|habitual|reembolsable)",
        "(?:poder|pueda|podamos|puedo|se puede) cancelar(?! (?:mi|nuestra|la|una)\\b)",
    ),
    cheaper=anywhere("barat\\w+", "economic\\w+", "menos", "segunda", "ahorr\\w+"),
    dearer=anywhere("normal", "flexible", "estandar", "habitual", "primera", "(?<!no )reembolsable", "cancel\\w+"),
)
