"""The words of a text message that are no conversation: STOP, START and HELP, and who answers them. Pure.

| word | Twilio itself | we |
|---|---|---|
| STOP, CANCEL, END, QUIT, ... | confirms, and refuses our texts to that number (21610) | store it, are silent |
| START, UNSTOP; YES from who had stopped | confirms, and takes our texts again | store it, are silent |
| HELP, INFO | answers | are silent |
| the same with marks or in two words: "Stop!", "Cancel.", "opt out"; "Help!" | nothing | store it, answer |
| BAJA, ALTO, PARAR; ALTA; AYUDA | nothing: it knows no Spanish ones | store it, answer |

Only a message of that one word counts, and "Cancel?" asks something. Sources:
- Twilio, "Support for opt-out keywords (SMS STOP filtering)": default words of a long code, that they are to be the
  whole message, and that every message is passed on to the webhook as well; nothing there says that marks are ignored.
- Advanced Opt-Out, `OptOutType`: what Twilio took the message for, by words of the account's own.
- 47 CFR 64.1200(a)(10): a reply of "stop", "quit", "end", "revoke", "opt out", "cancel" or "unsubscribe" revokes
  consent; (a)(12): one text may confirm it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop"})
_YES = "yes"
_HELP = frozenset({"help", "info"})
_MARKS = str.maketrans("", "", " -.,…!¡\"'“”‘’")
_OURS = {"baja": "stop", "alto": "stop", "parar": "stop", "alta": "start", "ayuda": "help"}

Meaning = Literal["", "stop", "start", "help"]


@dataclass(frozen=True)
class Keyword:
    """`answered`: Twilio has answered already. `language`: of the word."""

    meaning: Meaning = ""
    answered: bool = False
    language: str = "en"


def read(body: str, opt_out_type: str, has_stopped: bool) -> Keyword:
    """What a message is. `has_stopped`: its sender wants no texts, so far as we know."""
    if (known := opt_out_type.lower()) in ("stop", "start", "help"):
        return Keyword(known, answered=True)  # type: ignore[arg-type]
    written = body.strip().casefold()
    word = written.translate(_MARKS)
    is_twilios = word == written
    if word in _STOP:
        return Keyword("stop", answered=is_twilios)
    if word in _START or (word == _YES and has_stopped):
        return Keyword("start", answered=is_twilios)
    if word in _HELP:
        return Keyword("help", answered=is_twilios)
    if word in _OURS:
        return Keyword(_OURS[word], language="es")  # type: ignore[arg-type]
    return Keyword()
