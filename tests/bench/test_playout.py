from bench.load.playout import Playout


def test_a_mark_is_due_when_the_audio_before_it_was_played() -> None:
    playout = Playout()
    assert playout.add(1600, now=10.0) == 10.0
    playout.mark("a", now=10.0)
    assert playout.marks_due(10.19) == []
    assert playout.next_mark_at == 10.2
    assert playout.marks_due(10.2) == ["a"]
    assert playout.marks_due(11.0) == []


def test_audio_waits_for_what_was_sent_before_and_never_begins_in_the_past() -> None:
    playout = Playout()
    playout.add(1600, now=10.0)
    assert playout.add(160, now=10.05) == 10.2
    assert playout.add(160, now=12.0) == 12.0


def test_a_mark_behind_nothing_is_due_at_once() -> None:
    playout = Playout()
    playout.mark("a", now=5.0)
    assert playout.marks_due(5.0) == ["a"]


def test_clear_returns_the_pending_marks_and_ends_the_audio() -> None:
    playout = Playout()
    for name in ("a", "b"):
        playout.add(1600, now=10.0)
        playout.mark(name, now=10.0)
    assert playout.clear(now=10.1) == ["a", "b"]
    assert playout.next_mark_at is None
    assert playout.add(160, now=10.1) == 10.1
