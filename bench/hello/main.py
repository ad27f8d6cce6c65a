"""The smallest function there is: what `cold_start` holds the `twilio` function against."""

import functions_framework
from flask import Request


@functions_framework.http
def hello(request: Request) -> str:
    """Answer any request."""
    return "hello"
