from bench.load.statistics import median, percentile


def test_a_percentile_is_a_sample_that_so_many_do_not_exceed() -> None:
    samples = [float(n) for n in range(100, 0, -1)]
    assert [percentile(samples, percent) for percent in (1, 50, 99, 100)] == [1.0, 50.0, 99.0, 100.0]
    assert percentile([3.0], 99) == 3.0


def test_nothing_has_no_percentile_and_no_median() -> None:
    assert percentile([], 50) is None
    assert median([None, None]) is None


def test_a_median_is_taken_of_what_is_there() -> None:
    assert median([None, 1.0, 9.0, 2.0]) == 2.0
