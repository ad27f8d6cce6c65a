"""Lists of the REST API, a page at a time. Source: Twilio REST API, paging of the 2010 API."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

T = TypeVar("T")


def page(request: web.Request, name: str, found: Sequence[T], show: Callable[[T], object]) -> web.Response:
    """The page that the request asks for of all that was found, under its resource's `name`."""
    query = dict(request.query)
    size, number = min(1000, int(query.get("PageSize", "50"))), int(query.get("Page", "0"))
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
