"""Refusals that are made where nobody knows the guest's language, in the languages other than English. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_SPANISH: Mapping[str, str] = {
    "I cannot find a reservation with that code and last name. May I have both again?": (
        "No encuentro ninguna reserva con ese código y ese apellido. ¿Me los puede repetir?"
    ),
    "Could you give me your confirmation code? You can also key it on your telephone.": (
        "Para eso necesito su código de confirmación. También puede marcarlo en el teléfono."
    ),
    "For your protection I cannot open that reservation now. A person at the front desk can help you.": (
        "Por su seguridad ahora no puedo abrir esa reserva. En la recepción pueden ayudarle."
    ),
    "I see more than one reservation. For which arrival day is it?": "Veo más de una reserva. ¿Para qué día es?",
    "I am sorry, I cannot see our bookings right now. May I take your number, and we call you back?": (
        "Lo siento, ahora no puedo ver nuestras reservas. ¿Me deja su número y le llamamos?"
    ),
    "I am sorry, that cannot be booked for this stay.": "Lo siento, eso no se puede reservar para esa estancia.",
    "That reservation cannot be changed any more.": "Esa reserva ya no se puede cambiar.",
    "I am sorry, I cannot take payments myself. The front desk can.": (
        "Lo siento, yo no puedo cobrar. La recepción sí puede."
    ),
    "Let me check that again.": "Déjeme comprobarlo otra vez.",
    "I am sorry, this is taking longer than it should.": "Lo siento, está tardando más de lo que debería.",
    "One moment, please.": "Un momento, por favor.",
    "I am sorry, something went wrong on our side.": "Lo siento, ha habido un problema por nuestra parte.",
}


def translated(say: str, language: str) -> str:
    """In the guest's language; as it is where we have no words for it, or where it is in that language already."""
    return _SPANISH.get(say, say) if language[:2] == "es" else say
