"""`<Connect><Stream>`: a media stream for as long as it lasts. Source: twilio.md 4.1, table "How it ends"."""

from typing import TYPE_CHECKING

from local.twilio.calls import HungUp, Interrupted, Source
from local.twilio.stream import MediaStream
from local.twilio.verbs import Connect

if TYPE_CHECKING:
    from local.twilio.executor import Executor


async def connect(executor: "Executor", verb: Connect) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    stream = MediaStream(
        call,
        verb.stream,
        signature=exchange.webhooks.stream_signature(verb.stream.url),
        tls=exchange.settings.tls,
        open_timeout_s=exchange.settings.stream_open_timeout_s,
        callback=lambda event, error: _tell(executor, verb, stream, event, error),
    )
    action = Source(verb.action, verb.method) if verb.action else None
    opening = exchange.spawn(call, stream.open())
    try:
        if await executor.race(opening):
            call.phone.line = stream
            await executor.race(stream.finished)
    except Interrupted:
        await opening
        await stream.stop()
        if action is not None and isinstance(call.interruption.result(), HungUp):
            executor.last_requests.append((action, "connect action"))
        raise
    return action


def _tell(executor: "Executor", verb: Connect, stream: MediaStream, event: str, error: str) -> None:
    """The stream's status callback."""
    call, exchange, wanted = executor.call, executor.exchange, verb.stream
    if not wanted.status_callback:
        return
    fields = {
        "AccountSid": call.account_sid,
        "CallSid": call.sid,
        "StreamSid": stream.sid,
        "StreamName": wanted.name or stream.sid,
        "StreamEvent": event,
        "Timestamp": exchange.clock.utc().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if error:
        fields["StreamError"] = error
    url, method = wanted.status_callback, wanted.status_callback_method
    exchange.spawn(call, exchange.webhooks.notify(call, url, method, fields, f"stream callback: {event}"))
