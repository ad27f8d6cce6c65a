"""Updates of a call by the REST API: what it does next, who hears of it, how it ends, and when it takes none."""

import asyncio

from local.twilio import Person
from tests.local.twilio_helpers import (
    HELLO,
    STAFF,
    VOICE,
    Answer,
    World,
    client_of,
    codes,
    create,
    eventually,
    refused,
    world_of_a_person,
)

__all__ = ["world_of_a_person"]


async def test_update_with_twiml_replaces_what_the_call_is_doing(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    twiml = "<Response><Say>changed</Say></Response>"
    updated = await asyncio.to_thread(client_of(world).calls(call.sid).update, twiml=twiml)
    assert updated.status == "in-progress"
    await call.ended()
    assert world.speaker.said == ["for ever", "changed"]


async def test_update_with_a_url_stops_a_media_stream(world: World) -> None:
    world.app.answers("/next", HELLO)
    call = await world.call(world.connect(action="/never"))
    await eventually(lambda: world.media.events("media"))
    await asyncio.to_thread(client_of(world).calls(call.sid).update, url=f"{world.app.origin}/next", method="GET")
    await call.ended()
    assert world.media.order == ["connected", "start", "media", "stop"]
    assert world.app.got("/never") == []
    assert world.speaker.said == ["Hello"]
    assert codes(call) == []


async def test_update_while_two_phones_are_bridged_asks_the_action_and_ignores_it(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, says=VOICE * 500)
    world.app.answers("/dialled", "<Response><Say>ignored</Say></Response>")
    call = await world.call(f'<Response><Dial action="/dialled">{STAFF}</Dial></Response>')
    await call.phone.agent_speaking()
    await asyncio.to_thread(client_of(world).calls(call.sid).update, twiml=HELLO)
    record = await call.ended()
    assert world.app.got("/dialled")[0]["DialCallStatus"] == "completed"
    assert world.speaker.said == ["Hello"]
    assert record.children[0].status == "completed"


async def test_status_completed_hangs_up(world: World) -> None:
    call = await world.call(world.connect(action="/ended"))
    world.app.answers("/ended", "<Response/>")
    await eventually(lambda: world.media.events("media"))
    await asyncio.to_thread(client_of(world).calls(call.sid).update, status="completed")
    record = await call.ended()
    assert (record.status, record.ended_by) == ("completed", "api")
    assert world.media.order[-1] == "stop"


async def test_status_canceled_ends_a_call_that_still_rings(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=None)
    created = await create(world, twiml=HELLO)
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.status == "ringing")
    await asyncio.to_thread(client_of(world).calls(created.sid).update, status="canceled")
    record = await call.ended()
    assert (record.status, record.ended_by) == ("canceled", "api")


async def test_updates_in_the_wrong_state_are_refused(world: World) -> None:
    calls = client_of(world).calls
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    assert (await refused(calls(call.sid).update, status="canceled")).code == 21220
    assert (await refused(calls(call.sid).update, status="ringing")).code == 20001
    assert (await refused(calls(call.sid).update, twiml=HELLO, url="http://a.example/")).code == 21205
    call.phone.hang_up()
    await call.ended()
    for change in ({"twiml": HELLO}, {"status": "completed"}):
        error = await refused(calls(call.sid).update, **change)
        assert (error.status, error.code) == (400, 21220)
    ringing = await world.call(Answer(HELLO, delay_s=0.2))
    assert (await refused(calls(ringing.sid).update, twiml=HELLO)).code == 21220


async def test_inline_twiml_with_a_relative_url_fails_when_it_runs(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    twiml = f"<Response><Dial action='/dialled'>{STAFF}</Dial></Response>"
    await asyncio.to_thread(client_of(world).calls(call.sid).update, twiml=twiml)
    await call.ended()
    assert codes(call) == [15004]


async def test_an_update_changes_who_hears_of_the_call_and_what_is_its_fallback(world: World) -> None:
    world.app.answers("/hello", Answer(status=500))
    world.app.answers("/rescue", "<Response><Say>rescued</Say></Response>")
    world.app.answers("/other", Answer(status=204, body=""))
    created = await create(world, twiml="<Response><Pause length='600'/></Response>")
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.answered_at)
    origin = world.app.origin
    changes = {"url": f"{origin}/hello", "fallback_url": f"{origin}/rescue", "status_callback": f"{origin}/other"}
    await asyncio.to_thread(client_of(world).calls(created.sid).update, **changes)
    await call.ended()
    assert world.speaker.said == ["rescued"]
    assert [fields["CallStatus"] for fields in world.app.got("/other")] == ["completed"]


async def test_an_update_without_new_instructions_changes_no_url(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    await asyncio.to_thread(client_of(world).calls(call.sid).update, status_callback=f"{world.app.origin}/other")
    call.phone.hang_up()
    await call.ended()
    assert (len(world.app.got("/other")), len(world.app.got("/status"))) == (0, 1)


async def test_the_time_limit_of_a_live_call_can_be_changed(world: World) -> None:
    created = await create(world, twiml="<Response><Pause length='600'/></Response>")
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.answered_at)
    assert (await refused(client_of(world).calls(call.sid).update, time_limit=14401)).code == 21208
    await asyncio.to_thread(client_of(world).calls(call.sid).update, time_limit=3)
    record = await call.ended()
    assert (record.ended_by, codes(call)) == ("time_limit", [32015])
    assert record.duration_s < 60


async def test_of_two_updates_at_once_the_later_one_is_carried_out(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    update = client_of(world).calls(call.sid).update
    documents = [f"<Response><Say loop='0'>update {number}</Say></Response>" for number in range(4)]
    await asyncio.gather(*(asyncio.to_thread(update, twiml=document) for document in documents))
    await eventually(lambda: len(world.speaker.said) > 1)
    twiml = "<Response><Say>the last one</Say></Response>"
    await asyncio.to_thread(update, twiml=twiml)
    await call.ended()
    assert world.speaker.said[-1] == "the last one"
    assert codes(call) == []


async def test_a_call_that_is_told_to_end_takes_no_more_updates(world: World) -> None:
    world.app.answers("/status", Answer(status=204, body="", delay_s=0.2))
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    update = client_of(world).calls(call.sid).update
    await asyncio.to_thread(update, status="completed")
    for change in ({"twiml": HELLO}, {"status": "completed"}, {"time_limit": 60}):
        assert (await refused(update, **change)).code == 21220
    assert (await refused(client_of(world).calls(call.sid).recordings.create)).code == 21220
    await call.ended()
    assert world.speaker.said == ["for ever"]
