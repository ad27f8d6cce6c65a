"""The Spanish that every pattern is made of: what stands around a request, and the things and people it is about.

Over `plain` text, which has no accents: "si" is yes as well as if, "manana" tomorrow as well as morning.
"""

from nightdesk.dialogue.lexicon import Around

FILLER = (
    r"(?:(?:eh|em|mmm?|ah|ay|oh|bueno|pues|bien|vale|venga|entonces|y|pero|tambien|a ver|mire|oiga|perdone|disculpe"
    r"|hola|buenos dias|buenas tardes|buenas noches|buenas|okay|ok)\b ?)*"
)
POLITE = r"(?: ?\b(?:por favor|gracias|muchas gracias|senor|senora|senorita|ahora))*"

AROUND = Around(FILLER, POLITE)
alone, first = AROUND.alone, AROUND.first

ROOMS = r"(?:habitaci(?:on|ones)|cuartos?|suites?|dobles?|individual(?:es)?|disponibilidad|alojamiento)"
WANT = (
    r"(?:quiero|quisiera|queria|querria|necesito|necesitamos|queremos|querriamos|quisieramos|(?:me|nos) gustaria"
    r"|deseo|busco|buscamos|tengo que|tenemos que|puedo|podemos|podria|podriamos|hay que"
    r"|(?:me|nos) (?:vendria bien|haria falta|harian falta|hace falta|hacen falta))"
)
GIVE = r"(?:(?:tra(?:ig|er)|mand|envi|sub|pon|dej|prest|den|dan|dar)\w*)"
SOMEONE = (
    r"(?:personas?|humanos?|alguien|gerentes?|encargad[oa]|director(?:a)?|responsable|recepcion(?:ista)?"
    r"|operador(?:a)?"
    r"|agente|direccion|gerencia|administracion|empleado|duen[oa]|jefe|supervisor(?:a)?|quien mande|quien corresponda)"
)
ARTICLES = r"(?:(?:una?|el|la|con|otra|de verdad|real|su)\b ?)*"
BOOKING = r"(?:reserva(?:cion|s)?|estancia|estadia)"
MY = r"(?:mi|nuestra|la|una|su|esa)"
RELATIVE = r"(?:mujer|esposa|marido|esposo|pareja|amig[oa]|herman[oa]|hij[oa]|madre|padre|companer[oa]|jefe)"
LINEN = (
    r"(?:toallas?|almohadas?|mantas?|cobijas?|sabanas?|edredon|papel (?:higienico|del bano)|jabon|champu|panuelos"
    r"|perchas|vasos|albornoz|zapatillas)"
)
COT = r"(?:cuna|camita|cama (?:supletoria|extra|adicional|plegable)|moises)"
WHEN = r"(?:manana|hoy|el|a las?|esta|pasado|sobre)"
RING = r"(?:llam|telefone)"
"""The stem of: to use the telephone."""
TEXTED = r"(?:mensaje|sms|texto|enlace|link|confirmacion)"
ARRIVED = r"(?:ha llegado|llego|llega|aparece|ha aparecido|ha entrado|me sale)"
