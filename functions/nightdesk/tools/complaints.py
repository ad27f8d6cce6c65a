"""What a model is told about its arguments: one sentence per mistake, which says what to change. Pure."""

from __future__ import annotations

from collections.abc import Collection

from pydantic_core import ErrorDetails


def sentence(error: ErrorDetails, known: Collection[str], secret: Collection[str]) -> str:
    """One mistake that pydantic found. `known` are the tool's arguments; of a `secret` one nothing is repeated."""
    name = str(error["loc"][0]) if error["loc"] else ""
    if name in secret and error["type"] != "missing":
        return f"{name} cannot be used"
    if error["type"] == "extra_forbidden":
        there_are = f"the arguments are {', '.join(known)}" if known else "there are none"
        return f"there is no argument {name}: {there_are}"
    where = ".".join(str(part) for part in error["loc"]) or "arguments"
    return f"{where} {_what(error)}"


def _what(error: ErrorDetails) -> str:
    given, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is missing"
        case "date_from_datetime_parsing" | "date_parsing" | "date_type" | "date_from_datetime_inexact":
            return f"must be a date like 2026-11-27, not {given!r}"
        case "time_parsing" | "time_type":
            return f"must be a time of day like 07:30, not {given!r}"
        case "int_parsing" | "int_type" | "int_from_float":
            return f"must be a whole number, not {given!r}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "literal_error":
            return f"must be one of: {context['expected']}"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "string_too_short":
            return "must not be empty"
        case "string_pattern_mismatch":
            return f"is not in the form that is wanted: {given!r}"
        case "string_type":
            return f"must be text, not {given!r}"
        case "bool_parsing" | "bool_type":
            return f"must be true or false, not {given!r}"
        case "value_error":
            return str(context["error"])
    return f"cannot be used: {error['msg']}"
