import pytest

from breakable_aws.route53.checkers import Checker, crew, share
from breakable_aws.route53.health import Health
from breakable_aws.route53.probe import Result


def health(checks, *, shares=None, alarms=None, last=None):
    found = {name: {"Type": "HTTPS", **config} for name, config in checks.items()}
    alarms = alarms or {}
    return Health(
        found, lambda i: (shares or {}).get(i, 1.0), lambda region, name: alarms.get((region, name)), last or {}
    )


@pytest.mark.parametrize(("share_", "expected"), [(0.0, False), (0.18, False), (0.181, True), (1.0, True)])
def test_endpoint_is_healthy_when_more_than_18_percent_of_checkers_say_so(share_, expected):
    assert health({"a": {}}, shares={"a": share_}).healthy("a") is expected


@pytest.mark.parametrize(
    ("threshold", "sick", "expected"),
    [
        (2, (), True),
        (2, ("a",), False),
        (1, ("a",), True),
        (1, ("a", "b"), False),
        (0, ("a", "b"), True),
        (3, (), False),
    ],
)
def test_calculated_check_counts_healthy_children(threshold, sick, expected):
    checks = {
        "a": {},
        "b": {},
        "c": {"Type": "CALCULATED", "ChildHealthChecks": ["a", "b"], "HealthThreshold": threshold},
    }
    assert health(checks, shares=dict.fromkeys(sick, 0.0)).healthy("c") is expected


def test_disabled_check_is_healthy_and_counts_as_such():
    checks = {
        "a": {"Disabled": True},
        "c": {"Type": "CALCULATED", "ChildHealthChecks": ["a"], "HealthThreshold": 1},
    }
    assert health(checks, shares={"a": 0.0}).healthy("c")


def test_disabled_check_that_is_inverted_is_unhealthy_whatever_its_checkers_say():
    checks = {"a": {"Disabled": True, "Inverted": True}}
    assert not health(checks, shares={"a": 0.0}).healthy("a")
    assert not health(checks, shares={"a": 1.0}).healthy("a")


def test_calculated_check_on_a_circle_goes_by_what_was_and_ends():
    checks = {
        "a": {"Type": "CALCULATED", "ChildHealthChecks": ["b"], "HealthThreshold": 1},
        "b": {"Type": "CALCULATED", "ChildHealthChecks": ["a"], "HealthThreshold": 1},
    }
    assert health(checks).healthy("a")
    assert not health(checks, last={"b": False}).healthy("a")


def test_inverted_check_is_the_other_way_round():
    assert not health({"a": {"Inverted": True}}).healthy("a")
    assert health({"a": {"Inverted": True}}, shares={"a": 0.0}).healthy("a")


@pytest.mark.parametrize(
    ("state", "setting", "last", "expected"),
    [
        ("OK", "Unhealthy", False, True),
        ("ALARM", "Healthy", True, False),
        ("INSUFFICIENT_DATA", "Healthy", False, True),
        ("INSUFFICIENT_DATA", "Unhealthy", True, False),
        ("INSUFFICIENT_DATA", "LastKnownStatus", False, False),
        (None, "LastKnownStatus", True, True),
    ],
)
def test_alarm_based_check_follows_the_alarm_and_its_setting_without_data(state, setting, last, expected):
    alarm = {"Region": "us-east-1", "Name": "x"}
    checks = {"a": {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": alarm, "InsufficientDataHealthStatus": setting}}
    assert health(checks, alarms={("us-east-1", "x"): state}, last={"a": last}).healthy("a") is expected


def test_check_that_is_not_there_counts_as_healthy():
    assert health({}).healthy("gone")


GOOD, BAD = Result(True, "Success"), Result(False, "Failure")


def states(checker, *results):
    found = []
    for result in results:
        checker.note(result, 0)
        found.append(checker.healthy)
    return found


def test_checker_turns_after_its_threshold_in_a_row_both_ways():
    checker = Checker("us-east-1", "192.0.2.1", 3)
    assert states(checker, BAD, BAD, BAD) == [True, True, False]
    assert states(checker, GOOD, GOOD, GOOD) == [False, False, True]


def test_streak_starts_again_after_a_result_that_agrees():
    assert states(Checker("r", "a", 2), BAD, GOOD, BAD, GOOD, BAD) == [True] * 5


def test_crew_stands_in_every_region_with_addresses_of_its_own_and_starts_healthy():
    checkers = crew({"FailureThreshold": 2}, 2)
    assert len({checker.region for checker in checkers}) == 8
    assert len({checker.address for checker in checkers}) == len(checkers) == 16
    assert share(checkers) == 1


def test_crew_stands_in_the_regions_that_a_check_names():
    assert {c.region for c in crew({"Regions": ["us-east-1", "eu-west-1", "sa-east-1"]}, 1)} == {
        "us-east-1",
        "eu-west-1",
        "sa-east-1",
    }


@pytest.mark.parametrize(("agreeing", "expected"), [(0, False), (1, False), (2, False), (3, True), (16, True)])
def test_of_sixteen_checkers_three_are_enough(agreeing, expected):
    checkers = crew({"FailureThreshold": 1}, 2)
    for checker in checkers[agreeing:]:
        checker.note(BAD, 0)
    assert health({"a": {}}, shares={"a": share(checkers)}).healthy("a") is expected


@pytest.mark.parametrize("threshold", range(1, 11))
def test_checker_turns_at_its_threshold_and_not_before(threshold):
    checker = Checker("us-east-1", "192.0.2.1", threshold)
    assert states(checker, *[BAD] * threshold) == [True] * (threshold - 1) + [False]
    assert states(checker, *[GOOD] * threshold) == [False] * (threshold - 1) + [True]
