"""The sentences of Spanish that need nothing put into them, as data: words_es.py puts the others together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.lexicon_es import SPANISH
from nightdesk.dialogue.questions_es import MARKS, QUESTIONS, WRITTEN
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.steps import Step


class SpanishSentences(Words):
    lexicon = SPANISH
    questions, written, marks = QUESTIONS, WRITTEN, MARKS
    and_, or_ = "y", "o"
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
        "no_availability": "Lo siento, no tenemos habitación libre para esas fechas.",
        "stay_too_long": "Lo siento, no puedo reservar tantas noches.",
        "stay_too_short": "Lo siento, para esas fechas la estancia tiene que ser más larga.",
        "no_pets": "Lo siento, no admitimos mascotas.",
        "too_many_pets": "Lo siento, son demasiadas mascotas para una habitación.",
        "too_many_guests": "Lo siento, ninguna de nuestras habitaciones es para tantas personas.",
        "not_verified": "No encuentro ninguna reserva con ese código y ese apellido.",
        "code_needed": "Para eso necesito el código de confirmación.",
        "several_reservations": "Veo más de una reserva.",
        "locked": "Por su seguridad ahora no puedo abrir esa reserva. La recepción puede ayudarle.",
        "not_changeable": "Lo siento, esa reserva ya no se puede cambiar.",
        "already_booked": "Ya le he hecho una reserva.",
        "fee_changed": "El importe de la cancelación ha cambiado.",
        "nothing_to_pay": "En esa reserva no hay nada que pagar.",
        "payments_unavailable": "Lo siento, ahora no puedo crear un enlace de pago. La recepción puede cobrarle.",
        "no_caller_number": "No veo su número.",
        "no_number": "No tengo su número.",
        "not_known": "Eso no lo sé.",
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
    has_called = "Sí, ya nos han llamado desde este número. No veo qué se habló, pero puedo buscar una reserva."
    has_not_called = "No veo ninguna llamada anterior desde este número."
