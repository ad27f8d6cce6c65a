"""What a webhook answers Twilio with: its verbs, the words that are said, the token that a stream shows."""

from xml.etree import ElementTree

from werkzeug.test import TestResponse


def verbs(answer: TestResponse) -> list[ElementTree.Element]:
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    return list(ElementTree.fromstring(answer.data))


def names(answer: TestResponse) -> list[str]:
    return [verb.tag for verb in verbs(answer)]


def said(answer: TestResponse) -> str:
    """All words, also those within another verb."""
    return " ".join(say.text or "" for verb in verbs(answer) for say in verb.iter("Say"))


def shown_token(answer: TestResponse) -> str:
    parameter = ElementTree.fromstring(answer.data).find("Connect/Stream/Parameter")
    assert parameter is not None
    assert parameter.get("name") == "token"
    return parameter.get("value", "")
