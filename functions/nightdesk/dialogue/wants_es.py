"""What Spanish guests mean beside a task: a room that is wanted, and the conversation itself."""

import re

from nightdesk.dialogue.lexicon import Pattern, Want, anywhere, either
from nightdesk.dialogue.nouns_es import ARRIVED, ARTICLES, RING, ROOMS, SOMEONE, TEXTED, WANT, alone

_MORE = r"(?:(?:mas|menos) (?:barat\w+|grande|ampli\w+|pequen\w+|car\w+|economic\w+)|mejor)"

BYE = anywhere(
    *("adios", "hasta (?:luego|pronto|manana|otra|la proxima)", "chao", "chau", "buenas noches y gracias"),
    "que (?:tenga|pase) (?:un )?buen(?:a|as|os)? (?:dia|dias|noche|tarde|tardes)",
)

WANTS: dict[Want, Pattern] = {
    Want.ROOM: either(
        anywhere(
            rf"(?:{WANT}|tienen?|hay|queda(?:n)?|les queda|tendran?|tendrian?|habra)"
            rf"(?: (?!dejar|salir|limpiar)\w+){{0,3}}? {ROOMS}",
            rf"{ROOMS} (?:libres?|disponibles?|para|desde|del|a partir|con)",
            *("algo (?:libre|disponible|para)", "disponibilidad", "esta(?:n)? (?:lleno|llenos|completo|completos)"),
            rf"{WANT} (?:alojarme|alojarnos|quedarme|quedarnos|hospedarme|hospedarnos)",
            r"(?:donde|(?:un )?sitio (?:para|donde)|para) (?:dormir|pasar la noche|alojar(?:me|nos))",
            "(?:hay|tienen|queda|habria) (?:sitio|hueco|plaza|lugar)(?= (?:para|el|esta|libre)|$)",
            r"pasar (?:\w+ ){0,2}?noches?",
            "hac(?:er|en|e)(?:me|nos)? un hueco",
        ),
        alone(rf"(?:(?:una?|la|el) (?:\w+ ){{0,2}})?{ROOMS}(?: \w+)?"),
    ),
    Want.PRICE: anywhere(
        *(
            "precios?",
            "tarifas?",
            "en total",
            r"cuanto(?! (?:esta|estan|tiempo|tarda\w*|se tarda)\b)",
            "que vale",
            "(?:me|nos) cobran",
        ),
        r"a (?:cuanto|como) (?:\w+ )?(?:la noche|la habitacion|sale)",
    ),
    Want.CHEAPER: anywhere(r"(?:mas|menos) (?:barat|economic|car)\w+", "(?:mejor|otra|menor) (?:precio|tarifa)"),
    Want.OTHER_ROOMS: anywhere(
        r"(?:otra|otro|otras|distinta|diferente)s? (?:tipos? de )?(?:habitaci\w+|cuartos?|opci\w+)",
        rf"(?:algo|alguna|una|habitacion|otra) (?:habitacion |un poco )?{_MORE}",
        *("(?:mejor|otra) (?:precio|tarifa)", "que mas (?:tienen?|hay)", r"todas las (?:habitaci\w+|opci\w+)"),
        "que otras?",
    ),
    Want.MANY_ROOMS: anywhere(
        r"(?:dos|tres|cuatro|cinco|seis|siete|ocho|varias|[2-9]) (?:\w+ )?(?:habitaciones|cuartos)"
    ),
    Want.HOLD: anywhere(r"(?:me|nos) (?:la|lo) qued(?:o|amos)", r"(?:me|nos) qued(?:o|amos) con", "cojo la", "tomo la"),
    Want.CALLBACK: anywhere(
        rf"(?:me|nos) (?:puede(?:n)? )?{RING}(?:ar|en?|an)",
        rf"{RING}(?:en?|ar)(?:me|nos)",
        *("(?:devolver(?:me)?|devuelvan?) la llamada", rf"que (?:alguien )?(?:me|nos) {RING}e"),
        *("dejar mi (?:numero|nombre)", "en contacto con(?:migo| nosotros)"),
    ),
    Want.PERSON: either(
        alone(rf"(?:(?:no|si|{WANT}|paseme|pasame|con|deme)\b ?)*{ARTICLES}{SOMEONE}(?: de verdad| real| ya)?"),
        anywhere(
            rf"(?:hablar|comunicar(?:me)?|hablo|tratar|trato)(?: directamente)? (?:con|a) (?:\w+ ){{0,3}}?{SOMEONE}",
            rf"(?:paseme|pasame|pongame|comuniqueme|conecteme|transfierame|paseme usted) (?:\w+ )??(?:con|a) "
            rf"(?:\w+ ){{0,2}}?{SOMEONE}",
            r"(?:hablar|hablo|comunicar(?:me)?|paseme|pasame|pongame|comuniqueme|conecteme|transfierame|me pasa)"
            r"(?: \w+)? (?:con|a) (?:(?:el|la|los|las) )?(?:(?:servicio|personal|equipo|departamento) (?:de )?)?"
            r"(?:mantenimiento|limpieza|tecnicos?)",
            *("transferir(?:me)?", "(?:persona|alguien) (?:real|de verdad)", "un ser humano"),
            rf"(?:me|nos) (?:pasa|pasan|puede pasar|pone|comunica|atienda|atiendan)(?: con)?(?: \w+){{0,3}}? {SOMEONE}",
            r"alguien (?:\w+ ){0,2}?con quien (?:pueda )?hablar",
            "hay (?:una|alguna) persona",
            "(?:quiero|necesito|deme|dame) (?:una?|alguna) (?:persona|human[oa]|agente|operador\\w*)(?= |$)(?! mas)",
            r"no (?:\w+ )?(?:hablar|tratar) con (?:una?|esta?) (?:maquina|robot|ordenador|contestador)",
        ),
    ),
    Want.GOODBYE: either(
        BYE,
        anywhere(
            *("(?:eso )?(?:es|seria) todo", "nada mas", "ya esta(?= (?:todo|bien)|$| gracias)", "(?:me|nos) vale"),
            *("con eso (?:es todo|basta)", "tengo que (?:irme|colgar)", "colgar(?! (?:un|el|la|una)\\b)"),
            r"(?:volvere a llamar|ya llamare|llamo (?:luego|mas tarde))",
        ),
    ),
    Want.REPEAT: either(
        anywhere(
            *("repit\\w+", "repetir\\w*", "de nuevo(?! (?:el|la))", "que ha dicho", "que dijo", "como dice"),
            r"(?:dice|decir\w*|diga\w*) (?:\w+ )?(?:otra vez|una vez mas)|^otra vez|otra vez por favor",
            r"no (?:le |lo |te )?(?:he )?(?:entend\w+|entiendo|oigo|oido|escucho|escuche)",
            *("mas (?:despacio|alto)", "no me (?:he )?enter(?:o|e|ado)", "se (?:corta|entrecorta|oye mal)"),
        ),
        alone("perdon", "perdone", "disculpe", "como", "que", "eh"),
    ),
    Want.WAIT: anywhere(
        *("espere\\w*", "espera", "aguard[ea]\\w*", "un (?:momento|momentito|segundo|segundito|minuto|minutito)"),
        *("dejeme (?:ver|pensar|mirar|buscar)", "no cuelgue"),
    ),
    Want.HELP: either(
        anywhere(
            *("que puede(?:s)? hacer", "en que (?:me )?puede ayudar", "que opciones tengo"),
            r"que (?:cosas )?(?:le )?puedo (?:decir|pedir|preguntar)\w*",
        ),
        alone("ayuda", "ayudeme", "(?:necesito|quiero) ayuda"),
    ),
    Want.GREETING: either(
        re.compile(r"^(?:hola|buenas|buenos dias|buenas tardes|buenas noches|alo|digame)(?: hola| buenas)?$"),
        anywhere("hay alguien ahi", "sigue ahi", "esta ahi", "me oye"),
    ),
    Want.THANKS: re.compile(r"^(?:vale |perfecto |muy bien |bien )*(?:muchas |mil |muchisimas )?gracias(?: \w+ \w+)?$"),
    Want.WRONG: either(
        anywhere(
            r"(?:eso|asi) no (?:es|esta)(?: \w+)?",
            *("esta mal(?! (?:escrit|aparcad))", "no he dicho eso", "no dije eso", "no es (?:correcto|eso|asi)"),
            r"(?:se ha|me ha|ha) (?:confundido|equivocado|entendido mal)",
        ),
        alone("atras", "volver"),
    ),
    Want.RESTART: anywhere(
        "(?:empezar|empecemos|empiece|comenzar) (?:de nuevo|otra vez|de cero)",
        "(?:volver|volvamos|vuelva) a empezar",
        "desde el principio",
    ),
    Want.NEVER_MIND: anywhere(
        *(
            "da igual",
            "olvid[eao](?:lo|se)",
            "no importa",
            "dej[ea]lo(?! (?:en|para|con)\\b)",
            "cambie de (?:idea|opinion)",
        ),
        *("ya no (?:quiero|hace falta)", "he(?:mos)? cambiado de (?:idea|opinion)", "cancel(?:e|a)lo"),
        r"(?:olvide|como si no hubiera) (?:lo que )?(?:he )?dicho(?: nada)?",
        "mejor no(?= |$)(?! (?:una|otra|la|el))",
    ),
    Want.THIS_NUMBER: anywhere(
        "este (?:mismo )?(?:numero|telefono)", "el mismo (?:numero|telefono)", "desde el que llamo"
    ),
    Want.OTHER_NUMBER: either(
        anywhere(
            *("otro (?:numero|telefono)", "(?:numero|telefono) (?:distinto|diferente)"),
            *("ese no es mi (?:numero|telefono)", "(?:numero|telefono) (?:esta mal|no es)"),
            "cambiar (?:el|mi) (?:numero|telefono)",
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
    Want.SEND_AGAIN: anywhere(
        r"(?:envi\w+|mand\w+)(?: \w+){0,5}? (?:otra vez|de nuevo|una vez mas)",
        *(r"reenvi\w+", r"vuelv\w+ a (?:enviar|mandar)\w*"),
        rf"no (?:me |nos )?(?:{ARRIVED}|recibi|he recibido|hemos recibido)(?: nunca)?(?! a\b)"
        rf"(?:(?: \w+){{0,2}} {TEXTED}|(?= nada|$))",
        r"no (?:lo|la) (?:he|hemos) recibido",
        rf"{TEXTED}(?: \w+)? no (?:me |nos )?(?:{ARRIVED})",
    ),
}

CALLED: dict[Want, Pattern] = {
    Want.WHO: anywhere(
        *(
            "(?:quien|con quien) (?:es|habla|llama|hablo)",
            "de parte de quien",
            "de (?:donde|que) (?:me )?(?:llaman?|es)",
        ),
        *(
            "(?:que|para que) (?:quieren?|desean?|se trata)",
            "de que se trata",
            "por que (?:me )?(?:llaman?|han llamado)",
        ),
        "(?:es|son) (?:una? )?(?:estafa|robot|maquina|grabacion|persona real)",
    ),
    Want.NOT_THEM: anywhere(
        *("numero equivocado", "(?:se ha|se) equivoc\\w+", "no (?:esta|esta en casa|se encuentra)(?= |$)"),
        *("no soy (?:yo|el|ella|esa persona)", "aqui no (?:vive|hay)"),
    ),
    Want.NOT_NOW: anywhere(
        *(
            "(?:no es|mal) (?:un )?(?:buen )?momento",
            "(?:estoy|estamos) (?:ocupad\\w+|conduciendo|trabajando|comiendo)",
        ),
        *("(?:estoy|estamos) en (?:el trabajo|una reunion)", "(?:ahora )?no puedo hablar", "ahora no(?= |$)"),
        "(?:en )?otro momento",
    ),
}
"""What who is called by us says."""
