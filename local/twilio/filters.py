"""What a list of the REST API is narrowed to: the parameters that it knows, and moments before, on or after others.

Source: Twilio's REST schema, `StartTime`, `StartTime<` and `StartTime>` of calls, and the same of other moments: a day
without a bound is the whole day, a bound belongs to what is found, a date is its midnight in UTC.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from local.twilio.forms import ApiError

_PAGING = {"Page", "PageSize", "PageToken"}
_SIDES: dict[str, Callable[[datetime, datetime], bool]] = {
    "": lambda moment, day: moment.date() == day.date(),
    "<": operator.le,
    ">": operator.ge,
}


def only(query: Mapping[str, str], *fields: str, moments: tuple[str, ...] = ()) -> None:
    """Refuse parameters that are not among these: a list that ignored one would find too much. Raises ApiError 501."""
    known = {*fields, *_PAGING, *(f"{name}{side}" for name in moments for side in _SIDES)}
    if unknown := set(query) - known:
        raise ApiError(501, 0, f"The simulated Twilio cannot narrow this list by {', '.join(sorted(unknown))}.")


def in_time(query: Mapping[str, str], name: str) -> Callable[[datetime | None], bool]:
    """Does a moment fit all that is asked of `name`? What has not happened fits only where nothing is asked.

    Moments are whole seconds, as the resources show them. Raises ApiError 20001 for what is no date.
    """
    bounds = {side: _moment(name, query[f"{name}{side}"]) for side in _SIDES if f"{name}{side}" in query}

    def fits(moment: datetime | None) -> bool:
        if moment is None:
            return not bounds
        return all(_SIDES[side](moment.replace(microsecond=0), bound) for side, bound in bounds.items())

    return fits


def _moment(name: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value).replace(microsecond=0)
    except ValueError as error:
        raise ApiError(400, 20001, f"{name} {value!r} is not a date") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
