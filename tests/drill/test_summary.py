"""A drill's outcome on the terminal says what viewers saw."""

import io

import pytest
from drill_reports import outcome, report
from rich.console import Console

from s3_failover.drill import summary, viewers


def printed(found):
    out = io.StringIO()
    console = Console(file=out, width=200)
    for each in found.scenarios:
        summary.summary(console, each)
    summary.verdict(console, found)
    return out.getvalue()


@pytest.mark.parametrize(("held", "mark"), [(True, "passed"), (False, "FAILED")])
def test_a_site_passes_or_fails(held, mark):
    text = printed(report(held=held))
    assert text.startswith(f"{mark} primary-s3-refuse, shop in dns mode")
    assert ("expected: DNS moves <once>" in text) is not held


def test_what_viewers_saw_comes_first_and_failed_requests_are_counted_in_the_end():
    lines = printed(report()).splitlines()
    assert lines[1].strip() == "HTTP, new connections: back after 120 s; 1 of 3 requests failed, 1 missing"
    assert lines[-1] == "1 of 1 expectations passed; 1 of 3 requests failed, which the expectations allow"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"failed": 0}, "HTTP, new connections: no failed request, of 3"),
        (
            {"recovered_after": None},
            "HTTP, new connections: down until the outage ended after 150 s; 1 of 3 requests failed",
        ),
        ({"recovered_after": 0}, "HTTP, new connections: served during the outage; 1 of 3 requests failed after it"),
        ({"wrong": 1}, "HTTP, new connections: back after 120 s; 2 of 3 requests failed"),
    ],
)
def test_each_kind_of_outage_has_its_words(changes, sentence):
    site = outcome()
    site = site.model_copy(update={"requests": [site.requests[0].model_copy(update=changes)]})
    (scenario,) = report(site).scenarios
    assert viewers.sentences(site, scenario) == [sentence]


def test_viewers_of_whose_requests_most_are_served_are_down_in_part():
    [scenario] = report().scenarios
    [counted] = scenario.sites[0].requests
    brown = counted.model_copy(update={"failed": 2, "total": 9, "density": 0.3, "recovered_after": None})
    assert viewers.sentence(brown, scenario) == (
        "HTTP, new connections: in part down until the outage ended after 150 s; 2 of 9 requests failed"
    )
    some = brown.model_copy(update={"recovered_after": 30})
    assert viewers.sentence(some, scenario) == "HTTP, new connections: in part down for 30 s; 2 of 9 requests failed"
    assert "down" in viewers.sentence(brown.model_copy(update={"density": 0.8}), scenario).split(": ")[1][:5]
