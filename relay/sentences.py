"""What a guest hears or reads where only the relay knows what happened; what is about the hotel, functions say."""

from __future__ import annotations

SAY_AGAIN = 'Say exactly: "I am sorry, could you say that again?"'
CARRY_ON = 'Say exactly: "I am sorry, one moment." Then carry on where the conversation stopped.'
# Behind the session's own greeting.
ANSWER_AFTER_OPENING = " Then carry on with what the caller said."
ONE_MOMENT = 'Say exactly: "One moment, please."'
STILL_THERE = 'Say exactly: "Are you still there?"'
IDLE_GOODBYE = 'Say exactly: "I will hang up now. You can call us any time. Goodbye."'
# Where an engine was lost that was to say it.
GOODBYE = 'Say exactly: "Thank you. Goodbye."'
TIME_IS_SHORT = 'Say exactly: "We have about one more minute on this call."'
_NO_CARDS = {
    "en": "Please stop there: I may not take card numbers by voice, and I have not kept it. "
    "I can text you a secure link to pay instead. Shall I?",
    "es": "Disculpe, no puedo tomar números de tarjeta por voz, y no lo he guardado. "
    "Puedo enviarle por mensaje un enlace seguro para pagar. ¿Se lo envío?",
}

# What of these is to be heard, and what a kiosk shows at the end, by language; whatever is not here is English.
_TRANSLATED = {
    "es": {
        "I am sorry, could you say that again?": "Perdone, ¿podría repetirlo?",
        "I am sorry, one moment.": "Perdone, un momento.",
        "One moment, please.": "Un momento, por favor.",
        "Are you still there?": "¿Sigue ahí?",
        "I will hang up now. You can call us any time. Goodbye.": "Voy a colgar. Llámenos cuando quiera. Hasta luego.",
        "Thank you. Goodbye.": "Gracias. Hasta luego.",
        "We have about one more minute on this call.": "Nos queda más o menos un minuto de llamada.",
        "Thank you for your visit.": "Gracias por su visita.",
        "One moment, please: you are being connected again.": "Un momento, por favor: le volvemos a conectar.",
        "I am sorry, I am busy with other guests. Please try again in a moment.": (
            "Perdone, estoy con otros huéspedes. Inténtelo de nuevo en un momento."
        ),
        "I am sorry, I cannot help you at the moment. Please ask at the front desk.": (
            "Perdone, ahora no puedo ayudarle. Pregunte en recepción, por favor."
        ),
        "I am sorry, our time is up. Please ask at the front desk.": (
            "Perdone, se ha acabado nuestro tiempo. Pregunte en recepción, por favor."
        ),
        "Your microphone cannot be heard any more.": "Ya no se oye su micrófono.",
        "The conversation has ended. Please begin again.": "La conversación ha terminado. Empiece de nuevo, por favor.",
    }
}


def in_language(instructions: str, language: str) -> str:
    """These instructions, with the sentences of ours among them in the language of the conversation."""
    for sentence, translated in _TRANSLATED.get(language[:2], {}).items():
        instructions = instructions.replace(sentence, translated)
    return instructions


def no_cards(language: str) -> str:
    """For a guest who reads out a card number."""
    return f'Say exactly: "{_NO_CARDS.get(language[:2], _NO_CARDS["en"])}"'
