"""Participants of a conference by REST: those who are still being called, and what can be asked of one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.twilio import Call, Person
from tests.local.twilio_helpers import (
    CALLER,
    HOTEL,
    STAFF,
    VOICE,
    Answer,
    World,
    a_world,
    client_of,
    codes,
    eventually,
    in_thread,
    kinds,
    refused,
)

QUIET = 'beep="false" waitUrl=""'
NOBODY = "CA" + "0" * 32


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(calls_per_second=100.0, most_calls=4) as world:
        world.app.answers("/events", "")
        world.app.answers("/left", "<Response/>")
        world.twilio.people[STAFF] = Person(answers_after_s=None)
        yield world


async def enter(world: World, attributes: str = QUIET) -> Call:
    conference = f"<Conference {attributes}>room</Conference>"
    call = await world.call(f'<Response><Dial action="/left">{conference}</Dial></Response>')
    await eventually(lambda: kinds(call.record(), "conference") or call.over.is_set())
    return call


async def invite(world: World, **options: Any) -> Any:
    create = client_of(world).conferences("room").participants.create
    return await in_thread(create, **({"from_": HOTEL, "to": STAFF, "label": "staff"} | options))


def participants(world: World) -> Any:
    return client_of(world).conferences(world.twilio.exchange.conferences.known[-1].sid).participants


async def over(*calls: Call) -> None:
    for call in calls:
        call.phone.hang_up()
    for call in calls:
        await call.ended()


async def test_who_is_being_called_is_a_participant_already(world: World) -> None:
    guest = await enter(world)
    made = await invite(world)
    invited = world.twilio.calls[made.call_sid]
    await eventually(lambda: invited.status == "ringing")
    listed = await in_thread(participants(world).list)
    assert [(one.call_sid, one.status) for one in listed] == [(guest.sid, "connected"), (made.call_sid, "ringing")]
    assert (await in_thread(participants(world)("staff").fetch)).call_sid == made.call_sid
    assert (
        await refused(client_of(world).conferences("room").participants.create, from_=HOTEL, to=STAFF, label="staff")
    ).code == 16026
    assert await in_thread(participants(world)("staff").delete)
    assert (await invited.ended()).status == "canceled"
    assert (await refused(participants(world)("staff").fetch)).code == 20404
    await over(guest)


async def test_what_is_changed_before_the_answer_holds_after_it(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=15, says=b"\xff" * 8000 + VOICE * 30, hangs_up_after_ms=400)
    guest = await enter(world)
    made = await invite(world, beep="false")
    assert (await in_thread(participants(world)(made.call_sid).update, muted=True)).muted
    await world.twilio.calls[made.call_sid].ended()
    assert VOICE not in guest.phone.heard
    assert [one.call_sid for one in await in_thread(participants(world).list)] == [guest.sid]
    await over(guest)


async def test_ending_a_room_ends_the_calls_into_it(world: World) -> None:
    guest = await enter(world)
    made = await invite(world)
    room = client_of(world).conferences(world.twilio.exchange.conferences.known[0].sid)
    await in_thread(room.update, status="completed")
    assert (await world.twilio.calls[made.call_sid].ended()).status == "canceled"
    await guest.ended()
    assert await in_thread(room.participants.list) == []


async def test_a_room_hears_of_its_start_and_end_if_no_events_are_named(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=0)
    made = await invite(world, conference_status_callback=f"{world.app.origin}/events")
    staff = world.twilio.calls[made.call_sid]
    await eventually(lambda: kinds(staff.record(), "conference"))
    guest = await enter(world)
    await over(guest, staff)
    told = [fields["StatusCallbackEvent"] for fields in world.app.got("/events")]
    assert sorted(told) == ["conference-end", "conference-start"]


async def test_the_music_of_who_waits_can_be_changed(world: World) -> None:
    world.app.answers("/music", "<Response><Say>other music</Say></Response>")
    guest = await enter(world)
    await in_thread(participants(world)(guest.sid).update, wait_url=f"{world.app.origin}/music")
    await eventually(lambda: "other music" in world.speaker.said)
    await over(guest)


async def test_music_and_words_are_asked_for_by_get_or_post(world: World) -> None:
    guest, url = await enter(world), f"{world.app.origin}/music"
    update = participants(world)(guest.sid).update
    assert (await refused(update, hold=True, hold_url=url, hold_method="DELETE")).code == 21209
    assert (await refused(update, announce_url=url, announce_method="PUT")).code == 21209
    assert (await in_thread(participants(world)(guest.sid).fetch)).hold is False
    await over(guest)


async def test_the_beep_of_an_exit_can_be_changed(world: World) -> None:
    one, two = await enter(world), await enter(world)
    for beeps in (True, False):
        await in_thread(participants(world)(two.sid).update, beep_on_exit=beeps)
    await one.phone.wait(300)
    await over(two)
    await one.phone.wait(500)
    assert set(one.phone.heard) == {0xFF}
    three = await enter(world)
    await in_thread(participants(world)(three.sid).update, beep_on_exit=True)
    await one.phone.wait(300)
    await over(three)
    await one.phone.wait(500)
    assert set(one.phone.heard) != {0xFF}
    await over(one)


async def test_participants_are_found_by_what_they_do(world: World) -> None:
    one, two = await enter(world), await enter(world, f'{QUIET} muted="true"')
    people = participants(world)

    async def found(**query: bool) -> list[str]:
        return [participant.call_sid for participant in await in_thread(people.list, **query)]

    await in_thread(people(one.sid).update, hold=True)
    assert (await found(muted=True), await found(muted=False)) == ([two.sid], [one.sid])
    assert (await found(hold=True), await found(coaching=True)) == ([one.sid], [])
    assert (await refused(people(two.sid).update, coaching=True, call_sid_to_coach=one.sid)).code == 16027
    await over(one, two)


async def test_who_cannot_be_coached_keeps_the_coach_out(world: World) -> None:
    guest = await enter(world)
    coach = await enter(world, f'{QUIET} coach="{NOBODY}"')
    await coach.ended()
    assert codes(coach) == [16028]
    assert world.app.got("/left")[0]["DialCallStatus"] == "failed"
    await over(guest)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"label": "a/b"}, 16024),
        ({"label": "a" * 129}, 16024),
        ({"timeout": 4}, 21208),
        ({"timeout": 601}, 21208),
        ({"beep": "loud"}, 16002),
        ({"max_participants": 1}, 16002),
        ({"conference_status_callback_event": ["all"], "conference_status_callback": "http://a.example/"}, 16002),
        ({"wait_url": "nowhere"}, 21205),
        ({"coaching": True, "call_sid_to_coach": NOBODY}, 16028),
        ({"coaching": True}, 20001),
        ({"to": "555"}, 21211),
        ({"to": "+18765550103"}, 21215),
        ({"early_media": True}, 0),
        ({"caller_display_name": "Hotel"}, 0),
    ],
)
async def test_what_is_no_participant_is_refused(world: World, options: dict[str, Any], code: int) -> None:
    world.twilio.closed.add("+1876")
    guest = await enter(world)
    create = client_of(world).conferences("room").participants.create
    assert (await refused(create, **({"from_": HOTEL, "to": STAFF} | options))).code == code
    assert list(world.twilio.calls) == [guest.sid]
    await over(guest)


async def test_a_name_that_is_too_long_is_none(world: World) -> None:
    create = client_of(world).conferences("r" * 129).participants.create
    assert (await refused(create, from_=HOTEL, to=STAFF)).code == 16003
    assert world.twilio.exchange.conferences.known == []


async def test_parameters_of_calls_alone_are_warned_of(world: World) -> None:
    made = await invite(world, machine_detection="Enable")
    assert codes(world.twilio.calls[made.call_sid]) == []
    path = f"/2010-04-01/Accounts/{world.twilio.exchange.settings.account_sid}/Conferences/room/Participants.json"
    form = {"From": HOTEL, "To": CALLER, "AsyncAmd": "true", "Url": f"{world.app.origin}/never"}
    answer = await in_thread(client_of(world).request, method="POST", uri=f"{world.twilio.base_url}{path}", data=form)
    assert answer.status_code == 201
    call = list(world.twilio.calls.values())[-1]
    assert codes(call)[0] == 21263


async def test_an_account_that_is_busy_adds_nobody(world: World) -> None:
    world.app.answers("/voice", Answer("<Response><Pause length='60'/></Response>"))
    calls = [await world.call() for _ in range(4)]
    create = client_of(world).conferences("room").participants.create
    assert (await refused(create, from_=HOTEL, to=STAFF)).code == 16021
    await over(*calls)
