from pathlib import Path

from PIL import Image

from bench import chart, relay_table
from bench.load.run import Seen
from bench.load.tally import Samples
from bench.relay_steps import holds
from bench.relay_suite import Row, doubts

OURS: Row = {
    "relay": "nightdesk",
    "cpu_ms_per_call_s": 2.0,
    "to_engine_p50_ms": 0.1,
    "to_engine_p95_ms": 0.2,
    "to_engine_p99_ms": 0.5,
    "to_caller_p99_ms": 1.0,
    "frames_lost": 0,
    "frames_reordered": 0,
    "calls_dropped": 0,
    "stolen": 0.0,
    "note": "",
}
PEER = OURS | {"relay": "peer", "cpu_ms_per_call_s": 5.0, "to_engine_p99_ms": 42.0}
MISSING: Row = {"relay": "absent", "note": "not installed; run make bench-peers"}


def test_a_relay_that_is_not_installed_keeps_its_line_and_says_why() -> None:
    text = relay_table.text(relay_table.with_ratios([OURS, PEER, MISSING]))
    assert "absent: not installed; run make bench-peers" in text
    assert "0.1/0.2/0.5" in text
    (line,) = [line for line in text.splitlines() if line.startswith("peer ") and "5.00" in line]
    assert "2.50" in line, "its CPU as a multiple of ours"


def test_a_relay_that_says_it_ran_without_its_compiled_modules_gets_a_note() -> None:
    row: Row = OURS | {"generator_late_p99_ms": 0.0}
    assert list(doubts(row, [Seen(40, Samples(), stats={"compiled": True}), Seen(40, Samples())])) == []
    (doubt,) = doubts(row, [Seen(40, Samples(), stats={"compiled": False})])
    assert "make compile" in doubt


def test_cpu_is_for_each_second_of_call_that_came_out() -> None:
    kept_pace = Seen(40, Samples(), call_s=320.0, carried_s=320.0, cpu_s=8.0)
    assert (kept_pace.carried, kept_pace.cpu_ms_per_call_s) == (1.0, 25.0)
    overrun = Seen(40, Samples(), call_s=320.0, carried_s=160.0, cpu_s=8.0)
    assert (overrun.carried, overrun.cpu_ms_per_call_s) == (0.5, 50.0)
    assert Seen(40, Samples(), call_s=320.0, cpu_s=8.0).cpu_ms_per_call_s == 25.0, "nothing came out"


def test_a_relay_that_was_overrun_gets_a_note_of_how_much_it_carried() -> None:
    row: Row = OURS | {"generator_late_p99_ms": 0.0, "to_engine_p99_ms": 4000.0, "carried": 0.75}
    (doubt,) = doubts(row, [])
    assert "75% of the callers' audio" in doubt


def test_a_run_on_a_core_that_others_had_gets_a_note() -> None:
    row: Row = OURS | {"generator_late_p99_ms": 0.0, "stolen": 0.31}
    (doubt,) = doubts(row, [])
    assert "31% of a core" in doubt


def test_the_figures_are_written_as_csv_and_json(tmp_path: Path) -> None:
    written = relay_table.write(tmp_path, [OURS, MISSING], {"at": "now"}, {}, [])
    assert [path.name for path in written] == ["relay.csv", "relay.json", "relay.txt"]
    assert "nightdesk,2.0," in written[0].read_text()


def test_the_chart_is_a_picture_even_with_a_relay_missing(tmp_path: Path) -> None:
    stepped = OURS | {"calls_per_core": ">=500"}, PEER | {"calls_per_core": 40}
    chart.draw([*stepped, MISSING], "two relays", tmp_path / "relay.png")
    with Image.open(tmp_path / "relay.png") as image:
        assert image.size[0] == 1000
        assert len(image.getcolors(1 << 20) or []) > 3


def test_a_step_holds_up_to_20_ms_or_20_more_than_a_relay_that_buffers_needs_at_light_load() -> None:
    assert holds(OURS, OURS) == ""
    assert holds(OURS | {"to_engine_p99_ms": 20.1}, OURS) != ""
    assert holds(PEER | {"to_engine_p99_ms": 61.0}, PEER) == ""
    assert holds(PEER | {"to_engine_p99_ms": 63.0}, PEER) != ""


def test_a_step_with_a_lost_frame_or_a_dropped_call_does_not_hold() -> None:
    assert "frames lost" in holds(OURS | {"frames_lost": 1}, OURS)
    assert "calls dropped" in holds(OURS | {"calls_dropped": 1}, OURS)
