"""One spelling without accents, for all who compare what was said."""

from nightdesk.letters import without_accents


def test_accents_go_and_letters_stay() -> None:
    assert without_accents("Señor Ibáñez, ¿qué tal? O'Brien-Müller") == "Senor Ibanez, ¿que tal? O'Brien-Muller"


def test_an_accent_that_stands_alone_goes_too() -> None:
    assert without_accents("Garci\u0301a \ufb01n") == "Garcia fin"
