"""Conferences: who hears whom, when they begin and end, and what the REST API does to them."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from audio import g711
from local.twilio import Call, Person
from tests.local.twilio_helpers import (
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

OTHER_VOICE = bytes([0x30]) * 160
SUM = g711.encode((g711.decode(VOICE).astype(np.int32) + g711.decode(OTHER_VOICE)).astype(np.int16))
EVENTS = "start end join leave mute hold modify announcement"


def dial(attributes: str = "", action: str = 'action="/left"', name: str = "room") -> str:
    conference = f'<Conference beep="false" waitUrl="" {attributes}>{name}</Conference>'
    return f"<Response><Dial {action}>{conference}</Dial><Say>next verb</Say></Response>"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(calls_per_second=100.0) as world:
        world.app.answers("/left", "<Response/>")
        world.app.answers("/events", "")
        world.app.answers("/recording", "")
        yield world


async def enter(world: World, document: str | None = None, count: int = 1) -> list[Call]:
    calls = []
    for _ in range(count):
        world.app.answers("/voice", document or dial())
        call = await world.twilio.place_call(from_=f"+1207555{1000 + len(world.twilio.calls)}", to=HOTEL)
        calls.append(call)
        await eventually(lambda: kinds(calls[-1].record(), "conference") or calls[-1].over.is_set())
    return calls


async def hang_up(*calls: Call) -> None:
    for call in calls:
        call.phone.hang_up()
    for call in calls:
        await call.ended()


async def participant(world: World, who: str, **changes: Any) -> Any:
    context = client_of(world).conferences(world.twilio.exchange.conferences.known[-1].sid).participants(who)
    return await in_thread(context.update, **changes) if changes else await in_thread(context.fetch)


async def say(call: Call, audio: bytes) -> None:
    await call.phone.wait(200)  # who has just come in takes a moment to be connected
    call.phone.say(audio)
    await call.phone.spoken()
    await call.phone.wait(400)  # for those who have it a little later


async def test_everybody_hears_everybody_else_mixed(world: World) -> None:
    one, two, three = await enter(world, count=3)
    await one.phone.wait(200)
    one.phone.say(b"\xff" * 1600 + VOICE * 60)
    await say(two, OTHER_VOICE * 60)
    await eventually(lambda: two.phone.heard.count(VOICE) == one.phone.heard.count(OTHER_VOICE) == 60)
    await hang_up(one, two, three)
    heard = three.record().heard
    assert heard.count(SUM) > 20
    assert VOICE not in one.record().heard


async def test_it_begins_when_somebody_who_may_begin_it_meets_another(world: World) -> None:
    waits = dial('startConferenceOnEnter="false"')
    one, two = await enter(world, waits, 2)
    await say(one, VOICE * 10)
    (three,) = await enter(world)
    await say(one, OTHER_VOICE * 10)
    await hang_up(one, two, three)
    assert VOICE not in two.record().heard
    assert two.record().heard.count(OTHER_VOICE) == 10


async def test_who_waits_hears_music_until_it_begins(world: World) -> None:
    world.app.answers("/music", "<Response><Say>please wait</Say></Response>")
    (one,) = await enter(world, dial().replace('waitUrl=""', 'waitUrl="/music"'))
    await one.phone.agent_speaking()
    (two,) = await enter(world)
    asked = len(world.app.got("/music"))
    await say(two, VOICE * 10)
    await hang_up(one, two)
    assert one.record().heard.count(VOICE) == 10
    assert asked <= len(world.app.got("/music")) <= asked + 1


async def test_twilio_has_music_of_its_own(world: World) -> None:
    (one,) = await enter(world, dial().replace('waitUrl=""', ""))
    await one.phone.agent_speaking()
    await hang_up(one)


async def test_music_that_cannot_be_had_keeps_the_call_out(world: World) -> None:
    world.app.answers("/music", Answer(status=500))
    (one,) = await enter(world, dial().replace('waitUrl=""', 'waitUrl="/music"'))
    await one.ended()
    assert codes(one) == [11200]
    assert world.app.got("/left")[0]["DialCallStatus"] == "failed"


async def test_the_exit_of_some_ends_it_for_all(world: World) -> None:
    (host,) = await enter(world, dial('endConferenceOnExit="true"'))
    (guest,) = await enter(world, dial(action=""))
    await hang_up(host)
    await guest.ended()
    assert world.speaker.said == ["next verb"]
    room = world.twilio.exchange.conferences.known[0]
    assert (room.status, room.reason_ended) == ("completed", "participant-with-end-conference-on-exit-left")
    assert world.app.got("/left")[0]["CallStatus"] == "completed"


async def test_the_action_is_asked_when_it_is_over(world: World) -> None:
    one, two = await enter(world, count=2)
    await in_thread(client_of(world).conferences.list, friendly_name="room", status="in-progress")
    room = world.twilio.exchange.conferences.known[0]
    ended = await in_thread(client_of(world).conferences(room.sid).update, status="completed")
    assert ended.status == "completed"
    await one.ended()
    await two.ended()
    assert {fields["DialCallStatus"] for fields in world.app.got("/left")} == {"answered"}
    assert room.reason_ended == "conference-ended-via-api"


async def test_a_name_is_free_again_when_its_room_has_ended(world: World) -> None:
    await hang_up(*await enter(world, count=2))
    await hang_up(*await enter(world))
    first, second = world.twilio.exchange.conferences.known
    assert (first.name, first.status, second.name) == ("room", "completed", "room")


async def test_a_label_that_is_taken_goes_on_with_the_next_verb(world: World) -> None:
    first, second = await enter(world, dial('participantLabel="guest"'), 2)
    await second.ended()
    assert codes(second) == [16025]
    assert world.speaker.said == ["next verb"]
    await hang_up(first)


async def test_a_room_that_is_full_takes_nobody(world: World) -> None:
    one, two, three = await enter(world, dial('maxParticipants="2"'), 3)
    await three.ended()
    assert world.app.got("/left")[0]["DialCallStatus"] == "failed"
    await hang_up(one, two)


async def test_the_star_key_leaves_the_room_where_it_may(world: World) -> None:
    one, two = await enter(world, dial(action='hangupOnStar="true" action="/left"'), 2)
    one.phone.press("*")
    await one.ended()
    assert world.app.got("/left")[0]["CallStatus"] == "in-progress"
    await hang_up(two)


async def test_a_call_that_is_redirected_leaves_the_room(world: World) -> None:
    one, two = await enter(world, count=2)
    await in_thread(client_of(world).calls(one.sid).update, twiml="<Response><Say>back</Say></Response>")
    await one.ended()
    assert world.speaker.said == ["back"]
    await hang_up(two)


async def test_enter_and_exit_are_beeped(world: World) -> None:
    beeps = dial().replace('beep="false"', "")
    one, two = await enter(world, beeps, 2)
    await one.phone.wait(500)
    before = len(one.phone.heard)
    (three,) = await enter(world, beeps)
    await one.phone.wait(500)
    assert set(one.phone.heard[before:]) != {0xFF}
    await hang_up(one, two, three)


async def test_who_is_muted_is_not_heard_and_who_is_held_hears_music_alone(world: World) -> None:
    world.app.answers("/hold", "<Response><Say>on hold</Say></Response>")
    one, two = await enter(world, count=2)
    assert (await participant(world, one.sid, muted=True)).muted
    await say(one, VOICE * 10)
    assert VOICE not in two.phone.heard
    assert not (await participant(world, one.sid, muted=False)).muted
    held = await participant(world, two.sid, hold=True, hold_url=f"{world.app.origin}/hold")
    assert held.hold
    await eventually(lambda: world.speaker.said)
    await say(one, VOICE * 10)
    await say(two, OTHER_VOICE * 10)
    assert VOICE not in two.phone.heard
    assert OTHER_VOICE not in one.phone.heard
    assert world.app.requests[-1].method == "GET"
    await participant(world, two.sid, hold=False)
    await two.phone.wait(200)
    await say(one, VOICE * 10)
    assert two.phone.heard.count(VOICE) == 10
    await hang_up(one, two)


async def test_an_announcement_is_heard_by_one_or_by_all(world: World) -> None:
    world.app.answers("/news", "<Response><Say>news for you</Say></Response>")
    one, two = await enter(world, count=2)
    url = f"{world.app.origin}/news"
    await participant(world, one.sid, announce_url=url)
    await one.phone.agent_speaking()
    assert two.phone.first_voice_ms is None
    room = world.twilio.exchange.conferences.known[0]
    await in_thread(client_of(world).conferences(room.sid).update, announce_url=url)
    await two.phone.agent_speaking()
    await hang_up(one, two)


async def test_who_coaches_is_heard_by_one_alone(world: World) -> None:
    one, two = await enter(world, count=2)
    (coach,) = await enter(world, dial(f'coach="{one.sid}"'))
    await say(coach, VOICE * 10)
    assert one.phone.heard.count(VOICE) == 10
    assert VOICE not in two.phone.heard
    await participant(world, coach.sid, coaching=False)
    await say(coach, VOICE * 10)
    assert two.phone.heard.count(VOICE) == 10
    await hang_up(one, two, coach)


async def test_what_happens_in_a_room_is_told_as_asked(world: World) -> None:
    attributes = f'statusCallback="/events" statusCallbackEvent="{EVENTS}" participantLabel="guest"'
    (one,) = await enter(world, dial(attributes))
    (two,) = await enter(world)
    await participant(world, "guest", muted=True)
    await participant(world, "guest", hold=True)
    await hang_up(one, two)
    told = sorted(world.app.got("/events"), key=lambda fields: int(fields["SequenceNumber"]))
    assert [fields["StatusCallbackEvent"] for fields in told] == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-mute",
        "participant-hold",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    assert {(fields["FriendlyName"], fields["ConferenceSid"][:2]) for fields in told} == {("room", "CF")}
    assert (told[0]["ParticipantLabel"], told[0]["CallSid"], told[0]["Muted"]) == ("guest", one.sid, "false")
    assert told[-1]["ReasonConferenceEnded"] == "last-participant-left"
    assert "CallSid" not in told[2]


async def test_a_room_is_recorded_as_it_is_heard(world: World) -> None:
    attributes = 'record="record-from-start" recordingStatusCallback="/recording"'
    one, two = await enter(world, dial(attributes), 2)
    await say(one, VOICE * 60)
    await say(two, OTHER_VOICE * 60)
    await hang_up(one, two)
    await eventually(lambda: world.app.got("/recording"))
    (told,) = world.app.got("/recording")
    assert (told["RecordingSource"], told["RecordingStatus"]) == ("Conference", "completed")
    (recording,) = world.twilio.exchange.recordings.kept
    assert (recording.audio[0].count(VOICE), recording.audio[0].count(OTHER_VOICE)) == (60, 60)
    client, sid = client_of(world), told["ConferenceSid"]
    for listing in (client.recordings.list, client.conferences(sid).recordings.list):
        options = {"conference_sid": sid} if listing == client.recordings.list else {}
        assert [one.sid for one in await in_thread(listing, **options)] == [recording.sid]


async def test_somebody_is_called_into_a_room(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=0, says=b"\xff" * 8000 + VOICE * 10, hangs_up_after_ms=600)
    (guest,) = await enter(world, dial('endConferenceOnExit="false"'))
    created = await in_thread(
        client_of(world).conferences("room").participants.create,
        from_=HOTEL,
        to=STAFF,
        label="staff",
        end_conference_on_exit=True,
        beep="false",
        status_callback=f"{world.app.origin}/events",
    )
    assert (created.status, created.label, created.end_conference_on_exit) == ("queued", "staff", True)
    await guest.ended()
    assert guest.record().heard.count(VOICE) == 10
    assert world.app.got("/events")[0]["CallStatus"] == "completed"
    assert world.twilio.calls[created.call_sid].direction == "outbound-api"


async def test_a_participant_is_removed_and_goes_on(world: World) -> None:
    one, two = await enter(world, count=2)
    client = client_of(world)
    sid = world.twilio.exchange.conferences.known[0].sid
    listed = await in_thread(client.conferences(sid).participants.list)
    assert [found.call_sid for found in listed] == [one.sid, two.sid]
    assert await in_thread(client.conferences(sid).participants(one.sid).delete)
    await one.ended()
    assert world.app.got("/left")[0]["CallSid"] == one.sid
    await hang_up(two)
    assert await in_thread(client.conferences(sid).participants.list) == []


async def test_what_is_not_there_or_not_possible_is_refused(world: World) -> None:
    one, two = await enter(world, dial('participantLabel="guest"')), await enter(world)
    rooms = client_of(world).conferences
    room = world.twilio.exchange.conferences.known[0]
    nobody = "CA" + "0" * 32
    assert (await refused(rooms("CF" + "0" * 32).fetch)).code == 20404
    assert (await refused(rooms("room").fetch)).code == 20404
    assert (await refused(rooms("CF" + "0" * 32).participants.create, from_=HOTEL, to=STAFF)).code == 20404
    assert (await refused(rooms(room.sid).participants(nobody).fetch)).code == 20404
    assert (await refused(rooms(room.sid).participants(nobody).update, muted=True)).code == 20404
    assert (await refused(rooms(room.sid).participants(nobody).delete)).code == 20404
    assert (await refused(rooms(room.sid).update, status="stopped")).code == 20001
    assert (await refused(rooms(room.sid).participants.create, from_=HOTEL, to="555")).code == 21211
    assert (await refused(rooms(room.sid).participants.create, from_="+12075559999", to=STAFF)).code == 21210
    assert (await refused(rooms(room.sid).participants.create, from_=HOTEL, to=STAFF, label="guest")).code == 16026
    assert (await refused(rooms(room.sid).participants.create, from_=HOTEL, to=STAFF, coaching=True)).code == 20001
    coaching = {"coaching": True, "call_sid_to_coach": nobody}
    assert (await refused(rooms(room.sid).participants("guest").update, **coaching)).code == 16028
    assert (await refused(rooms(room.sid).participants("guest").update, hold=True, hold_url="nowhere")).code == 21205
    await hang_up(*one, *two)
    assert (await refused(rooms(room.sid).update, status="completed")).code == 20001
