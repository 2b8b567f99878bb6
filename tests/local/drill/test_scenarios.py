import pytest

from s3_failover.config import Mode
from s3_failover.local import faults
from s3_failover.local.drill.scenarios import SCENARIOS, Fails, Target, named


def test_every_scenario_says_what_must_happen_in_each_mode():
    for scenario in SCENARIOS:
        assert set(scenario.expected) == set(Mode), scenario.name


def test_names_are_unique_and_lead_to_their_scenario():
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert all(named(scenario.name) == (scenario,) for scenario in SCENARIOS)
    assert named("all") == SCENARIOS


def test_unknown_scenario_is_a_key_error():
    with pytest.raises(KeyError):
        named("none")


def test_every_fault_is_one_that_can_be_broken_and_s3_faults_have_a_region():
    for scenario in SCENARIOS:
        for fault in (*scenario.before, *scenario.faults):
            assert fault.name in faults.NAMES
            assert fault.name.startswith("s3-") == (fault.target is not Target.NOWHERE)


def test_no_alarm_is_both_expected_and_to_stay_quiet():
    for scenario in SCENARIOS:
        for expected in scenario.expected.values():
            assert not expected.alarms & expected.quiet, scenario.name


def test_hybrid_never_leaves_https_while_the_distribution_and_one_bucket_live():
    for scenario in SCENARIOS:
        if scenario.name.startswith(("primary-s3", "replica-s3", "control", "flapping", "replication")):
            hybrid = scenario.expected[Mode.HYBRID]
            assert (hybrid.https_fails, hybrid.dns_moves) == (Fails.NEVER, False), scenario.name


def test_with_an_https_secondary_viewers_over_https_are_served_again_where_http_was():
    (scenario,) = named("distribution-down")
    for mode in Mode:
        website, https = scenario.expected[mode], scenario.expected[mode].with_https_secondary
        assert (website.http_fails, website.https_fails) == (Fails.BRIEFLY, Fails.THROUGHOUT)
        assert (https.http_fails, https.https_fails) == (Fails.THROUGHOUT, Fails.BRIEFLY)
        assert (https.dns_moves, https.alarms) == (website.dns_moves, website.alarms)
