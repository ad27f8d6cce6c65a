"""TwiML, verb by verb: what is understood, what is dropped with a warning, what is refused."""

import pytest
from twilio.twiml.voice_response import Connect as SdkConnect  # type: ignore[import-untyped]
from twilio.twiml.voice_response import VoiceResponse

from local.twilio.errors import CallFailure
from local.twilio.twiml import parse
from local.twilio.verbs import (
    Connect,
    Dial,
    Document,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Stream,
)

BASE = "https://hotel.example/voice/inbound"


def document(inner: str) -> Document:
    return parse(f"<Response>{inner}</Response>".encode(), BASE)


def warnings(inner: str) -> list[int]:
    return [problem.code for problem in document(inner).problems]


def failure(body: str, base: str = BASE) -> int:
    with pytest.raises(CallFailure) as refused:
        parse(body.encode(), base)
    return refused.value.problem.code


def test_the_simple_verbs() -> None:
    inner = (
        '<Say voice="Polly.Joanna-Neural" language="en-US" loop="2">Hello</Say><Play loop="0">a.wav</Play>'
        '<Play digits="1w2"/><Pause length="3"/><Redirect method="GET">/next</Redirect><Hangup/><Reject reason="busy"/>'
    )
    assert document(inner) == Document(
        (
            Say("Hello", "Polly.Joanna-Neural", "en-US", 2),
            Play("https://hotel.example/voice/a.wav", "", 0),
            Play("", "1w2", 1),
            Pause(3),
            Redirect("https://hotel.example/next", "GET"),
            Hangup(),
            Reject("busy"),
        )
    )


def test_what_the_official_builder_writes_for_a_media_stream() -> None:
    response = VoiceResponse()
    connect = SdkConnect(action="https://hotel.example/ended?a=1&b=2")
    stream = connect.stream(url="wss://media.example/voice/stream", name="main", status_callback="/stream-status")
    stream.parameter(name="token", value='"a" & <b>')
    response.append(connect)
    response.redirect("https://hotel.example/ended")
    parsed = parse(str(response).encode(), BASE)
    assert parsed.problems == ()
    assert parsed.verbs == (
        Connect(
            Stream(
                "wss://media.example/voice/stream",
                "main",
                "https://hotel.example/stream-status",
                parameters=(("token", '"a" & <b>'),),
            ),
            "https://hotel.example/ended?a=1&b=2",
        ),
        Redirect("https://hotel.example/ended"),
    )


def test_dial_with_a_plain_number_and_with_nouns() -> None:
    assert document("<Dial>+1 (207) 220-3502</Dial>").verbs == (Dial((Number("+12072203502"),)),)
    inner = (
        '<Dial action="/dialled" method="GET" timeout="12" timeLimit="60" callerId="+12072203501" answerOnBridge="true"'
        ' hangupOnStar="true" record="do-not-record"><Number sendDigits="ww1" statusCallback="/leg"'
        ' statusCallbackEvent="initiated ringing">+12072203502</Number><Number>+12072203503</Number></Dial>'
    )
    leg = Number("+12072203502", "ww1", "https://hotel.example/leg", "POST", ("initiated", "ringing"))
    dial = Dial(
        (leg, Number("+12072203503")), "https://hotel.example/dialled", "GET", 12, 60, "+12072203501", True, True
    )
    assert document(inner) == Document((dial,))


def test_gather_with_every_attribute_that_matters() -> None:
    assert document("<Gather/>").verbs == (Gather((), ("dtmf",), BASE),)
    inner = (
        '<Gather input="dtmf speech" action="/gathered" method="GET" timeout="3" speechTimeout="auto" numDigits="4"'
        ' finishOnKey="" language="en-GB" hints="yes, no" partialResultCallback="/partial"'
        ' partialResultCallbackMethod="GET" actionOnEmptyResult="true" bargeIn="false" maxSpeechTime="20"'
        ' speechModel="phone_call" enhanced="true"><Say>Room?</Say><Pause/><Play>a.wav</Play></Gather>'
    )
    gather = Gather(
        (Say("Room?"), Pause(1), Play("https://hotel.example/voice/a.wav")),
        ("dtmf", "speech"),
        "https://hotel.example/gathered",
        "GET",
        3,
        None,
        4,
        "",
        "en-GB",
        ("yes", "no"),
        "https://hotel.example/partial",
        "GET",
        True,
        False,
        20,
    )
    assert document(inner) == Document((gather,))


def test_speech_ends_after_as_much_silence_as_no_input_does_unless_it_is_said() -> None:
    (gather,) = document('<Gather input="speech" timeout="7"/>').verbs
    assert isinstance(gather, Gather)
    assert gather.speech_timeout_s == 7


def test_record_with_every_attribute_that_matters() -> None:
    assert document("<Record/>").verbs == (Record(BASE),)
    inner = (
        '<Record action="/recorded" method="GET" timeout="3" finishOnKey="#" maxLength="60" playBeep="false"'
        ' trim="do-not-trim" recordingStatusCallback="/recording" recordingStatusCallbackMethod="GET"'
        ' recordingStatusCallbackEvent="completed absent" transcribe="true" transcribeCallback="/words"/>'
    )
    record = Record(
        "https://hotel.example/recorded",
        "GET",
        3,
        "#",
        60,
        False,
        False,
        "https://hotel.example/recording",
        "GET",
        ("completed", "absent"),
        "https://hotel.example/words",
    )
    assert document(inner) == Document((record,))


def test_a_relative_stream_url_becomes_wss_on_the_same_host() -> None:
    (connect,) = document('<Connect><Stream url="/voice/stream"/></Connect>').verbs
    assert isinstance(connect, Connect)
    assert connect.stream.url == "wss://hotel.example/voice/stream"


def test_ssml_is_spoken_without_its_tags() -> None:
    assert document('<Say>Room <say-as interpret-as="digits">12</say-as>.</Say>').verbs == (Say("Room 12."),)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<Response><Say>Hi</Response>", 12100),
        (" <?xml version='1.0'?><Response/>", 12100),
        ("<Response>a & b</Response>", 12100),
        ("<html/>", 12102),
        ("<response/>", 12102),
        ("", 12100),
    ],
)
def test_a_body_that_is_no_twiml_document(body: str, code: int) -> None:
    assert failure(body) == code


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<Shout>Hi</Shout>", 12200),
        ("<say>Hi</say>", 12200),
        ("<Stream url='wss://a/b'/>", 12200),
        ("<Say pitch='high'>Hi</Say>", 12200),
        ("<Say>Hi<Hangup/></Say>", 12200),
        ("<Say loop='many'>Hi</Say>", 13510),
        ("<Say voice='Joanna'>Hi</Say>", 13511),
        ("<Play loop='-1'>a.wav</Play>", 13410),
        ("<Play digits='12x'/>", 13430),
        ("<Pause length='0'/>", 13910),
        ("<Pause length='1.5'/>", 13910),
        (f"<Pause length='{'9' * 5000}'/>", 13910),
        ("<Pause length='٣'/>", 13910),
        ("<Redirect method='PUT'>/x</Redirect>", 13710),
        ("<Reject reason='tired'/>", 13810),
        ("<Dial timeout='soon'>+12072203502</Dial>", 13212),
        ("<Dial timeLimit='0'>+12072203502</Dial>", 13216),
        ("<Dial method='PUT'>+12072203502</Dial>", 13210),
        ("<Dial answerOnBridge='maybe'>+12072203502</Dial>", 13219),
        ("<Dial hangupOnStar='1'>+12072203502</Dial>", 13213),
        ("<Dial ringTone='loud'>+12072203502</Dial>", 13220),
        ("<Dial>2203502</Dial>", 13223),
        ("<Dial><Say>Hi</Say></Dial>", 13215),
        ("<Dial><Number statusCallbackEvent='all'>+12072203502</Number></Dial>", 21626),
        ("<Connect><Stream url='wss://a/b'/><Stream url='wss://a/b'/></Connect>", 12200),
        ("<Connect><Stream url='wss://a/b'><Param/></Stream></Connect>", 12200),
        ("<Start><Recording/><Recording/></Start>", 12200),
        ("<Start><Recording channels='3'/></Start>", 12200),
        ("<Start><Recording track='x'/></Start>", 13622),
        ("<Start><Recording recordingStatusCallbackEvent='done'/></Start>", 13621),
        ("<Stop><Recording name='a' url='b'/></Stop>", 12200),
        ("<Connect method='PUT'><Stream url='wss://a/b'/></Connect>", 12200),
        ("<Dial><Number machineDetection='yes'>+12072203502</Number></Dial>", 12200),
        ("<Dial><Number method='PUT'>+12072203502</Number></Dial>", 13221),
        ("<Dial><Number sendDigits='desk'>+12072203502</Number></Dial>", 13222),
        (f"<Dial>{'<Number>+12072203502</Number>' * 11}</Dial>", 13250),
        ("<Dial record='always'>+12072203502</Dial>", 13217),
        ("<Dial record='record-from-answer' recordingTrack='x'>+12072203502</Dial>", 13622),
        ("<Dial><Conference/></Dial>", 13237),
        ("<Dial><Number>+12072203502</Number><Conference>r</Conference></Dial>", 13000),
        ("<Dial><Conference muted='1'>r</Conference></Dial>", 13230),
        ("<Dial><Conference endConferenceOnExit='1'>r</Conference></Dial>", 13231),
        ("<Dial><Conference startConferenceOnEnter='1'>r</Conference></Dial>", 13232),
        ("<Dial><Conference waitUrl='ftp://hotel.example/music'>r</Conference></Dial>", 13233),
        ("<Dial><Conference waitMethod='PUT'>r</Conference></Dial>", 13234),
        ("<Dial><Conference beep='1'>r</Conference></Dial>", 13235),
        ("<Dial><Conference trim='1'>r</Conference></Dial>", 13239),
        ("<Dial><Conference jitterBufferSize='huge'>r</Conference></Dial>", 12200),
        ("<Dial><Conference statusCallbackEvent='all'>r</Conference></Dial>", 21626),
        ("<Dial><Queue method='PUT'>q</Queue></Dial>", 14210),
        ("<Enqueue method='PUT'>q</Enqueue>", 14201),
        ("<Enqueue waitUrlMethod='PUT'>q</Enqueue>", 14206),
        ("<Pay chargeAmount='much'/>", 64003),
        ("<Pay tokenType='x'/>", 64020),
        ("<Pay validCardTypes='x'/>", 64020),
        ("<Pay><Say>x</Say></Pay>", 12200),
        ("<Pay><Prompt for='x'/></Pay>", 12200),
        ("<Pay><Prompt attempt='x'/></Pay>", 12200),
        ("<Gather finishOnKey='x'/>", 13310),
        ("<Gather finishOnKey='12'/>", 13311),
        ("<Gather method='PUT'/>", 13312),
        ("<Gather timeout='0'/>", 13313),
        ("<Gather numDigits='0'/>", 13314),
        ("<Gather><Gather/></Gather>", 13320),
        ("<Gather><Say voice='Joanna'>Hi</Say></Gather>", 13321),
        ("<Gather><Say loop='-1'>Hi</Say></Gather>", 13322),
        ("<Gather input='voice'/>", 13326),
        ("<Gather input='speech' speechTimeout='1.5'/>", 13327),
        ("<Gather input='speech' maxSpeechTime='61'/>", 13328),
        ("<Gather partialResultCallbackMethod='PUT'/>", 13329),
        (f"<Gather hints='{'a' * 101}'/>", 13330),
        ("<Gather bargeIn='1'/>", 13332),
        ("<Gather profanityFilter='1'/>", 13333),
        ("<Gather speechModel='best'/>", 13334),
        ("<Gather speechModel='googlev2_best'/>", 13334),
        ("<Gather speechTimeout='auto' speechModel='default'/>", 13335),
        ("<Gather actionOnEmptyResult='1'/>", 13338),
        ("<Gather enhanced='1'/>", 13339),
        ("<Gather input='speech' language='english'/>", 13331),
        ("<Gather partial='yes'/>", 12200),
        ("<Record method='PUT'/>", 13610),
        ("<Record timeout='0'/>", 13611),
        ("<Record maxLength='1'/>", 13612),
        ("<Record finishOnKey='x'/>", 13613),
        ("<Record transcribe='1'/>", 13614),
        ("<Record transcribe='true'/>", 13615),
        ("<Record playBeep='1'/>", 13616),
        ("<Record recordingStatusCallbackEvent='done'/>", 13621),
        ("<Record trim='yes'/>", 13699),
        ("<Record recordingStatusCallback='ftp://a/b'/>", 13256),
        ("<Record><Say>Hi</Say></Record>", 12200),
    ],
)
def test_what_does_not_conform_is_warned_of(inner: str, code: int) -> None:
    assert warnings(inner) == [code]


def test_a_verb_of_the_wrong_case_or_place_is_not_carried_out() -> None:
    assert document("<say>Hi</say><Stream url='wss://a/b'/><Number>+12072203502</Number>").verbs == ()


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (f"<Say>{'a' * 4097}</Say>", 13521),
        (f"<Say>{'ñ' * 2049}</Say>", 13521),
        (f"<Say voice='Polly.Joanna'>{'a' * 3001}</Say>", 13521),
        (f"<Say voice='Google.en-US-Neural2-A'>{'a' * 4000}<break time='1s'/>{' ' * 990}</Say>", 13521),
        ("<Say> </Say>", 13520),
        ("<Connect/>", 12100),
        ("<Enqueue/>", 14204),
        (f"<Enqueue>{'a' * 65}</Enqueue>", 14205),
        ("<Enqueue waitUrl='ftp://a/b'>q</Enqueue>", 14202),
        ("<Enqueue action='ftp://a/b'>q</Enqueue>", 14203),
        ("<Dial><Queue url='ftp://a/b'>q</Queue></Dial>", 14211),
        ("<Record transcribeCallback='ftp://a/b'/>", 13257),
        ("<Connect><Stream url='wss://a/b' track='both_tracks'/></Connect>", 31941),
        ("<Start><Stream url='wss://a/b' track='all'/></Start>", 31941),
        ("<Start/>", 14300),
        ("<Start><Say>x</Say></Start>", 14300),
        ("<Stop><Gather/></Stop>", 14300),
        ("<Stop><Stream/></Stop>", 14300),
        ("<Stop><Recording/></Stop>", 14300),
    ],
)
def test_what_cannot_be_carried_out_is_refused(inner: str, code: int) -> None:
    assert failure(f"<Response>{inner}</Response>") == code


def test_how_much_can_be_said_depends_on_the_voice() -> None:
    assert document(f"<Say>{'a' * 4096}</Say>").problems == ()
    assert document(f"<Say voice='Polly.Joanna'>{'a' * 3000}<break time='1s'/></Say>").problems == ()
    assert document(f"<Say voice='Google.en-US-Neural2-A'>{'a' * 5000}</Say>").problems == ()


def test_speech_in_a_language_without_a_country_is_not_gathered() -> None:
    assert document('<Gather input="speech" language="en"/>').verbs == ()
    assert document('<Gather input="dtmf" language="en"/>').problems == ()
    assert document('<Gather input="dtmf speech" language="cmn-Hans-CN"/>').problems == ()


@pytest.mark.parametrize(
    "inner",
    [
        "<Gather debug='true'/>",
        "<Record recordingConfigurationId='x'/>",
        "<Start><Transcription statusCallbackUrl='/x'/></Start>",
        "<Start action='/x'><Recording/></Start>",
        "<Start><Stream url='wss://a/b' connectorName='x'/></Start>",
        "<Start><Recording recordingConfigurationId='x'/></Start>",
        "<Connect><ConversationRelay url='wss://a/b'/></Connect>",
        "<Dial><Conference eventCallbackUrl='/x'>room</Conference></Dial>",
        "<Dial><Client>x</Client></Dial>",
        "<Dial sequential='true'>+12072203502</Dial>",
        "<Dial><Number byoc='x'>+12072203502</Number></Dial>",
        "<Enqueue workflowSid='x'>q</Enqueue>",
        "<Pay bankAccountType='consumer-checking'/>",
        "<Pay minPostalCodeLength='5'/>",
        "<Pay paymentMethod='ach-debit'/>",
        "<Connect><Stream url='wss://a/b' audioFormat='x'/></Connect>",
    ],
)
def test_what_twilio_has_and_the_simulator_has_not_is_never_ignored(inner: str) -> None:
    assert failure(f"<Response>{inner}</Response>") == 0


def test_a_parameter_of_500_characters_is_dropped_with_a_warning() -> None:
    fits, too_long = "v" * 494, "v" * 495
    inner = f'<Connect><Stream url="wss://a/b"><Parameter name="token" value="{fits}"/></Stream></Connect>'
    (connect,) = document(inner).verbs
    assert isinstance(connect, Connect)
    assert connect.stream.parameters == (("token", fits),)
    (connect,) = document(inner.replace(fits, too_long)).verbs
    assert isinstance(connect, Connect)
    assert connect.stream.parameters == ()
    assert warnings(inner.replace(fits, too_long)) == [12200]


def test_inline_twiml_needs_absolute_urls() -> None:
    assert failure("<Response><Redirect>/next</Redirect></Response>", base="") == 15004
    assert failure("<Response><Gather/></Response>", base="") == 15004
    assert failure("<Response><Record/></Response>", base="") == 15004
    assert parse(b"<Response><Redirect>https://a/b</Redirect></Response>").verbs == (Redirect("https://a/b"),)


@pytest.mark.parametrize("label", ["a" * 129, "a/b", "CA" + "0" * 32])
def test_a_label_that_is_none_fails_the_document(label: str) -> None:
    inner = f"<Dial><Conference participantLabel='{label}'>room</Conference></Dial>"
    assert failure(f"<Response>{inner}</Response>") == 16023


@pytest.mark.parametrize(("name", "code"), [("", 14212), ("a" * 65, 14213)])
def test_a_queue_without_a_name_cannot_be_dialled(name: str, code: int) -> None:
    assert failure(f"<Response><Dial><Queue>{name}</Queue></Dial></Response>") == code
