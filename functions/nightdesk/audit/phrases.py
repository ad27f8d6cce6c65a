"""Which phrases claim which deed. Data for deeds.py, in sentences.py's spelling; English and Spanish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    HELD = "held"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    SENT = "sent"
    EMAILED = "emailed"
    TRANSFERRED = "transferred"
    MESSAGE = "message taken"
    CALLBACK = "call back arranged"
    SERVICE = "service requested"
    CHARGED = "charged or refunded"


@dataclass(frozen=True)
class Claim:
    """`by_me`: "I have ..."; else the state of a thing. `going_on`: "I am putting you through"."""

    deed: Deed
    by_me: bool = True
    going_on: bool = False


_ADV = r"(?:(?:just|now|already|also|gone ahead and|went ahead and|successfully|all|both|then|officially) )*"
_I = rf"\b(?:i|we) (?:have )?{_ADV}"
_ABLE = r"\b(?:i|we) (?:was|were|have been) able to (?:get you )?"
_HE = r"\b(?:he|hemos|acabo de|acabamos de) (?:ya )?"
_GAP = r"(?:[\w'-]+ ){0,6}?"
_WORD = r"(?:(?!not |never )\w+ )?"
_THEN = r"(?: [\w'-]+){0,5}?"
_YOUR = rf"\b(?:your|the|that|this) {_GAP}"
_YOURS_ONLY = rf"\byour {_GAP}"
_SU = rf"\b(?:su|tu|la|el) {_GAP}"
_IS = rf"(?:is|are|has been|have been|was) {_ADV}"
_ESTA = r"(?:esta|ha sido|queda|quedo|ha quedado|fue|han sido) (?:ya )?"
_ROOMISH = (
    r"(?:reservation|booking|stay|dates?|room|arrival|departure|check-?in|check-?out|nights?|reserva|"
    r"habitacion|estancia|fechas?)"
)
_STAFF = (
    r"(?:staff|front desk|desk|manager|team|housekeeping|maintenance|colleagues?|owner|recepcion|personal|"
    r"equipo|gerente|limpieza)"
)
_ASKED_FOR = r"(?! (?:request|inquiry|enquiry|form)| a (?:request|wake))"
_SERVICE = (
    r"(?:wake-?up call|late check-?out|towels?|cot|crib|rollaway|extra bed|housekeeping|maintenance|"
    r"despertador|toallas|cuna)"
)


def _c(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


# In this order: the first that fits a clause is its claim.
CLAIMS: list[tuple[Claim, tuple[re.Pattern[str], ...]]] = [
    (
        Claim(Deed.SERVICE),
        _c(
            rf"{_I}(?:set|scheduled|arranged|requested|ordered|booked|noted|put in)(?: up| in)? {_GAP}{_SERVICE}\b",
            rf"{_I}(?:asked|sent|called) (?:for )?(?:housekeeping|maintenance)\b",
            rf"{_YOURS_ONLY}{_SERVICE} {_IS}(?:set|scheduled|arranged|booked|confirmed)\b",
            r"\b(?:housekeeping|maintenance|(?:towels|somebody|someone) (?:is|are)?) ?(?:is |are )?on (?:its|"
            r"the|their) way\b",
            rf"{_HE}(?:pedido|solicitado|programado) {_GAP}{_SERVICE}\b",
            r"\b(?:limpieza|mantenimiento) (?:va|esta) en camino\b",
        ),
    ),
    (
        Claim(Deed.MESSAGE),
        _c(
            rf"{_I}(?:taken|took|left|passed(?: on)?|forwarded|given|gave|sent|put in|submitted|made|filed|"
            rf"recorded|logged|updated|corrected) {_GAP}(?:message|request|note|inquiry|enquiry)\b(?! to your|"
            rf" on your| of )",
            rf"{_I}(?:noted|sent|passed|forwarded|given) {_GAP}(?:for|to|on to) (?:the |our ){_STAFF}\b",
            rf"{_I}noted (?:your|the) (?:message|request)\b",
            rf"{_I}(?:told|informed|notified|alerted|let) (?:the |our )?{_STAFF}\b",
            rf"\b(?:the|our) {_STAFF} {_IS}(?:notified|informed|told|alerted)\b",
            rf"{_YOURS_ONLY}(?:message|request|inquiry) {_IS}(?:taken|passed on|sent|forwarded|recorded|"
            rf"logged|noted|submitted|in)\b",
            rf"{_HE}(?:tomado|dejado|pasado|anotado) {_GAP}(?:mensaje|recado|nota|solicitud)\b(?!.{{0,12}} "
            rf"(?:telefono|movil))",
            rf"{_HE}(?:avisado|informado|notificado) (?:a|al) (?:la )?{_STAFF}\b",
            rf"{_SU}(?:mensaje|solicitud|recado) {_ESTA}(?:enviad|registrad|anotad|pasad)[oa]\b",
        ),
    ),
    (
        Claim(Deed.CALLBACK),
        _c(
            rf"\b(?:we|somebody|someone|they|(?:the|our) {_STAFF}|a (?:colleague|manager|person)|one of (?:us|"
            rf"our \w+)) (?:will|are going to|is going to) {_WORD}(?:call|ring|phone) you\b",
            r"\byou will (?:get|receive) a (?:call|callback)\b",
            rf"{_I}(?:scheduled|arranged|set up|booked) {_GAP}(?:call-?back|call)\b",
            rf"{_YOURS_ONLY}call-?back {_IS}(?:set|scheduled|arranged|booked)\b",
            r"\b(?:le|te|lo|la) (?:devolveremos|devolveran|van a devolver|llamaremos|llamaran|va a llamar)\b",
            rf"{_HE}(?:programado|agendado) {_GAP}llamada\b",
        ),
    ),
    (
        Claim(Deed.TRANSFERRED, going_on=True),
        _c(
            r"\bi am (?:now )?(?:transferring|connecting) you\b",
            r"\bi am (?:now )?putting you (?:through|on to)\b",
            r"^(?:transferring|connecting) you (?:now|to|through|over)\b|^putting you (?:through|on to)\b",
            r"\bi will (?:put you through|transfer you|connect you) now\b",
            r"\byou are (?:now )?being (?:transferred|connected|put through)\b",
            r"\b(?:le|te|lo|la) (?:estoy )?(?:transfiero|comunico|transfiriendo|comunicando|conecto|pasando con)\b",
            r"\b(?:le|te|lo|la) paso (?:con|a la recepcion|a recepcion)\b",
        ),
    ),
    (
        Claim(Deed.TRANSFERRED),
        _c(rf"{_I}(?:transferred|connected) you\b", rf"{_HE}(?:transferido|comunicado) (?:la llamada|con)\b"),
    ),
    (
        Claim(Deed.EMAILED),
        _c(
            rf"{_I}e-?mailed\b",
            rf"{_I}sent {_GAP}(?:by|via|to your|an) e-?mail\b",
            rf"\be-?mail {_IS}(?:sent|on (?:its|the) way)\b",
            rf"{_HE}(?:enviado|mandado) {_GAP}(?:correo|email)\b",
        ),
    ),
    (
        Claim(Deed.SENT),
        _c(
            rf"{_I}(?:sent|texted|resent) (?:you|it|that|the|this|a|an|your|them|out|over)\b",
            rf"{_ABLE}(?:send|text) (?:you|it|that|the|this|a|your)\b",
            rf"\b(?:text|sms|text message|link|directions|confirmation) {_IS}(?:sent|on (?:its|the) way)\b",
            rf"{_HE}(?:(?:re)?enviado|mandado|enviarle|mandarle)\b",
            r"\b(?:le|te) (?:envie|mande) (?:un|el|la)\b",
            rf"\b(?:mensaje|enlace|sms|confirmacion) {_ESTA}(?:enviad[oa]|en camino)\b",
        ),
    ),
    (
        Claim(Deed.SENT, going_on=True),
        _c(
            r"\bi am (?:now )?(?:sending|texting) (?:you|it|that|the|a)\b",
            r"\b(?:le|te) estoy (?:enviando|mandando)\b",
        ),
    ),
    (
        Claim(Deed.CANCELLED),
        _c(
            rf"{_I}cancell?ed\b",
            rf"{_ABLE}cancel\b",
            rf"{_HE}(?:cancelado|anulado|cancelar|anular)\b",
            r"\bya (?:le |la )?cancele\b",
        ),
    ),
    (
        Claim(Deed.CANCELLED, by_me=False),
        _c(
            rf"{_YOUR}(?:reservation|booking|stay|room){_THEN} {_IS}cancell?ed\b",
            r"\b(?:it|that|everything) (?:is|has been) (?:all |now )*cancell?ed\b",
            rf"{_YOURS_ONLY}cancellation {_IS}(?:complete|completed|confirmed|done|processed)\b",
            rf"{_SU}(?:reserva|reservacion|estancia){_THEN} {_ESTA}(?:cancelad|anulad)[oa]\b",
        ),
    ),
    (
        Claim(Deed.CHANGED),
        _c(
            rf"{_I}(?:changed|moved|modified|updated|extended|shortened|rescheduled|switched|"
            rf"upgraded)\b(?=.{{0,40}}\b{_ROOMISH}\b)",
            rf"{_I}added {_GAP}to (?:your|the) {_ROOMISH}\b",
            rf"{_YOURS_ONLY}{_ROOMISH}{_THEN} {_IS}(?:changed|moved|modified|updated|extended|rescheduled|upgraded)\b",
            rf"{_HE}(?:cambiado|modificado|movido|extendido|actualizado)\b(?=.{{0,40}}\b{_ROOMISH}\b)",
            rf"{_SU}{_ROOMISH}{_THEN} {_ESTA}(?:cambiad|modificad|movid|actualizad)[oa]s?\b",
        ),
    ),
    (
        Claim(Deed.CHARGED),
        _c(
            rf"{_I}(?:charged|refunded|billed)\b",
            rf"{_I}processed {_GAP}(?:payment|card|refund)\b",
            rf"\b(?:payment|card|refund){_THEN} (?:has been|was|went) {_WORD}(?:processed|charged|received|"
            rf"approved|completed|issued|refunded|through)\b",
            rf"{_HE}(?:cobrado|reembolsado|cargado)\b",
            rf"\b(?:pago|reembolso|tarjeta){_THEN} (?:ha sido|fue) (?:procesad|cobrad|recibid|reembolsad|"
            rf"aprobad)[oa]\b",
        ),
    ),
    (
        Claim(Deed.CONFIRMED, by_me=False),
        _c(
            rf"{_YOURS_ONLY}(?:reservation|booking|room|stay|suite|queen|king){_THEN} {_IS}(?:fully "
            rf")?(?:confirmed|guaranteed)\b",
            r"\byou are (?:all |now )?confirmed\b",
            rf"{_SU}(?:reserva|reservacion|habitacion|estancia){_THEN} {_ESTA}(?:confirmad|garantizad)[oa]\b",
        ),
    ),
    (
        Claim(Deed.HELD),
        _c(
            rf"{_I}(?:put|placed) (?!(?:you|your call|the call|the line|them)\b){_GAP}on hold\b",
            rf"{_I}held (?:a|the|that|your|this|one|it)\b",
            rf"\bi am (?:now )?holding (?:a|the|that|your|this|one) {_GAP}(?:room|suite|queen|king|reservation)\b",
            rf"{_YOURS_ONLY}(?:room|suite|queen|king|reservation){_THEN} {_IS}(?:held|on hold)\b",
            rf"{_HE}(?:apartado|retenido|bloqueado)\b",
        ),
    ),
    (
        Claim(Deed.BOOKED),
        _c(
            rf"{_I}(?:booked|reserved){_ASKED_FOR}\b",
            rf"{_ABLE}(?:book|reserve|booked)\b",
            rf"{_I}(?:got|gotten) (?:you|it|that|your|the) {_GAP}(?:booked|reserved)\b",
            rf"{_I}(?:made|completed|created|finalized) {_GAP}(?:booking|reservation)\b{_ASKED_FOR}",
            rf"{_HE}(?:reservado|reservar|hecho {_GAP}reserv\w+)\b",
            r"\bya (?:le |te )?reserve\b",
        ),
    ),
    (
        Claim(Deed.BOOKED, by_me=False),
        _c(
            rf"{_YOURS_ONLY}(?:reservation|booking|room|stay|suite|queen|king){_THEN} {_IS}(?:booked|reserved|"
            rf"made|complete|completed|in place)\b",
            r"\byou are (?:all |now |already )*booked\b",
            rf"\byou now have (?:a|your) {_GAP}(?:reservation|booking)\b",
            rf"\b(?:the|your) (?:reservation|booking) {_IS}in (?:the|our) (?:system|books)\b",
            r"\b(?:that|everything) is (?:all |now )*(?:booked|reserved)\b(?! out| up| solid)",
            r"\b(?:is|are) (?:all |now )*(?:booked|reserved) under (?:your|the name)\b",
            rf"\b(?:the|this|that) (?:booking|reservation) {_IS}(?:made|complete|completed|booked|in place)\b",
            rf"\b{_IS}(?:booked|reserved) (?:for you|in your name)\b",
            rf"{_SU}(?:reserva|reservacion|habitacion|estancia|suite){_THEN} {_ESTA}(?:reservad[oa]|hecha|"
            rf"lista|realizada|completada)\b",
        ),
    ),
]
