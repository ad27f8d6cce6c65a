"""Lists of the REST API, a page at a time.

Source: Twilio REST API, paging of the 2010 API (at most 1,000 to a page); error page 20007.
"""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from local.twilio.forms import ApiError
from local.twilio.reading import whole_number

LARGEST_PAGE = 1000
T = TypeVar("T")


def page(request: web.Request, name: str, found: Sequence[T], show: Callable[[T], object]) -> web.Response:
    """The page that the request asks for of all that was found, under its resource's `name`. Raises ApiError."""
    query = dict(request.query)
    size, number = _number(query, "PageSize", "50", least=1), _number(query, "Page", "0", least=0)
    if size > LARGEST_PAGE:
        raise ApiError(400, 20007, f"Page size too large: {size}, and {LARGEST_PAGE} is the most")
    pages, start = max(1, math.ceil(len(found) / size)), number * size

    def uri(at: int) -> str:
        return f"{request.path}?{urlencode(query | {'PageSize': str(size), 'Page': str(at)})}"

    return web.json_response(
        {
            name: [show(item) for item in found[start : start + size]],
            "page": number,
            "page_size": size,
            "start": start,
            "end": max(start, min(len(found), start + size) - 1),
            "uri": uri(number),
            "first_page_uri": uri(0),
            "next_page_uri": uri(number + 1) if number + 1 < pages else None,
            "previous_page_uri": uri(number - 1) if number > 0 else None,
        }
    )


def _number(query: dict[str, str], name: str, default: str, least: int) -> int:
    text = query.get(name, default)
    number = whole_number(text)
    if number is None or number < least:
        raise ApiError(400, 20001, f"{name} {text!r} is invalid")
    return number
