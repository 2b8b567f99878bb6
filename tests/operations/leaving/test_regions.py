"""Which regions are lost, and where a new primary goes."""

from types import SimpleNamespace

import pytest
import sites
from botocore.exceptions import EndpointConnectionError
from fake_accounts import ACCOUNT, refusal

from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions
from s3_failover.operations.account import Account
from s3_failover.operations.leaving import regions
from s3_failover.operations.preflight import bootstrap
from s3_failover.operations.refusals import UnavailableError

SITE = sites.site()
SILENT = EndpointConnectionError(endpoint_url="x")


def raising(error):
    def call(**_):
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SILENT, {"eu-west-1"}),
        (refusal("503", "HeadBucket", 503), {"eu-west-1"}),
        (refusal("403", "HeadBucket", 403), set()),
        (refusal("404", "HeadBucket", 404), set()),
    ],
)
def test_a_region_is_lost_that_does_not_answer(error, expected):
    answering = SimpleNamespace(head_bucket=lambda **_: {})
    failing = SimpleNamespace(head_bucket=raising(error))
    account = Account(ACCOUNT, lambda _, region: failing if region == "eu-west-1" else answering)
    assert regions.lost(SITE, account) == expected


def test_the_control_planes_are_those_of_iam_cloudformation_and_cloudfront():
    calls = ("list_roles", "list_stacks", "list_distributions")
    well = {each: lambda **_: {"": ""} for each in calls}
    assert regions.control_planes(Account(ACCOUNT, lambda *_: SimpleNamespace(**well))) is None
    for each in calls:
        sick = SimpleNamespace(**well | {each: raising(SILENT)})
        assert isinstance(regions.control_planes(Account(ACCOUNT, lambda *_, sick=sick: sick)), UnavailableError)
    denied = SimpleNamespace(**dict.fromkeys(calls, raising(refusal("AccessDenied", "ListRoles", 403))))
    assert regions.control_planes(Account(ACCOUNT, lambda *_: denied)) is None


@pytest.fixture
def choose(monkeypatch):
    """Chooses among enabled regions, of which some are bootstrapped and some do not answer."""

    def chosen(enabled, ready=(), silent=()):
        def version(account, region, qualifier):
            if region in silent:
                raise UnavailableError("no answer")
            return bootstrap.OLDEST if region in ready else None

        monkeypatch.setattr(enabled_regions, "of", lambda *_, **__: frozenset(enabled))
        monkeypatch.setattr(bootstrap, "version", version)
        return regions.choose(SITE, Account(ACCOUNT, None), "q", left="eu-west-1", unfit={"eu-west-1"})

    return chosen


EU = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1", "us-west-2")


@pytest.mark.parametrize(
    ("enabled", "more", "expected"),
    [
        (EU, {}, "eu-north-1"),
        (EU, {"ready": ["eu-west-2"]}, "eu-west-2"),
        (EU, {"silent": ["eu-north-1"]}, "eu-west-2"),
        (("eu-west-1", "eu-central-1", "us-east-1", "us-west-2"), {}, "us-west-2"),
        (("eu-west-1", "eu-central-1", "us-east-1"), {}, "us-east-1"),
    ],
)
def test_a_region_near_the_lost_one_that_is_bootstrapped_and_answers_is_chosen(choose, enabled, more, expected):
    found = choose(enabled, **more)
    assert (found.left, found.to) == ("eu-west-1", expected)
    assert ("in eu-, as eu-west-1 is" in found.why) == expected.startswith("eu-")
    assert ("no region of these is bootstrapped" in found.why) == ("ready" not in more)


@pytest.mark.parametrize("enabled", [("eu-west-1", "eu-central-1"), EU])
def test_without_a_free_region_that_answers_one_must_be_named(choose, enabled):
    with pytest.raises(UserError, match="name one with --region"):
        choose(enabled, silent=EU)
