"""Limits that cannot work are refused where they are written."""

import math

import pytest

from s3_failover import Ejection, Hedging, InvalidConfiguration, Probe, Timeouts


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "5", None, True])
@pytest.mark.parametrize("name", ["connect", "read", "attempt", "deadline", "download_deadline", "min_throughput"])
def test_a_limit_is_a_positive_number(name, value):
    with pytest.raises(InvalidConfiguration, match=f"timeouts {name} is .*, expected a positive number"):
        Timeouts(**{name: value})


@pytest.mark.parametrize(
    ("inner", "outer", "limits"),
    [
        ("connect", "attempt", {"connect": 6}),
        ("read", "attempt", {"read": 6}),
        ("attempt", "deadline", {"attempt": 11}),
        ("deadline", "download_deadline", {"deadline": 60, "download_deadline": 30}),
    ],
)
def test_a_limit_is_not_longer_than_the_one_around_it(inner, outer, limits):
    with pytest.raises(InvalidConfiguration, match=f"expected {inner} <= {outer}: shorten {inner} or lengthen {outer}"):
        Timeouts(**limits)


def test_defaults_are_valid():
    assert Timeouts().connect < Timeouts().attempt < Timeouts().deadline


@pytest.mark.parametrize("value", [-0.1, 1, 2])
def test_jitter_never_makes_a_time_negative(value):
    with pytest.raises(InvalidConfiguration, match="ejection jitter"):
        Ejection(jitter=value)


def test_the_first_ejection_is_not_longer_than_the_longest():
    with pytest.raises(InvalidConfiguration, match="base_ejection_time"):
        Ejection(base_ejection_time=400)


def test_hedging_never_doubles_more_than_everything():
    with pytest.raises(InvalidConfiguration, match="token_ratio"):
        Hedging(token_ratio=1.5)


def test_a_budget_that_never_allows_a_hedge_is_refused():
    with pytest.raises(InvalidConfiguration, match="max_tokens"):
        Hedging(max_tokens=0.5)


def test_a_probe_needs_something_to_read():
    with pytest.raises(InvalidConfiguration, match="probe key is ''"):
        Probe(key="")
