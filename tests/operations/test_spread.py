"""Work on many items side by side."""

import threading

import pytest

from s3_failover.operations.spread import THREADS, spread


def test_every_item_is_worked_on():
    assert sorted(spread(lambda item: item * 2, range(500))) == list(range(0, 1000, 2))


def test_items_are_taken_as_they_are_needed():
    taken = []
    results = spread(lambda item: item, (taken.append(item) or item for item in range(10_000)))
    next(results)
    results.close()
    assert len(taken) <= 3 * THREADS


def test_after_an_error_nothing_else_is_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 0:
            raise ValueError(item)
        ended.wait(30)

    ended = threading.Event()
    with pytest.raises(ValueError, match="0"):
        list(spread(work, range(2 * THREADS), end=ended.set))
    assert len(begun) <= THREADS + 1


def test_who_ends_it_can_cut_short_what_is_under_way():
    ended = threading.Event()
    results = spread(lambda item: item if item == 0 else ended.wait(30), range(1000), end=ended.set)
    next(results)
    results.close()
    assert ended.is_set()
