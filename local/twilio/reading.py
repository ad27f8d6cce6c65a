"""How one TwiML document is read: its attributes, URLs and numbers, and what Twilio's debugger warns of. Pure.

The parsers of the verbs (`twiml*.py`) share one `Reader` per document.
Source: error pages 12200 (what the schema does not know is left out), 15004 (inline TwiML has no relative URLs).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Set
from urllib.parse import urljoin, urlsplit

from local.twilio.errors import NOT_SIMULATED, CallFailure, Problem

KEYS = frozenset("0123456789*#")
_WHOLE = re.compile(r"[0-9]{1,10}")


def whole_number(text: str) -> int | None:
    """What is written in at most ten of the digits 0 to 9."""
    return int(text) if _WHOLE.fullmatch(text) else None


def response(body: bytes, base_url: str) -> ET.Element:
    """The root of a document. Raises CallFailure 12100 (not XML) and 12102 (it is not Response)."""
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise CallFailure(12100, str(error), base_url) from error
    if root.tag != "Response":
        raise CallFailure(12102, f"<{root.tag}>", base_url)
    return root


class Reader:
    """Relative URLs are resolved against `base_url`; "" is inline TwiML, in which they are refused."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.problems: list[Problem] = []

    def attributes(self, element: ET.Element, known: Set[str], not_simulated: Set[str] = frozenset()) -> None:
        """Warn of attributes that Twilio does not know; refuse those that the simulator does not."""
        for name in element.attrib:
            if name in not_simulated:
                raise self.not_simulated(f"{name} of <{element.tag}>")
            if name not in known:
                self.warn(12200, f"attribute {name!r} is not allowed in <{element.tag}>")

    def childless(self, element: ET.Element) -> None:
        for child in element:
            self.warn(12200, f"invalid content <{child.tag}> in <{element.tag}>")

    def integer(self, element: ET.Element, name: str, default: int, least: int, code: int, most: int = 1 << 31) -> int:
        text = element.get(name, str(default))
        number = whole_number(text)
        if number is not None and least <= number <= most:
            return number
        self.warn(code, text)
        return default

    def choice(self, element: ET.Element, name: str, choices: tuple[str, ...], code: int) -> str:
        """The attribute's value; the first of `choices` is the default."""
        value = element.get(name, choices[0])
        if value in choices:
            return value
        self.warn(code, value)
        return choices[0]

    def flag(self, element: ET.Element, name: str, default: bool, code: int) -> bool:
        choices = ("true", "false") if default else ("false", "true")
        return self.choice(element, name, choices, code) == "true"

    def method(self, element: ET.Element, name: str, code: int) -> str:
        return self.choice(element, name, ("POST", "GET"), code)

    def events(self, element: ET.Element, name: str, known: Iterable[str], default: str, code: int) -> tuple[str, ...]:
        """A list with spaces between. A name that is not known means a warning and no event at all."""
        events = tuple(element.get(name, default).split())
        if set(events) <= set(known):
            return events
        self.warn(code, " ".join(events))
        return ()

    def url(self, url: str, where: str) -> str:
        if not url:
            return ""
        if not self.base_url and not urlsplit(url).scheme:
            raise self.failure(15004, f"{where}: {url}")
        return urljoin(self.base_url, url)

    def web_url(self, element: ET.Element, name: str, code: int) -> str:
        """An attribute that must be http or https. Another is left out with the warning `code`, or is its failure."""
        url = self.url(element.get(name, ""), f"{element.tag} {name}")
        if urlsplit(url).scheme in ("", "http", "https"):
            return url
        if Problem(code).level == "error":
            raise self.failure(code, url)
        self.warn(code, url)
        return ""

    def own_action(self, element: ET.Element) -> str:
        """The action of a verb whose default is the document's own URL; inline TwiML has none."""
        if not self.base_url and not element.get("action"):
            raise self.failure(15004, f"{element.tag} without an action")
        return self.url(element.get("action", ""), f"{element.tag} action") or self.base_url

    def warn(self, code: int, detail: str) -> None:
        self.problems.append(Problem(code, detail))

    def failure(self, code: int, detail: str) -> CallFailure:
        return CallFailure(code, detail, self.base_url)

    def not_simulated(self, what: str) -> CallFailure:
        return self.failure(NOT_SIMULATED, what)
