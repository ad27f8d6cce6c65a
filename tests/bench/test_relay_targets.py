from bench.relay_suite import Row
from bench.relay_targets import judge, text

OURS: Row = {"relay": "nightdesk", "cpu_ms_per_call_s": 2.0, "frames_lost": 0, "kib_per_call": 310.0}
PIPECAT: Row = {"relay": "pipecat, OpenAI realtime", "cpu_ms_per_call_s": 21.0}
SDK: Row = {"relay": "OpenAI Agents SDK example", "cpu_ms_per_call_s": 3.9}


def words(rows: list[Row], alone: dict[str, Row], target: str) -> str:
    (verdict,) = [verdict for verdict in judge(rows, alone) if verdict.words == target]
    return verdict.word


def test_a_target_against_a_peer_is_a_ratio_within_the_run() -> None:
    rows = [OURS, PIPECAT, SDK]
    assert words(rows, {}, "CPU at most a tenth of pipecat's") == "met"
    assert words(rows, {}, "CPU at most half of the Agents SDK example's") == "NOT MET"


def test_ours_is_held_against_a_peer_with_as_many_calls_as_that_carries() -> None:
    words_of_it = "with as many calls as it carries, a tenth of pipecat's"
    ours = OURS | {"cpu_ms_at_5": 6.0, "cpu_ms_at_40": 3.0}
    full: Row = {"most_calls": 5, "cpu_ms_at_5": 61.0}
    assert words([ours, PIPECAT | full], {}, words_of_it) == "met"
    assert words([ours, PIPECAT | full | {"cpu_ms_at_5": 59.0}], {}, words_of_it) == "NOT MET"
    assert words([ours, PIPECAT], {}, words_of_it) == "not measured", "it carries nothing, or was not asked how much"


def test_what_is_missing_is_not_met_and_not_missed() -> None:
    assert words([OURS], {}, "CPU at most the Node sample's") == "not measured"
    assert words([{"relay": "nightdesk", "note": "failed"}], {}, "no frame lost") == "not measured"
    assert (
        words([OURS], {"transcoding": {"failed": "no"}}, "transcoding adds 25 ms engine->caller, p99") == "not measured"
    )


def test_what_is_measured_of_ours_alone_counts_too() -> None:
    assert words([OURS], {"200 calls": {"to_engine_p50_ms": 0.9}}, "200 calls: caller->engine p50 of 1 ms") == "met"
    assert words([OURS], {"200 calls": {"frames_lost": 3}}, "200 calls: no frame lost") == "NOT MET"


def test_the_text_tells_figure_and_bound() -> None:
    assert "310.00 of at most 293.00" in text(judge([OURS], {}))
