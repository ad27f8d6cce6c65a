"""Every question in Spanish: as it is asked first, in other words, in writing, and how it is found again when heard."""

from collections.abc import Mapping

from nightdesk.dialogue.steps import Step

QUESTIONS: Mapping[Step, tuple[str, str]] = {
    Step.HELP: (
        "¿En qué puedo ayudarle?",
        "Puede pedir una habitación o preguntar por el hotel. ¿Qué puedo hacer por usted?",
    ),
    Step.ARRIVAL: (
        "¿Qué día desea llegar?",
        "Dígame, por favor, qué día llega: por ejemplo el viernes, o el 27 de noviembre.",
    ),
    Step.NIGHTS: ("¿Para cuántas noches?", "Dígame, por favor, cuántas noches se queda."),
    Step.GUESTS: ("¿Para cuántas personas?", "Dígame, por favor, cuántas personas serán: por ejemplo dos adultos."),
    Step.HOLD: (
        "¿Tomo su nombre y su número, para que la recepción se lo confirme?",
        "¿Puedo tomar su nombre y su número para la recepción? Diga sí o no, por favor.",
    ),
    Step.BOOK: ("¿Se la reservo?", "¿Se la reservo, sí o no?"),
    Step.RATE: (
        "¿Qué tarifa prefiere: la normal, por {usual}, o la no reembolsable, por {cheaper}?",
        "Diga la normal, o la no reembolsable, que es más barata. ¿Qué tarifa prefiere?",
    ),
    Step.ROOM: ("¿Cuál prefiere?", "Dígame, por favor, cuál prefiere."),
    Step.ALTERNATIVE: ("¿Le iría bien esa?", "¿Le iría bien esa, sí o no?"),
    Step.OTHER_DATES: ("¿Quiere probar otras fechas?", "¿Probamos otras fechas? Diga sí o no, por favor."),
    Step.NAME: ("Diga su nombre, por favor.", "Ahora solo necesito su nombre. Diga su nombre y apellido, por favor."),
    Step.LINE: (
        "¿Usamos el número desde el que llama, que termina en {phone}?",
        "¿Podemos llamarle al número desde el que llama, que termina en {phone}? Diga sí o no, por favor.",
    ),
    Step.KEYPAD: (
        "Marque el número en el teclado y pulse almohadilla, por favor.",
        "Marque su número de teléfono completo en el teclado y después pulse almohadilla, por favor.",
    ),
    Step.NUMBER_CHECK: (
        "He entendido {phone}. ¿Es correcto ese número?",
        "El número que he entendido es {phone}. ¿Es correcto ese número, sí o no?",
    ),
    Step.CONFIRM: ("¿Está todo correcto?", "¿Está todo correcto, sí o no?"),
    Step.CHANGE: ("¿Qué cambio?", "¿Qué cambio: las fechas, su nombre o el teléfono?"),
    Step.PERSON: ("¿Le paso con la recepción?", "¿Le paso con la recepción, sí o no?"),
    Step.ELSE: ("¿Algo más?", "¿Hay algo más que pueda hacer por usted?"),
    Step.CODE: (
        "¿Cuál es el código de confirmación?",
        "Dígame el código de confirmación, cifra por cifra, o dígame que no lo tiene.",
    ),
    Step.CODE_CHECK: (
        "He entendido {code}. ¿Es correcto ese código?",
        "El código que he entendido es {code}. ¿Es correcto ese código, sí o no?",
    ),
    Step.LAST_NAME: (
        "¿Cuál es el apellido de la reserva? Deletréelo, por favor.",
        "Deletree el apellido, por favor, letra por letra: por ejemplo ge, a, ere, ce, i, a.",
    ),
    Step.NAME_CHECK: ("He anotado {name}. ¿Está bien escrito?", "He escrito {name}. ¿Está bien escrito, sí o no?"),
    Step.CANCEL: ("¿Cancelo la reserva?", "¿Cancelo la reserva, sí o no?"),
    Step.SEND: (
        "¿Se lo envío por mensaje de texto al número que termina en {phone}?",
        "¿Se lo envío por mensaje de texto al número que termina en {phone}, sí o no?",
    ),
    Step.KEY_CARD: (
        "Puede marcar su tarjeta en este teléfono, donde nadie la oye. ¿Le paso con la línea de pago?",
        "¿Le paso con la línea de pago, donde marca su tarjeta, sí o no?",
    ),
    Step.TEMPLATE: (
        "¿Qué le envío por mensaje: las indicaciones, su confirmación o el enlace de pago?",
        "Puede recibir las indicaciones, su confirmación o el enlace de pago. ¿Qué le envío por mensaje?",
    ),
    Step.ROOM_NUMBER: (
        "¿Cuál es el número de su habitación?",
        "Dígame el número de su habitación: por ejemplo dos cero cuatro.",
    ),
    Step.DAY: ("¿Para qué día es?", "Dígame para qué día es, por favor: por ejemplo mañana."),
    Step.TIME: ("¿A qué hora?", "Dígame a qué hora, por favor: por ejemplo a las siete y media de la mañana."),
    Step.NEED: ("¿Qué desea que le llevemos o hagamos?", "Dígame qué desea que le llevemos: por ejemplo dos toallas."),
    Step.PROBLEM: ("¿Qué es lo que falla?", "Dígame qué es lo que falla: por ejemplo que no funciona la calefacción."),
    Step.LOST: ("¿Qué ha perdido, y dónde?", "Dígame qué ha perdido, y dónde lo vio por última vez."),
    Step.FOR_WHOM: ("¿Para quién es el mensaje?", "Dígame para quién es el mensaje: por ejemplo para el gerente."),
    Step.MESSAGE: ("¿Cuál es el mensaje?", "Dígame cuál es el mensaje que debo dar."),
    Step.REASON: ("¿De qué se trata la llamada?", "Dígame en pocas palabras de qué se trata la llamada."),
    Step.CATEGORY: ("¿Qué tipo de lugar busca?", "¿Qué tipo de lugar busca: por ejemplo {kinds}?"),
    Step.RATING: (
        "¿Cómo valora su estancia, del uno al cinco, siendo cinco lo mejor?",
        "Diga o pulse un número del uno al cinco, siendo cinco lo mejor.",
    ),
    Step.COMMENT: (
        "¿Qué le gustó, o qué podríamos mejorar?",
        "Dígame en pocas palabras qué le gustó, o qué podríamos mejorar.",
    ),
}
ON_OUR_CALL: Mapping[Step, tuple[str, str]] = {
    Step.LINE: (
        "¿Usamos el número al que le hemos llamado, que termina en {phone}?",
        "¿Podemos llamarle al número al que le hemos llamado, que termina en {phone}? Diga sí o no, por favor.",
    ),
}
WRITTEN: Mapping[Step, tuple[str, str]] = {
    Step.HOLD: (
        "¿Anoto su nombre y su número, para que la recepción se lo confirme?",
        "¿Puedo anotar su nombre y su número para la recepción? Responda sí o no, por favor.",
    ),
    Step.OTHER_DATES: ("¿Quiere probar otras fechas?", "¿Probamos otras fechas? Responda sí o no, por favor."),
    Step.NAME: ("¿Cuál es su nombre?", "Ahora solo necesito su nombre. ¿Cuál es su nombre completo?"),
    Step.LINE: (
        "¿Usamos el número desde el que escribe, que termina en {phone}?",
        "¿Podemos llamarle al número desde el que escribe, que termina en {phone}? Responda sí o no, por favor.",
    ),
    Step.KEYPAD: ("¿Cuál es su número de teléfono completo?", "Escriba su número de teléfono completo, por favor."),
    Step.NUMBER_CHECK: (
        "Tengo {phone}. ¿Es correcto ese número?",
        "El número es {phone}. ¿Es correcto ese número, sí o no?",
    ),
    Step.CODE: (
        "¿Cuál es el código de confirmación?",
        "Escriba el código de confirmación, por favor, o escriba que no lo tiene.",
    ),
    Step.LAST_NAME: ("¿Cuál es el apellido de la reserva?", "Escriba el apellido de la reserva, por favor."),
    Step.SEND: ("¿Se lo envío?", "¿Se lo envío, sí o no?"),
    Step.ROOM_NUMBER: ("¿Cuál es el número de su habitación?", "Escriba el número de su habitación, por ejemplo 204."),
    Step.TIME: ("¿A qué hora?", "Escriba a qué hora, por favor, por ejemplo 7:30."),
}
# Over `plain` text, which has no accents.
MARKS: Mapping[Step, str] = {
    Step.HELP: r"en que (?:le )?puedo (?:ayudar|servir)|que puedo hacer por usted",
    Step.ARRIVAL: r"que dia (?:desea|quiere|le gustaria|llega|llegaria)|cuando (?:desea|quiere|va a) llegar",
    Step.NIGHTS: r"cuantas noches",
    Step.GUESTS: r"cuantas personas|cuantos (?:huespedes|adultos)",
    Step.HOLD: r"su nombre y su numero",
    Step.BOOK: r"se la reservo",
    Step.RATE: r"que tarifa prefiere",
    Step.ROOM: r"cual prefiere",
    Step.ALTERNATIVE: r"le iria bien esa",
    Step.OTHER_DATES: r"otras fechas",
    Step.NAME: r"diga su nombre|dice su nombre|cual es su nombre",
    Step.LINE: r"numero (?:desde el que (?:llama|escribe)|al que le hemos llamado)",
    Step.KEYPAD: r"(?:marque|escriba) (?:el|su) numero|cual es su numero de telefono",
    Step.NUMBER_CHECK: r"es correcto ese numero",
    Step.CONFIRM: r"esta todo correcto",
    Step.CHANGE: r"que cambio\b",
    Step.PERSON: r"le paso con la recepcion|quiere que le pase",
    Step.ELSE: r"algo mas",
    Step.CODE: r"(?:cual es|digame|escriba) (?:el|su) codigo de confirmacion",
    Step.CODE_CHECK: r"es correcto ese codigo",
    Step.LAST_NAME: r"(?:cual es|deletree|escriba) (?:el|su) apellido",
    Step.NAME_CHECK: r"esta bien escrito",
    Step.CANCEL: r"cancelo la reserva",
    Step.SEND: r"se lo envio|le muestro el enlace",
    Step.KEY_CARD: r"le paso con la linea de pago",
    Step.TEMPLATE: r"que le envio por mensaje",
    Step.ROOM_NUMBER: r"numero de su habitacion",
    Step.DAY: r"para que dia",
    Step.TIME: r"(?:a|hasta) que hora(?! (?:es|abre|cierra|se))",
    Step.NEED: r"que desea que le llevemos",
    Step.PROBLEM: r"que es lo que falla",
    Step.LOST: r"que ha perdido",
    Step.FOR_WHOM: r"para quien es el mensaje",
    Step.MESSAGE: r"cual es el mensaje",
    Step.REASON: r"de que se trata la llamada",
    Step.CATEGORY: r"que tipo de lugar",
    Step.RATING: r"del (?:uno|1) al (?:cinco|5)",
    Step.COMMENT: r"podriamos mejorar",
}
