"""One task as `tasks.create` takes it, read strictly. Pure.

Sources: google/cloud/tasks/v2 task.proto, target.proto and cloudtasks.proto (names, sizes, methods, deadlines,
tokens); "Quotas and limits" (30 days); the words of refusals as users of the service quote them in their issues
(checkMate 510, nodejs-tasks 249, laravel-google-cloud-tasks-queue 104), and Google's JSON transcoding for the rest.
"""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

FURTHEST = timedelta(hours=720)
LARGEST_BYTES = 100 * 1024
LONGEST_URL = 2083
METHODS = ("POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
_WITH_BODY = ("POST", "PUT", "PATCH")
_QUEUE = re.compile(r"projects/[A-Za-z0-9:.-]+/locations/[a-z0-9-]+/queues/[A-Za-z0-9-]{1,100}")
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_TASK_FIELDS = {"name", "httpRequest", "scheduleTime", "dispatchDeadline"}
_HTTP_FIELDS = {"url", "httpMethod", "headers", "body", "oidcToken"}


class ApiError(Exception):
    """A refusal in the shape of Google's APIs: {"error": {"code", "message", "status"}}."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(code, status, message)
        self.code, self.status, self.message = code, status, message

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, "status": self.status}}


@dataclass(frozen=True)
class Task:
    """`body` is decoded; `account` and `audience` are of the OIDC token, "" without one."""

    name: str
    due_at: datetime
    created_at: datetime
    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes
    account: str
    audience: str

    @property
    def task_id(self) -> str:
        return self.name.rpartition("/")[2]

    def shown(self) -> dict[str, Any]:
        """The BASIC view: without the body."""
        http: dict[str, Any] = {"url": self.url, "httpMethod": self.method, "headers": dict(self.headers)}
        if self.account:
            http["oidcToken"] = {"serviceAccountEmail": self.account, "audience": self.audience}
        times = {"scheduleTime": _stamp(self.due_at), "createTime": _stamp(self.created_at.replace(microsecond=0))}
        return {"name": self.name, "httpRequest": http, **times, "dispatchDeadline": "600s", "view": "BASIC"}


def is_queue(name: str) -> bool:
    return _QUEUE.fullmatch(name) is not None


def read(queue: str, body: bytes, accounts: Collection[str], new_id: str, now: datetime) -> Task:
    """The task that a request asks for, on a queue that there is. `new_id`: of one that was given no name.

    `accounts`: those as which the caller may act. Raises: ApiError.
    """
    try:
        asked = json.loads(body)
    except ValueError:
        raise _invalid("Invalid JSON payload received. Unable to parse.") from None
    if not isinstance(asked, dict):
        raise _invalid("Invalid JSON payload received. Root element must be a message.")
    _only(asked, {"task", "responseView"}, "")
    task = _message(asked, "task", "")
    if len(json.dumps(task)) > LARGEST_BYTES:
        raise _invalid("Task size too large.")
    _only(task, _TASK_FIELDS, "task")
    if "dispatchDeadline" in task:
        _deadline(task["dispatchDeadline"])
    http = _message(task, "httpRequest", "task")
    _only(http, _HTTP_FIELDS, "task.http_request")
    method = http.get("httpMethod", "POST")
    if method not in METHODS:
        raise _invalid(f"Invalid value at 'task.http_request.http_method': \"{method}\"")
    account, audience = _oidc(http, accounts)
    return Task(
        name=_name(queue, task.get("name", ""), new_id),
        due_at=_due(task.get("scheduleTime"), now),
        created_at=now,
        url=_url(http.get("url")),
        method=method,
        headers=_headers(http.get("headers", {})),
        body=_body(http.get("body", ""), method),
        account=account,
        audience=audience or str(http.get("url")) if account else "",
    )


def _name(queue: str, given: str, new_id: str) -> str:
    if not given:
        return f"{queue}/tasks/{new_id}"
    parent, _, task_id = given.rpartition("/tasks/")
    if parent != queue or not _TASK_ID.fullmatch(task_id):
        raise _invalid(
            "Task name must be formatted: "
            f'"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>", not "{given}"'
        )
    return given


def _due(given: Any, now: datetime) -> datetime:
    """A moment that has passed is now."""
    if given is None:
        return now
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise _invalid(
            f"Invalid value at 'task.schedule_time' (type.googleapis.com/google.protobuf.Timestamp): {given}"
        )
    due_at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", given))
    if due_at > now + FURTHEST:
        raise _invalid(
            f"The Task.scheduleTime, {given}, is too far in the future. "
            "Schedule time must be no more than 720h in the future."
        )
    return max(due_at.astimezone(UTC), now)


def _url(given: Any) -> str:
    if not isinstance(given, str) or not given.startswith(("http://", "https://")):
        raise _invalid("HttpRequest.url must start with 'http://' or 'https://'.")
    if len(given) > LONGEST_URL:
        raise _invalid(f"HttpRequest.url is too long: {LONGEST_URL} characters at most.")
    return given


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise _invalid("Invalid value at 'task.http_request.headers'")
    return dict(given)


def _body(given: Any, method: str) -> bytes:
    try:
        body = base64.b64decode(given, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise _invalid("Invalid value at 'task.http_request.body' (TYPE_BYTES), Base64 decoding failed") from None
    if body and method not in _WITH_BODY:
        raise _invalid(f"HTTP Body is not allowed for {method} requests.")
    return body


def _oidc(http: Mapping[str, Any], accounts: Collection[str]) -> tuple[str, str]:
    if "oidcToken" not in http:
        return "", ""
    token = _message(http, "oidcToken", "task.http_request")
    _only(token, {"serviceAccountEmail", "audience"}, "task.http_request.oidc_token")
    account = token.get("serviceAccountEmail", "")
    if account not in accounts:
        raise ApiError(
            403,
            "PERMISSION_DENIED",
            f'The principal (user or service account) lacks IAM permission "iam.serviceAccounts.actAs" for the '
            f'resource "{account}" (or the resource may not exist).',
        )
    return account, token.get("audience", "")


def _deadline(given: Any) -> None:
    match = re.fullmatch(r"(\d+(?:\.\d{1,9})?)s", str(given))
    if match is None or not 15 <= float(match[1]) <= 1800:
        raise _invalid("Task.dispatchDeadline must be between [15s, 30m].")


def _message(fields: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    found = fields.get(name)
    if not isinstance(found, dict):
        raise _invalid(f"{f'{where}.' if where else ''}{name} is required and is a message.")
    return found


def _only(fields: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for name in fields:
        if name not in known:
            at = f" at '{where}'" if where else ""
            raise _invalid(f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.')


def _invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_ARGUMENT", message)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
