"""What is said in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.lexicon_es import SPANISH
from nightdesk.dialogue.questions_es import MARKS, ON_OUR_CALL, QUESTIONS, WRITTEN
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.state import Medium
from nightdesk.dialogue.steps import Step


class Spanish(Words):
    lexicon = SPANISH
    questions, marks = QUESTIONS, MARKS
    others: ClassVar[Mapping[Medium, Mapping[Step, tuple[str, str]]]] = {"writing": WRITTEN, "our_call": ON_OUR_CALL}
    or_ = "o"
    task_questions: ClassVar[Mapping[tuple[Want, Step], tuple[str, str]]] = {
        (Want.WAKE_UP_CALL, Step.TIME): ("¿A qué hora le despertamos?", "¿A qué hora le despertamos?"),
        (Want.LATE_CHECK_OUT, Step.TIME): ("¿Hasta qué hora desea quedarse?", "¿Hasta qué hora desea quedarse?"),
        (Want.APPOINTMENT, Step.DAY): ("¿Para qué día le apunto la llamada?", "¿Para qué día le apunto la llamada?"),
        (Want.APPOINTMENT, Step.TIME): ("¿A qué hora le llamamos?", "¿A qué hora le llamamos?"),
        (Want.PAY, Step.SEND): (
            "El enlace de pago, ¿se lo envío por mensaje de texto al número que termina en {phone}?",
            "¿Le muestro el enlace de pago?",
        ),
    }
    kinds: ClassVar[Mapping[str, str]] = {
        "restaurants": "restaurantes",
        "skiing": "esquí",
        "sights": "lugares que ver",
        "outdoors": "excursiones",
        "shopping": "tiendas",
        "services": "una farmacia",
        "transport": "transporte",
    }
    task_changes = "¿Qué cambio: {parts}?"
    part_names: ClassVar[Mapping[str, str]] = {
        "time": "la hora",
        "day": "el día",
        "room": "la habitación",
        "details": "los detalles",
        "for_whom": "para quién es",
        "message": "el mensaje",
        "reason": "el motivo",
    }
    refusals: ClassVar[Mapping[str, str]] = {
        "invalid_arguments": "Lo siento, eso no puede ser.",
        "wrong_room": "Lo siento, no tenemos ninguna habitación con ese número.",
        "wrong_time": "Lo siento, a esa hora no puede ser.",
        "declined": "De acuerdo, lo dejamos así.",
        "dropped": "De acuerdo, lo dejamos.",
        "sent_twice": "Eso ya lo he enviado dos veces, y no lo envío una vez más.",
        "withheld": "Su número está oculto, así que no veo si ha llamado antes.",
        "no_rating": "De acuerdo.",
        "no_comment": "De acuerdo.",
    }

    sorry_missed = "Perdone, no le he entendido."
    sorry_missed_again = "Lo siento, sigo sin entenderle."
    sorry_slow = "Siento que esto tarde tanto."
    sorry_failed = "Lo siento, ahora mismo no ha funcionado."
    sorry_refused = "Lo siento, eso no es posible."
    not_known = "Eso no lo sé."
    no_rooms = "Lo siento, no tengo habitación para esas fechas."
    bad_dates = "Lo siento, no puedo consultar esas fechas."
    no_tool = "Lo siento, ahora no puedo consultarlo."
    hello = "Hola."
    welcome = "De nada."
    take_your_time = "Claro, tómese su tiempo."
    all_right = "De acuerdo."
    abilities = "Puedo consultar habitaciones y precios, responder preguntas sobre el hotel o pasarle con una persona."
    many_rooms = "Para más de una habitación, lo mejor es la recepción."
    already_noted = "Eso ya está anotado."
    lead_noted = "Gracias, lo he anotado, y la recepción le llamará."
    bad_keys = "Lo siento, no era un número de teléfono completo."
    no_card = "Por favor, no dé nunca aquí un número de tarjeta: solo se cobra por un enlace seguro."
    no_transfer = "Lo siento, ahora no puedo pasarle."
    connecting = "Un momento, le paso."
    on_hold = "Espere, por favor. Enseguida vuelvo."
    speaks = "Por supuesto, hablemos en español."
    no_language = "Lo siento, no hablo ese idioma."
    disturbed = "Perdone la molestia."
    has_called = "Sí, ya nos han llamado desde este número. No veo qué se habló, pero puedo buscar una reserva."
    has_not_called = "No veo ninguna llamada anterior desde este número."
    done_ = "Ya está hecho."

    farewells: ClassVar[Mapping[Medium, str]] = {
        "call": "{hotel} le da las gracias por su llamada. Adiós.",
        "writing": "{hotel} le da las gracias por escribirnos. Adiós.",
        "our_call": "Gracias por su tiempo. Puede llamar a {hotel} al {number}. Adiós.",
    }
    surrenders: ClassVar[Mapping[Medium, str]] = {
        "call": "Siento no haber podido ayudarle. Llámenos otra vez, por favor.",
        "writing": "Siento no haber podido ayudarle. Escríbanos otra vez, por favor.",
        "our_call": "Siento no haber podido ayudarle.",
    }
    nouns: ClassVar[Mapping[str, tuple[str, str]]] = {
        "nights": ("una noche", "noches"),
        "adults": ("un adulto", "adultos"),
        "children": ("un niño", "niños"),
        "pets": ("una mascota", "mascotas"),
    }
    none = "sin"
    since, on_day, day_alone = "desde el {day}", "el {day}", "el {day}"
    at_time, until_time = "a {time}", "hasta {time}"
    offered = "Para {when}, para {party}, la {name} cuesta {total} en total{fixed}."
    one_of_several, several = "la {name} cuesta {total}", "{offers} en total"
    fixed = ", no reembolsable"
    reads_back = "Se lo repito."
    stay_read_back = "{when}, para {party}, en la {name}, por {total} en total{fixed}"
    call_read_back = "La recepción le llamará."
    leads = (
        "Tenemos su nombre tal como lo dijo, y usaremos el número{line} que termina en {ends}.",
        "Su nombre es {name}, y usaremos el número que termina en {ends}.",
    )
    own_lines = (" desde el que llama,", " al que le hemos llamado,")
    for_room, of_room = " para la habitación {room}", ", habitación {room}"
    with_number = ", con el número que termina en {ends}"
    messages = ("un mensaje", "un mensaje urgente")
    templates: ClassVar[Mapping[str, str]] = {
        "directions": "las indicaciones para llegar",
        "confirmation": "su confirmación",
        "payment_link": "el enlace de pago",
        "callback": "la hora de la llamada",
    }
    tasks: ClassVar[Mapping[Want, str]] = {
        Want.BOOK: "Se lo repito. {stay} A nombre de {name}{number}.",
        Want.MESSAGE: "Tengo {what} para {for_whom}: {message}",
        Want.APPOINTMENT: "Le llamaremos{when}, al número que termina en {ends}, por lo siguiente: {reason}",
        Want.WAKE_UP_CALL: "Una llamada para despertarle{room}{when}.",
        Want.LATE_CHECK_OUT: "Una salida más tarde{room}{when}, si es posible.",
        Want.COT: "Una cama o cuna{room}{when}.",
        Want.HOUSEKEEPING: "Para el servicio de limpieza{of_room}: {details}",
        Want.MAINTENANCE: "Para mantenimiento{of_room}: {details}",
        Want.LOST_AND_FOUND: "Para objetos perdidos{of_room}: {details}",
        Want.TEXT: "Puedo enviarle {template}.",
    }
    changed = "Cambio su reserva a {parts}{price}."
    new_price, price_of_today = ", por {total} en total", ", al precio de hoy"
    arrival, other_room = "llegada el {day}", "una {room}"
    cancels_free, cancels_for = "Cancelar no tiene gastos.", "Cancelar cuesta {fee}."
    noted = "{when}, {party}. Se le ha dicho {total} por la {name}{fixed}. Habla español."
    noted_call = "Pide que le llamen. Habla español."
