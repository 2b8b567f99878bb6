"""What an outage adds to the error of a command that it stops."""

import pytest
from sites import site

from s3_failover.cli import outage
from s3_failover.cli.target import Target
from s3_failover.errors import UserError
from s3_failover.operations import delays
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import DeniedError, UnavailableError

TARGET = Target(site(), Account("123456789012", lambda service, region: None))
DOWN = "the health check of the primary is unhealthy"


def failed(monkeypatch, error, known):
    monkeypatch.setattr(delays, "outage", lambda *_: known)
    with pytest.raises(UserError) as caught, outage.named(TARGET):
        raise error
    return caught.value


@pytest.mark.parametrize("kind", [DeniedError, UnavailableError])
def test_a_leg_that_is_down_is_named_beside_what_failed(monkeypatch, kind):
    error = failed(monkeypatch, kind("cannot list shop"), DOWN)
    assert str(error) == f"cannot list shop; {DOWN}"
    assert error.exit_code == 1


@pytest.mark.parametrize(("error", "known"), [(UnavailableError("cannot list"), ""), (UserError("no such site"), DOWN)])
def test_what_no_outage_explains_stays_as_it_is(monkeypatch, error, known):
    assert failed(monkeypatch, error, known) is error
