"""A simulated Twilio account: REST API, signed webhooks, TwiML, media streams, and the phones at the far end.

It obeys Twilio's documentation strictly: what the real service refuses is refused here with the same code, and what it
can do but the simulator cannot is an error too (code 0), never silently accepted.

    from local.twilio import NumberSettings, Person, SimulatedTwilio

    twilio = SimulatedTwilio(
        account_sid="AC...", auth_token="...",
        numbers={"+12072203501": NumberSettings(voice_url="http://127.0.0.1:8080/voice/twilio/inbound",
                                                status_callback="http://127.0.0.1:8080/voice/twilio/status")},
        tls=front.client_context(),        # trusts the certificate behind wss:// (and https:// webhooks)
    )
    await twilio.start()                   # REST API: twilio.base_url, for `client.api.base_url`
    twilio.people["+12072203502"] = Person(answers_after_s=2, says=staff_ulaw)
    twilio.people["+12072203503"] = Person.machine(greeting_ulaw)        # greets, beeps, records
    twilio.observe(lambda call, entry: print(call.sid, entry.at_ms, entry.kind, entry.detail))

    call = await twilio.place_call(from_="+12075550142", to="+12072203501")
    await call.phone.agent_quiet(for_ms=800)     # the greeting has been spoken; raises CallOver if the call ended
    call.phone.say(question_ulaw)                # mu-law 8 kHz; `press("1w2")` for keys, `hush()` to stop
    await call.phone.spoken()
    await call.phone.agent_speaking()
    call.phone.hang_up()
    record = await call.ended()                  # every webhook about the call has been answered by then
    record.heard, record.said                    # what the caller heard and said: aligned tracks from the answer on
    record.timeline                              # verbs, webhooks, streams, problems (see local/twilio/timeline.py)
    call.problems                                # what Twilio's debugger would show; a good call has none
    twilio.texts.sent                            # every text message; who takes none: local/twilio/texts.py
    await twilio.place_text(from_=..., to=..., body="STOP")      # somebody writes; its `.replies` are the answers
    await twilio.stop()

A call's time is the number of 20 ms frames since the answer (`phone.now_ms`), the same in tracks, timeline and scripts.
`NumberSettings` are the console's settings of a number; `place_call(voice_url=, status_callback=)` replace them for one
call. `Person(answers_after_s=None)` never answers, `Person(busy=True)` is busy, `Person(script=...)` is a coroutine
function that is given the phone. `<Say>` is spoken by a `Speaker`: `ProcessSpeaker` (default) or `ToneSpeaker` (fake);
the words of a `<Gather>` are made out by a `Recogniser`: `ProcessRecogniser` (default) or `ScriptedRecogniser` (fake).

Where Twilio's documentation is silent, or two of its pages differ, the less convenient reading holds: TwiML as
text/html is none (12300), a `<Stream>` URL with a query string is refused (31920), audio still queued is lost when the
server closes the socket, `Status=completed` on a call that has ended is 21220, a webhook that answers a redirection
fails (11216), a `<Say>` that cannot be spoken fails the document. Redirecting a call by REST stops its stream without
asking the `<Connect action>`. Who hangs up in a whisper has answered all the same: DialCallStatus is completed, and
only DialBridged says no. An empty `<Gather>` result has neither Digits nor SpeechResult, recognised words come as a
sentence ("Yes."), machine detection judges by ear alone.

Of several updates of a call at once the last one counts. A body that is no form in UTF-8, a page of more than 1,000, a
filter that is not known and a sid of nothing are refused. What is not simulated (MP3, <ConversationRelay>, SIP, speech
other than English, transcription beside a call) is refused too, with code 0.

Of each verb there is one module: `gather`, `record`, `paying`, `dial`, `queueing`, `fetching`, `conferring`, `connect`,
`forking`; `twiml*` read them, `rest*` are the REST API. `twilio.faults` makes that refuse (429, 503) or lose an answer;
with `place_call(faults=WebhookFaults(...))` the requests about a call come twice, or the news of it late.

`Clock(speed=20)` makes a whole call take a twentieth of its time, for tests.
"""

from local.twilio.calls import Call
from local.twilio.clock import Clock
from local.twilio.errors import CallOver, Problem
from local.twilio.exchange import NumberSettings
from local.twilio.faults import RestFaults, WebhookFaults
from local.twilio.people import Person
from local.twilio.phone import Phone
from local.twilio.recogniser import ProcessRecogniser, Recogniser, RecogniserError, ScriptedRecogniser
from local.twilio.service import SimulatedTwilio
from local.twilio.speaker import ProcessSpeaker, Speaker, SpeakerError, ToneSpeaker
from local.twilio.texts import TextMessage
from local.twilio.timeline import CallRecord, Entry

__all__ = [
    "Call",
    "CallOver",
    "CallRecord",
    "Clock",
    "Entry",
    "NumberSettings",
    "Person",
    "Phone",
    "Problem",
    "ProcessRecogniser",
    "ProcessSpeaker",
    "Recogniser",
    "RecogniserError",
    "RestFaults",
    "ScriptedRecogniser",
    "SimulatedTwilio",
    "Speaker",
    "SpeakerError",
    "TextMessage",
    "ToneSpeaker",
    "WebhookFaults",
]
