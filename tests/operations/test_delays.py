"""Why replication is late, as far as AWS says it."""

import pytest
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations import delays
from s3_failover.operations.account import Account
from s3_failover.operations.status import checks, replication
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.replication import Lag, Queue

ACCOUNT = Account("123456789012", lambda service, region: None)


def check(role, healthy, failure=""):
    return Check(role, role, healthy=healthy, failure=failure)


def why(monkeypatch, found, lag, *, more=""):
    def look(*_):
        if isinstance(found, UserError):
            raise found
        return found

    monkeypatch.setattr(checks, "look", look)
    monkeypatch.setattr(replication, "looks", lambda *_: {})
    monkeypatch.setattr(replication, "lags", lambda *_: (Lag("ap-south-1", "eu-central-1", "other", 99.0), lag))
    monkeypatch.setattr(replication, "queue", lambda *_: lag)
    return delays.why(site(more=more), ACCOUNT, "eu-west-1", "eu-central-1")


def lag(**more):
    return Lag("eu-west-1", "eu-central-1", "rule", **more)


def test_an_outage_of_the_primary_is_named_with_what_it_does(monkeypatch):
    found = (check("failover", False), check("primary", False, "Failure: 503"), check("distribution", True))
    assert why(monkeypatch, found, lag(pending=1200.0, latency=95.0)) == (
        "the health check of the primary is unhealthy (Failure: 503); DNS leads viewers to the secondary; "
        "S3 has 1,200 operations pending, 95 s behind"
    )


def test_without_an_outage_that_is_said_too(monkeypatch):
    found = (check("failover", True), check("primary", True), check("distribution", None))
    assert why(monkeypatch, found, lag(pending=0.0, failed=2.0)) == (
        "no health check of the primary or the distribution is known to be unhealthy; "
        "S3 has 0 operations pending, 2 failed in 24 h"
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [(lag(), ", CloudWatch has no data yet"), (lag(errors=("access is denied",)), ": access is denied")],
)
def test_what_is_unknown_is_no_zero(monkeypatch, told, expected):
    found = UserError("Route 53 is away")
    assert why(monkeypatch, found, told) == (
        f"the health checks are unknown: Route 53 is away; how many operations are pending is unknown{expected}"
    )


def test_where_a_function_copies_its_queue_is_asked(monkeypatch):
    more = 'replication = { engine = "lambda" }'
    found = (check("primary", True),)
    assert why(monkeypatch, found, Queue(7, None, 1), more=more).endswith(
        "7 changes waiting for the function that copies, 1 given up"
    )


LEGS_DOWN = (check("failover", False), check("primary", False, "Failure: 503"), check("secondary", True))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (LEGS_DOWN, "the health check of the primary is unhealthy (Failure: 503); DNS leads viewers to the secondary"),
        ((check("failover", True), check("secondary", False)), "the health check of the secondary is unhealthy"),
        ((check("failover", True), check("primary", True), check("secondary", None)), ""),
        (UserError("Route 53 is away"), ""),
    ],
)
def test_an_outage_is_what_the_checks_are_known_to_say(monkeypatch, found, expected):
    def look(*_):
        if isinstance(found, UserError):
            raise found
        return found

    monkeypatch.setattr(checks, "look", look)
    assert delays.outage(site(), ACCOUNT) == expected
