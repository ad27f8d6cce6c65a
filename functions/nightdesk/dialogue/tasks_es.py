"""What Spanish guests want done: the wants that are tasks, each with its slots, its read-back and its tool."""

from nightdesk.dialogue.lexicon import Pattern, Want, anywhere, either
from nightdesk.dialogue.nouns_es import BOOKING, COT, GIVE, LINEN, MY, RELATIVE, RING, WANT, WHEN, alone

_CHANGE = r"(?:cambi|modific|mov|muev|alarg|ampli|prolong|acort|extend|extiend|retras|adelant|aplaz|pospon|pasar)"
_WORKS = r"(?:funcionan?|enciende|encienden|cierran?|abren?|van?|arranca|calientan?|enfria|sale|traga|para de)"
_SEND = r"(?:envi\w+|mand\w+|pas(?:e|a|en|ar)(?:me|nos)?)"
_PLACE = r"(?:habitacion|cuarto|cama|bano|ducha|suelo)"
_POWER = r"(?:agua(?: caliente)?|luz|calefaccion|corriente|electricidad|wi ?fi|internet)"

TASK_WANTS: dict[Want, Pattern] = {
    Want.BOOK: either(
        anywhere(
            "reserv(?:ar|arla|arlo|ela|elo|eme|emos|amela|emela)(?! (?:mesa|una mesa))",
            "reserve(?! (?:la semana|hace|ayer))",
            "hacer (?:una|la) reserva(?:cion)?",
            rf"(?:quiero|quisiera|queria|necesito|me gustaria) {MY} reserva(?:cion)?",
            "apunt(?:e|a)(?:me|nos) (?:para|la|el)",
        ),
        alone("reserva", "reserve", "reservar"),
    ),
    Want.LOOK_UP: anywhere(
        rf"(?:consultar|comprobar|ver|buscar|confirmar|mirar|revisar|encontrar|verificar|asegurar(?:me|nos) de)"
        rf"(?: que| si)? {MY} {BOOKING}",
        rf"(?:sobre|detalles de|datos de|acerca de|por) (?:mi|nuestra) {BOOKING}",
        rf"(?:esta|cuando es|cual es|como esta) (?:mi|nuestra) {BOOKING}",
        rf"(?:ya )?(?:tengo|tenemos|hice|hicimos|he hecho) una {BOOKING}",
        rf"(?:mira|mire|comprueb|busqu|busc|revis)\w*(?: \w+){{0,4}}? (?:mi|nuestra) {BOOKING}",
        *(
            rf"(?:tienen?|encuentran?|ven|figura|consta) (?:mi|nuestra) {BOOKING}",
            "sigue en pie",
            "reserve (?:la semana|hace|ayer)",
            "(?:aparezco|aparecemos|estoy|estamos) en (?:su|la) lista",
        ),
    ),
    Want.CHANGE: anywhere(
        rf"{_CHANGE}\w*(?: \w+ (?:fechas?|dias?) de)? {MY} {BOOKING}",
        rf"(?:cambio|modificacion) (?:en|de) {MY} {BOOKING}",
        rf"(?:cambie|modifique|cambiarme|cambieme) {MY} {BOOKING}",
        rf"(?:anadir|agregar|sumar|quitar)(?: \w+){{1,3}} (?:a|de) {MY} {BOOKING}",
        rf"(?:uno|una|\w+ personas?|\w+ noches?) (?:mas|menos) (?:en|a) {MY} {BOOKING}",
        rf"(?:ponga|pongan|dej[ea]n?) {MY} {BOOKING} (?:para|en|a)",
        "(?:llegar|llegamos|llego|salir|irnos) un dia (?:despues|antes|mas tarde)",
        r"(?:me equivoque|nos equivocamos|me he equivocado|nos hemos equivocado) (?:de|en|con) (?:la )?"
        r"(?:fechas?|dias?|habitacion)",
    ),
    Want.CANCEL: anywhere(
        r"(?:quiero|quisiera|queria|necesito|tengo que|tenemos que|me gustaria|debo|hay que) (?:cancelar|anular)"
        rf"(?! {LINEN})",
        rf"(?<!si )(?:cancel[eo]n?|cancelar(?:me)?|anular(?:me)?|anul[eo]n?|canceleme|anuleme)"
        rf"(?: por favor)? {MY} (?:{BOOKING}|habitacion)",
        rf"(?:borr|elimin)\w+ {MY} {BOOKING}",
        rf"(?:dar|demos|den|de) de baja {MY} {BOOKING}",
    ),
    Want.PAY: anywhere(
        *("enlace (?:de|para el|para) pag\\w+", "link (?:de|para) pag\\w+", "algo para pagar"),
        "(?:quiero|quisiera|queria|necesito|me gustaria) (?:pagar|abonar|liquidar)",
        rf"(?:pagar|abonar|liquidar) (?:mi|nuestra|la) (?:{BOOKING}|habitacion|cuenta|fianza|factura)",
        *(
            "pagar lo que (?:debo|debemos)",
            "(?:debo|debemos) (?:dinero|algo|una)",
            "(?:puedo|podemos) pagar(?:le|les)? (?:ya|ahora)",
        ),
        "pagar (?:ya|ahora) con",
    ),
    Want.TEXT: anywhere(
        r"(?:mensaje de texto|sms|por mensaje)",
        rf"{_SEND}(?: \w+){{0,4}}? (?:direccion|confirmacion|indicaciones|ubicacion|mapa)"
        r"(?<!con la direccion)(?<!a la direccion)",
        r"al (?:movil|celular)",
    ),
    Want.MESSAGE: anywhere(
        r"(?:dejar(?:le)?|tomar|dejo|pasar(?:le)?|dar(?:le)?|deje|tome) (?:un|una|el) (?:\w+ )?"
        r"(?:mensaje|recado|nota|aviso)",
        *(
            "(?:mensaje|recado|nota) para",
            rf"(?:digan?le|decirle|avise|avisen|avisar) (?:a la \w+|al gerente|al huesped|a mi {RELATIVE})",
            "(?:dele|denle|digale|decirle)(?: \\w+){0,4}? al? (?:due|gerente|jef|encargad|huesped)\\w*",
        ),
        "dejar(?:le)? (?:algo )?dicho",
    ),
    Want.APPOINTMENT: anywhere(
        r"(?:programar|concertar|agendar) una llamada",
        rf"(?:me|nos) (?:puede(?:n)? )?{RING}(?:ar|en?|an)(?: alguien)? {WHEN}",
        rf"{RING}(?:en?|ar)(?:me|nos)(?: alguien)? {WHEN}",
        rf"(?:deme|denos|darme|darnos) un (?:toque|telefonazo) {WHEN}",
    ),
    Want.HOUSEKEEPING: anywhere(
        *("servicio de (?:limpieza|habitaciones)", "limpieza", rf"limpi(?:ar|en|e)(?: \w+){{0,2}} {_PLACE}"),
        rf"(?:{WANT}|{GIVE}|faltan?|no hay|no quedan?|mas)(?: \w+){{0,5}}? {LINEN}",
        rf"(?:acab|termin|gast)(?:ado|o|aron) (?:el|la|los|las) {LINEN}",
        rf"{LINEN} (?:esta|estan) (?:\w+ )?(?:suci|manchad|mojad)\w+",
        rf"{_PLACE} (?:esta|sigue) (?:\w+ )?(?:suci\w+|sin (?:hacer|limpiar))",
        rf"(?:hagan?|hech\w|arreglen?|hacer|arreglar|limpiar)(?: ya)? (?:la|mi|nuestr[oa]) {_PLACE}",
        "(?:han|ha) (?:limpiado|hecho|arreglado) (?:la|el|mi|nuestr[oa])",
        *("huele\\w*", "mal olor"),
        *("alguien a limpiar", "(?:se ha|se nos ha|he|hemos) (?:derramado|caido el|manchado)"),
    ),
    Want.MAINTENANCE: anywhere(
        *("mantenimiento", "averi\\w+", "gote\\w*", "fuga", "(?:atasc|inund|fundid|encall)\\w+"),
        rf"no (?:se |me |nos )?{_WORKS}(?! (?:bien|el|la) (?:el|la)? ?(?:mensaje|enlace))",
        *("dej(?:o|ado) de funcionar", "(?:roto|rota|rotos|estropead[oa]s?)", "no para de", "(?:sin|no tiene) pilas"),
        rf"falta (?:el|la|una?) (?!{LINEN})\w+ (?:del?|en)",
        rf"(?:no (?:hay|tenemos|tengo|queda)|sin|nos quedamos sin|quedado sin) {_POWER}(?! en el hotel)",
        rf"(?:ha ido|fue|cort[oa]\w*|ha cortado) (?:el|la) {_POWER}",
        r"(?:hace|mete|da) (?:\w+ ){0,2}?ruido",
        r"(?:cae|entra|sale) (?:agua|humo) (?:del?|por)",
        r"(?:ducha|agua|calefaccion|habitacion) (?:sale |esta |sigue )(?:muy )?(?:helada|fria|congelada)",
        "(?:arreglar|reparar) (?:el|la|los)",
    ),
    Want.WAKE_UP_CALL: anywhere(
        *("desp[ie]+rt\\w+", "llamada (?:de )?despertador", "dormir(?:me|nos)(?! (?:aqui|en|esta))"),
        r"(?:avis|llam)\w+(?: \w+){0,5}? (?:levantar(?:me|nos)|que (?:me|nos) levant\w+)",
        r"levantar(?:me|nos) a las? (?:\w+ ){1,4}?(?:(?:me|nos) (?:llam|avis)\w+|llam\w+(?:me|nos))",
    ),
    Want.LATE_CHECK_OUT: anywhere(
        rf"{WANT}(?: \w+){{0,2}}? (?:salida tardia|late check ?out)",
        rf"{WANT} (?:salir|irme|irnos|dejar (?:la|el) (?:habitacion|cuarto))"
        r"(?: (?:un \w+ )?mas tarde| a (?:la|las) (?:una|dos|tres|cuatro|1|2|3|4)\b| a(?:l)? mediodia)",
        rf"{WANT}(?: \w+)? ?(?:quedar(?:me|nos)|quedar|salir)(?: con la habitacion| en la habitacion)?(?: \w+){{0,2}}?"
        r" (?:hasta|a) las?",
        r"(?:me|nos) (?:puedo|podemos|podria|podriamos) quedar(?: con la habitacion)? hasta",
    ),
    Want.COT: anywhere(
        rf"(?:quiero|quisiera|queria|necesito|necesitamos|queremos|me gustaria|podr\w+ tener|poner(?:nos)?|{GIVE})"
        rf"(?: \w+){{0,4}}? {COT}",
    ),
    Want.LOST_AND_FOUND: anywhere(
        *("objetos perdidos", "(?:he|hemos|ha|han) (?:perdido|olvidado|dejado)(?! (?:de|un mensaje))"),
        r"(?:perdi|perdimos|olvide|olvidamos|deje|dejamos)\b(?! (?:de|lo que)\b)",
        r"(?:se )?(?:me|nos|le) (?:olvido|perdio|quedo|ha olvidado|ha quedado|han quedado)(?! (?:claro|bien))",
        rf"(?:mi|nuestr[oa]) {RELATIVE} (?:se )?(?:dejo|olvido|perdio)",
        r"(?:alguien|han|ha) (?:ha )?(?:encontrado|visto) (?:una?|mis?|el|la|unas?|unos)",
        r"no encuentr[oa]n? (?:mis?|el|la|las|los) (?!reserva|codigo|habitacion|confirmacion|nombre)",
    ),
    Want.CONCIERGE: anywhere(
        *(
            "recomiend\\w+",
            "recomendar\\w*",
            "recomendaci\\w+",
            "(?:consejos?|sugerencias?) (?:para|de|sobre)",
            "aconsej\\w+",
        ),
        "(?:consejos?|sugerencias?) (?:para|de|sobre)",
        r"donde (?:puedo|podemos|se puede|se) (?:comer|cenar|comprar|come|cena|compra)",
        "(?:un )?buen(?:os)? (?:restaurantes?|sitios?|lugar(?:es)?|bares?)",
        "(?:sitios?|lugar(?:es)?) (?:\\w+ )?para (?:comer|cenar|visitar|ir|ver|tomar)",
        r"que (?:podemos|puedo|se puede|hay (?:para|que)) (?:hacer|ver|visitar)",
        *("hambre", "se come bien"),
    ),
    Want.NO_CALLS: anywhere(
        rf"(?:dejen?|paren?|dejad) de {RING}\w+",
        rf"no (?:me|nos) (?:vuelvan? a {RING}ar|{RING}en? (?:mas|nunca|otra vez))",
        "no (?:quiero|deseo|queremos|deseamos)(?: recibir)? (?:mas |sus |estas )+llamadas",
        r"(?:borr|quit|elimin|saqu|sac)\w*(?: \w+){0,3} lista",
        *("ni una llamada mas", "no mas llamadas", "dar(?:me)? de baja(?! (?:mi|la|una|nuestra)\\b)", "deme de baja"),
    ),
    Want.HISTORY: anywhere(
        r"(?:me|nos) (?:conocen?|reconocen?|recuerdan?)",
        "se acuerdan? de (?:mi|nosotros)",
        "sabe[ns]? quien soy",
        "reconocen? mi (?:numero|voz)",
        r"(?:he|hemos) (?:llamado|estado|hablado)(?: \w+){0,3}? (?:antes|alguna vez)",
        r"hablamos (?:ayer|antes|esta manana|hace)",
        "ya (?:llame|llamamos|he llamado|hemos llamado)",
        "llame (?:antes|ayer|hace|la (?:semana|otra))",
        r"(?:estuve|estuvimos|me aloje|nos alojamos|me he alojado)(?: \w+){0,3}? antes",
        r"(?:de )?que hablamos(?: \w+){0,2}? (?:ultima|otra) vez",
        "(?:ultima|otra) vez que (?:llame|llamamos|hable|hablamos|estuve|estuvimos)",
        "(?:he|hemos) sido clientes?|ya (?:soy|somos) clientes?",
    ),
    Want.ON_HOLD: anywhere(
        r"(?<!no me )(?:pong\w+|poner\w*|pone|dej\w+)(?: \w+)? en espera",
        "(?:mantenga|mantener|espere en|esperar en) (?:la )?linea",
    ),
}
