"""The Spanish of guests: which words mean which intent, and the names of what a task may be about.

Over `plain` text, which has no accents: "si" is yes as well as if, "manana" tomorrow as well as morning.
"""

import re

from nightdesk.dialogue.lexicon import Around, Pattern, Want, anywhere, either

FILLER = (
    r"(?:(?:eh|em|mmm?|ah|ay|oh|bueno|pues|bien|vale|entonces|y|pero|tambien|a ver|mire|oiga|perdone|disculpe|hola"
    r"|buenos dias|buenas tardes|buenas noches|buenas|okay|ok)\b ?)*"
)
POLITE = r"(?: ?\b(?:por favor|gracias|muchas gracias|senor|senora|senorita|ahora))*"

_AROUND = Around(FILLER, POLITE)
alone, first = _AROUND.alone, _AROUND.first

_ROOMS = r"(?:habitaci(?:on|ones)|cuartos?|suites?|dobles?|individual(?:es)?|disponibilidad|alojamiento)"
WANT = (
    r"(?:quiero|quisiera|queria|querria|necesito|necesitamos|queremos|querriamos|quisieramos|me gustaria|nos gustaria"
    r"|deseo|busco|buscamos|tengo que|puedo|podemos|podria|podriamos|hay que)"
)
_GIVE = r"(?:traigan?|traer(?:me|nos)?|mandar(?:me|nos)?|manden?|mande(?:me|nos)|enviar(?:me|nos)?|envien?|suban?)"
_SOMEONE = (
    r"(?:personas?|humanos?|alguien|gerentes?|encargad[oa]|director(?:a)?|responsable|recepcion(?:ista)?"
    r"|operador(?:a)?"
    r"|agente|direccion|gerencia|administracion|empleado|duen[oa]|jefe|supervisor(?:a)?)"
)
_ARTICLES = r"(?:(?:una?|el|la|con|otra|de verdad|real|su)\b ?)*"
_BOOKING = r"(?:reserva(?:cion|s)?|estancia|estadia)"
_MY = r"(?:mi|nuestra|la|una|su)"
_RELATIVE = r"(?:mujer|esposa|marido|esposo|pareja|amig[oa]|herman[oa]|hij[oa]|madre|padre|companer[oa]|jefe)"
_LINEN = (
    r"(?:toallas?|almohadas?|mantas?|cobijas?|sabanas?|papel higienico|jabon|champu|panuelos|perchas|vasos|albornoz)"
)
COT = r"(?:cuna|cama (?:supletoria|extra|adicional|plegable)|moises)"

BYE = anywhere(
    *("adios", "hasta luego", "hasta pronto", "hasta manana", "chao", "chau", "buenas noches y gracias"),
    "que (?:tenga|pase) (?:un )?buen(?:a|as|os)? (?:dia|dias|noche|tarde|tardes)",
)

WANTS: dict[Want, Pattern] = {
    Want.ROOM: either(
        anywhere(
            rf"(?:{WANT}|tienen?|hay|queda(?:n)?|les queda|tendran?|tendrian?|habra)(?: \w+){{0,3}}? {_ROOMS}",
            rf"{_ROOMS} (?:libres?|disponibles?|para|desde|del|a partir|con)",
            *("algo (?:libre|disponible)", "disponibilidad", "esta(?:n)? (?:lleno|llenos|completo|completos)"),
            rf"{WANT} (?:alojarme|alojarnos|quedarme|quedarnos|hospedarme|hospedarnos)",
        ),
        alone(rf"(?:(?:una?|la|el) (?:\w+ ){{0,2}})?{_ROOMS}(?: \w+)?"),
    ),
    Want.PRICE: anywhere(
        *(
            "cuanto (?:cuesta|vale|es|sale|seria|costaria|cobran|cuestan)",
            "que (?:precio|vale)",
            "precios?",
            "tarifas?",
        ),
        *("a cuanto", "en total", "cuanto"),
    ),
    Want.OTHER_ROOMS: anywhere(
        r"(?:otra|otro|otras|distinta|diferente)s? (?:tipos? de )?(?:habitaci\w+|cuartos?|opci\w+)",
        r"(?:algo|alguna|una|habitacion) (?:habitacion )?(?:mas|menos) (?:barat\w+|grande|pequen\w+|car\w+"
        r"|econom\w+)",
        *(
            "(?:mejor|otra) (?:precio|tarifa)",
            "que mas (?:tienen?|hay)",
            "que otras?",
            r"todas las (?:habitaci\w+|opci\w+)",
        ),
    ),
    Want.CHEAPER: anywhere(r"(?:mas|menos) (?:barat|economic|car)\w+", "(?:mejor|otra|menor) (?:precio|tarifa)"),
    Want.MANY_ROOMS: anywhere(
        r"(?:dos|tres|cuatro|cinco|seis|siete|ocho|varias|[2-9]) (?:\w+ )?(?:habitaciones|cuartos)"
    ),
    Want.HOLD: anywhere(r"(?:me|nos) (?:la|lo) qued(?:o|amos)", r"(?:me|nos) qued(?:o|amos) con", "cojo la", "tomo la"),
    Want.CALLBACK: anywhere(
        r"(?:me|nos) (?:llamen?|puede(?:n)? llamar|llaman|devuelvan? la llamada)",
        r"(?:llamen?|llamar)(?:me|nos)",
        *("devolver(?:me)? la llamada", "que (?:alguien )?me llame", "dejar mi (?:numero|nombre)"),
    ),
    Want.PERSON: either(
        alone(rf"(?:(?:no|si|{WANT}|paseme|pasame|con|deme)\b ?)*{_ARTICLES}{_SOMEONE}(?: de verdad| real| ya)?"),
        anywhere(
            rf"(?:hablar|comunicar(?:me)?|hablo)(?: directamente)? (?:con|a) (?:\w+ ){{0,3}}?{_SOMEONE}",
            rf"(?:paseme|pasame|pongame|comuniqueme|conecteme|transfierame|paseme usted)(?: \w+){{0,3}}? {_SOMEONE}",
            *("transferir(?:me)?", "persona (?:real|de verdad)", "un ser humano"),
            rf"(?:me|nos) (?:pasa|pasan|puede pasar|pone|comunica)(?: con)?(?: \w+){{0,3}}? {_SOMEONE}",
        ),
    ),
    Want.GOODBYE: either(
        BYE,
        anywhere(
            *(
                "eso es todo",
                "es todo",
                "nada mas",
                "ya esta",
                "con eso (?:es todo|basta)",
                "tengo que (?:irme|colgar)",
            ),
            *("(?:volvere a llamar|ya llamare|llamo (?:luego|mas tarde))", "colgar"),
        ),
    ),
    Want.REPEAT: either(
        anywhere(
            *("repit\\w+", "repetir", "otra vez", "de nuevo(?! (?:el|la))", "que ha dicho", "que dijo", "como dice"),
            *("no (?:le |lo |te )?(?:he )?(?:entend\\w+|entiendo|oigo|oido|escucho|escuche)", "mas (?:despacio|alto)"),
        ),
        alone("perdon", "perdone", "disculpe", "como", "que", "eh"),
    ),
    Want.WAIT: anywhere(
        *("espere", "espera", "un (?:momento|momentito|segundo|minuto)", "dejeme (?:ver|pensar|mirar)", "no cuelgue"),
    ),
    Want.HELP: either(
        anywhere("que puede(?:s)? hacer", "en que (?:me )?puede ayudar", "que puedo (?:decir|pedir|preguntar)"),
        alone("ayuda", "ayudeme", "(?:necesito|quiero) ayuda"),
    ),
    Want.GREETING: either(
        re.compile(r"^(?:hola|buenas|buenos dias|buenas tardes|buenas noches|alo|digame)(?: hola| buenas)?$"),
        anywhere("hay alguien ahi", "sigue ahi", "esta ahi", "me oye"),
    ),
    Want.THANKS: re.compile(r"^(?:vale |perfecto |muy bien |bien )*(?:muchas |mil )?gracias(?: muy amable)?$"),
    Want.WRONG: either(
        anywhere(
            "(?:eso|asi) no (?:es|esta)(?: \\w+)?", "esta mal", "no he dicho eso", "no dije eso", "no es correcto"
        ),
        alone("atras", "volver"),
    ),
    Want.RESTART: anywhere(
        "(?:empezar|empecemos|empiece|comenzar) (?:de nuevo|otra vez|de cero)", "desde el principio"
    ),
    Want.NEVER_MIND: anywhere(
        *("da igual", "olvidelo", "olvidalo", "no importa", "dejelo", "dejalo", "cambie de (?:idea|opinion)"),
        *("ya no (?:quiero|hace falta)", "he cambiado de (?:idea|opinion)", "cancel(?:e|a)lo", "mejor no"),
    ),
    Want.THIS_NUMBER: anywhere(
        "este (?:mismo )?(?:numero|telefono)", "el mismo (?:numero|telefono)", "desde el que llamo"
    ),
    Want.OTHER_NUMBER: either(
        anywhere(
            *(
                "otro (?:numero|telefono)",
                "(?:numero|telefono) (?:distinto|diferente)",
                "ese no es mi (?:numero|telefono)",
            ),
            *("(?:numero|telefono) (?:esta mal|no es)", "cambiar (?:el|mi) (?:numero|telefono)"),
        ),
        alone("(?:el |mi )?(?:numero|telefono)(?: de telefono)?"),
    ),
    Want.CHANGE_NAME: either(
        anywhere("(?:el|mi) (?:nombre|apellido) (?:esta mal|no es)", "cambiar (?:el|mi) (?:nombre|apellido)"),
        alone("(?:el |mi )?(?:nombre|apellido)"),
    ),
    Want.CHANGE_DATES: either(
        anywhere("(?:otras?|distintas|cambiar (?:las?|de)) (?:fechas?|dias?|noches?)", "las fechas (?:estan mal|no)"),
        alone("(?:las? |los? |el )?(?:fechas?|dias?|noches?)"),
    ),
    Want.CHANGE_GUESTS: either(
        anywhere("cambiar (?:el numero de )?(?:personas|huespedes)"),
        alone("(?:el numero de |las? |los )?(?:personas|huespedes)"),
    ),
    Want.CHANGE_ROOM: either(anywhere("cambiar (?:la|de) habitacion(?! de)"), alone("la habitacion")),
    Want.SPANISH: anywhere("en espanol", "habla espanol", "espanol por favor", "en castellano"),
    Want.ENGLISH: anywhere("ingles", "english"),
    Want.BOOK: either(
        anywhere(
            *(
                "reserv(?:ar|arla|arlo|e|ela|elo|eme|emos|amela)(?! (?:mesa|una mesa))",
                "hacer (?:una|la) reserva(?:cion)?",
            ),
            rf"(?:quiero|quisiera|queria|necesito|me gustaria) {_MY} reserva(?:cion)?",
        ),
        alone("reserva", "reserve", "reservar"),
    ),
    Want.LOOK_UP: anywhere(
        rf"(?:consultar|comprobar|ver|buscar|confirmar|mirar|revisar|encontrar|verificar) {_MY} {_BOOKING}",
        rf"(?:sobre|detalles de|datos de|acerca de|por) (?:mi|nuestra) {_BOOKING}",
        rf"(?:esta|cuando es|cual es|como esta) (?:mi|nuestra) {_BOOKING}",
        rf"(?:ya )?(?:tengo|tenemos|hice|hicimos|he hecho) una {_BOOKING}",
    ),
    Want.CHANGE: anywhere(
        rf"(?:cambiar|modificar|mover|alargar|ampliar|prolongar|acortar|extender)(?: \w+ (?:fechas?"
        rf"|dias?) de)? {_MY} {_BOOKING}",
        rf"(?:cambio|modificacion) (?:en|de) {_MY} {_BOOKING}",
        rf"(?:cambie|modifique|cambiarme|cambieme) {_MY} {_BOOKING}",
    ),
    Want.CANCEL: either(
        anywhere(
            rf"(?:quiero|quisiera|queria|necesito|tengo que|me gustaria|debo|hay que) (?:cancelar"
            rf"|anular)(?! {_LINEN})",
            rf"(?:cancelen?|cancelar(?:me)?|anular(?:me)?|anulen?|canceleme|anuleme) {_MY} {_BOOKING}"
            r"(?<!si cancelo mi reserva)",
        ),
    ),
    Want.PAY: anywhere(
        *("enlace (?:de|para el|para) pag\\w+", "link (?:de|para) pag\\w+"),
        "(?:quiero|quisiera|queria|necesito|me gustaria) pagar",
        rf"pagar (?:mi|nuestra|la) (?:{_BOOKING}|habitacion|cuenta|fianza)",
    ),
    Want.TEXT: anywhere(
        r"(?:mensaje de texto|sms|por mensaje)",
        r"(?:envi\w+|mand\w+)(?: \w+){0,4}? (?:direccion|confirmacion|indicaciones|ubicacion)",
        r"(?:envie|mande|enviar|mandar|envien|manden)(?:me|nos)(?: \w+){0,4}? (?:direccion|confirmacion"
        r"|indicaciones|ubicacion)",
    ),
    Want.MESSAGE: anywhere(
        r"(?:dejar(?:le)?|tomar|dejo|pasar(?:le)?|dar(?:le)?|deje|tome) (?:un|el) (?:\w+ )?(?:mensaje|recado)",
        *(
            "(?:mensaje|recado) para",
            rf"(?:digale|decirle|avise|avisar) (?:a la habitacion|al gerente|a mi {_RELATIVE})",
        ),
    ),
    Want.APPOINTMENT: anywhere(
        r"(?:programar|concertar|agendar) una llamada",
        r"(?:me|nos) (?:llamen?|puede(?:n)? llamar|llaman) (?:manana|hoy|el|a las|esta|pasado|sobre)",
        r"(?:llamen?|llamar)(?:me|nos) (?:manana|hoy|el|a las|esta|pasado|sobre)",
    ),
    Want.HOUSEKEEPING: anywhere(
        *("servicio de (?:limpieza|habitaciones)", "limpieza", "limpi(?:ar|en|e)(?: \\w+){0,2} (?:habitacion|cuarto)"),
        rf"(?:{WANT}|{_GIVE}|faltan?|nos faltan|me faltan|no hay|no quedan?)(?: \w+){{0,5}}? {_LINEN}",
        "(?:hagan?|arreglen?|hacer|arreglar) (?:la|mi|nuestra) habitacion",
    ),
    Want.MAINTENANCE: anywhere(
        *("mantenimiento", "averi\\w+", "no (?:hay agua|sale agua|tenemos agua)", "gotea\\w*", "fuga", "atascad[oa]"),
        *("no (?:funciona|funcionan|enciende|cierra|abre|va|arranca)", "(?:roto|rota|rotos|estropead[oa]s?)"),
        "(?:arreglar|reparar) (?:el|la|los)",
    ),
    Want.WAKE_UP_CALL: anywhere(
        *("despert\\w+", "despierten?(?:me|nos)?", "(?:me|nos) despiert\\w+", "llamada (?:de )?despertador"),
    ),
    Want.LATE_CHECK_OUT: anywhere(
        rf"{WANT}(?: \w+){{0,2}}? (?:salida tardia|salir mas tarde|late check ?out|dejar la habitacion mas tarde)",
        r"(?:quiero|quisiera|necesito|me gustaria) (?:quedarme|salir)(?: \w+){0,3}? (?:hasta|mas tarde|a) las",
    ),
    Want.COT: anywhere(
        rf"(?:quiero|quisiera|queria|necesito|necesitamos|queremos|me gustaria|pongan?|poner(?:nos)?|{_GIVE})"
        rf"(?: \w+){{0,4}}? {COT}",
    ),
    Want.LOST_AND_FOUND: anywhere(
        *(
            "objetos perdidos",
            "(?:he|hemos) (?:perdido|olvidado|dejado)",
            "(?:perdi|perdimos|olvide|olvidamos|deje)\\b(?! de)",
        ),
        *("(?:se )?me (?:olvido|quedo|perdio|ha olvidado|ha quedado)",),
    ),
    Want.CONCIERGE: anywhere(
        *(
            "recomiend\\w+",
            "recomendar\\w*",
            "recomendaci\\w+",
            "donde (?:puedo|podemos|se puede) (?:comer|cenar|comprar)",
        ),
        *(
            "(?:un )?buen(?:os)? (?:restaurantes?|sitios?|lugar(?:es)?|bares?)",
            "sitios? para (?:comer|cenar|visitar|ir)",
        ),
        "que (?:podemos|puedo|se puede|hay para) (?:hacer|ver|visitar)",
        "lugares? para (?:comer|cenar|visitar|ver)",
    ),
    Want.HISTORY: anywhere(
        r"(?:me|nos) (?:conocen?|recuerdan?)",
        "se acuerdan? de (?:mi|nosotros)",
        r"(?:he|hemos) (?:llamado|estado|hablado)(?: \w+){0,3}? antes",
        "ya (?:llame|llamamos|he llamado|hemos llamado)",
        "llame (?:antes|ayer|hace|la (?:semana|otra))",
        r"(?:estuve|estuvimos|me aloje|nos alojamos|me he alojado)(?: \w+){0,3}? antes",
        r"(?:de )?que hablamos(?: \w+){0,2}? (?:ultima|otra) vez",
        "(?:ultima|otra) vez que (?:llame|llamamos|hable|hablamos|estuve|estuvimos)",
    ),
    Want.ON_HOLD: anywhere(
        r"(?<!no me )(?:pong\w+|poner\w*|pone|dej\w+)(?: \w+)? en espera",
        "(?:mantenga|mantener|espere en|esperar en) (?:la )?linea",
    ),
    Want.SEND_AGAIN: anywhere(
        r"(?:envi\w+|mand\w+)(?: \w+){0,5}? (?:otra vez|de nuevo|una vez mas)",
        *(r"reenvi\w+", r"vuelv\w+ a (?:enviar|mandar)\w*"),
        r"no (?:me )?(?:ha llegado|llego|llega|recibi|he recibido)(?: \w+){0,2}? (?:mensaje|sms|texto)",
        "(?:mensaje|sms) no (?:me )?(?:ha llegado|llego|llega)",
    ),
}
