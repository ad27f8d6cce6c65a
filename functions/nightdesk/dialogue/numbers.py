"""Telephone numbers as they are said. Pure."""

import re


def phone_digits(numbered_text: str) -> str:
    """The digits of a spoken or typed US phone number (10, without the leading 1), or "" when it is not one."""
    words = numbered_text.replace("-", " ").replace("/", " ").split()
    digits = ""
    for at, word in enumerate(words):
        if word in ("double", "triple") and at + 1 < len(words) and re.fullmatch(r"\d|oh?", words[at + 1]):
            digits += _digit(words[at + 1]) * (1 if word == "double" else 2)  # the digit itself follows
        elif re.fullmatch(r"\d+|oh?", word):
            digits += _digit(word)
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return digits if len(digits) == 10 and digits[0] not in "01" else ""


def _digit(word: str) -> str:
    return "0" if word in ("o", "oh") else word
