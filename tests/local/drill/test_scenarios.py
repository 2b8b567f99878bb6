import pytest
from sites import site

from breakable_aws import faults
from s3_failover.config import Mode
from s3_failover.drill.kinds import BY_NAME, kinds
from s3_failover.local.drill.scenarios import SCENARIOS, Fails, ScenarioTarget
from s3_failover.local.drill.session import named


def test_every_scenario_says_what_must_happen_in_each_mode():
    for scenario in SCENARIOS:
        assert set(scenario.expected) == set(Mode), scenario.name


def test_names_are_unique_and_lead_to_their_scenario():
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert all(named(scenario.name) == (scenario,) for scenario in SCENARIOS)


def test_every_fault_is_one_that_can_be_broken_and_those_of_a_region_have_one():
    for scenario in SCENARIOS:
        for fault in (*scenario.before, *scenario.faults):
            assert fault.name in faults.NAMES
            assert fault.name.startswith(("s3-", "region-")) == (fault.target is not ScenarioTarget.NOWHERE)


def test_no_alarm_is_both_expected_and_to_stay_quiet():
    for scenario in SCENARIOS:
        for expected in scenario.expected.values():
            assert not expected.alarms & expected.quiet, scenario.name


def test_hybrid_never_leaves_https_while_the_distribution_and_one_bucket_live():
    for scenario in SCENARIOS:
        if scenario.name.startswith(("primary-s3", "replica-s3", "control", "flapping", "replication")):
            hybrid = scenario.expected[Mode.HYBRID]
            assert (hybrid.https_fails, hybrid.dns_moves) == (Fails.NEVER, False), scenario.name


def test_https_viewers_fail_no_longer_than_others_where_the_secondary_speaks_https():
    external = site(more='secondary = { type = "external", hostname = "shop.cdn.example.net" }')
    [lost] = named("primary-s3-refuse")
    assert lost.expectation(site()).https_fails is Fails.THROUGHOUT
    assert lost.expectation(external).https_fails is lost.expectation(external).http_fails is Fails.BRIEFLY


def fails(scenario, drilled):
    """For how long each kind of viewers of a site fails."""
    expected = named(scenario)[0].expectation(drilled)
    return {kind.name: expected.fails(kind).value for kind in kinds(drilled)}


HTTPS = 'secondary = { type = "https" }'
HSTS = f'{HTTPS}\nviewer_https = "hsts"'
BRIEFLY = dict.fromkeys(("http", "browser", "ttl-floor", "serve-stale"), "briefly")
WHOLE = dict.fromkeys(("https", "kept-https", "kept-http2"), "throughout")


@pytest.mark.parametrize(
    ("scenario", "mode", "more", "seen"),
    [
        ("primary-s3-hang", "dns", "", {**BRIEFLY, **WHOLE, "kept-http": "throughout"}),
        ("distribution-down", "dns", "", {**BRIEFLY, **WHOLE, "kept-http": "briefly"}),
        ("distribution-down", "hybrid", "", {**BRIEFLY, **WHOLE, "kept-http": "briefly"}),
        ("primary-s3-403", "dns", HSTS, {**BRIEFLY, **WHOLE, "http": "throughout", "https": "briefly"}),
        ("distribution-down", "hybrid", HTTPS, {**BRIEFLY, **dict.fromkeys(WHOLE, "briefly")}),
    ],
)
def test_each_kind_of_viewers_fails_as_long_as_its_connection_and_its_resolver_make_it(scenario, mode, more, seen):
    drilled = site(mode=mode, more=more)
    rest = {"hsts": "briefly"} if more == HSTS else {}
    lost = {"http": "throughout", "kept-http": "throughout"} if more else {}
    assert fails(scenario, drilled) == {**seen, **rest, **lost}


@pytest.mark.parametrize("scenario", [each.name for each in SCENARIOS if each.name.startswith("primary-s3-")])
def test_in_hybrid_mode_no_kind_of_viewers_loses_a_request_with_the_primary(scenario):
    for more in ("", HTTPS, HSTS):
        assert set(fails(scenario, site(mode="hybrid", more=more)).values()) == {"never"}


def test_a_browser_that_remembers_hsts_is_there_only_where_the_site_sends_it():
    assert "hsts" not in fails("primary-s3-refuse", site(more=HTTPS))
    assert set(fails("primary-s3-refuse", site(more=HSTS))) == set(BY_NAME)


@pytest.mark.parametrize(
    ("secondary", "http", "https"),
    [
        ('{ type = "website" }', Fails.BRIEFLY, Fails.THROUGHOUT),
        ('{ type = "https" }', Fails.THROUGHOUT, Fails.BRIEFLY),
        ('{ type = "external", hostname = "shop.cdn.example.net" }', Fails.BRIEFLY, Fails.BRIEFLY),
    ],
)
@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_viewers_are_served_again_over_what_the_secondary_speaks(mode, secondary, http, https):
    (scenario,) = named("distribution-down")
    expected = scenario.expectation(site(mode=mode, more=f"secondary = {secondary}"))
    assert (expected.http_fails, expected.https_fails) == (http, https)
    assert expected.alarms == scenario.expected[Mode(mode)].alarms
