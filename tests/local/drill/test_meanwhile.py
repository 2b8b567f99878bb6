import threading

import pytest

from breakable_aws.errors import BreakableError
from s3_failover.errors import UserError
from s3_failover.local.drill.meanwhile import DeploymentMeanwhile

LOST = "cdk deploy failed with exit code 1; it printed:\n  shop-website-eu-central-1:  read ECONNRESET\n  TimeoutError"


def deployed(*outcomes):
    """What is expected of two deployments that end like this: with an error, or well."""
    left = list(outcomes)

    def deploy():
        outcome = left.pop(0)
        if outcome is not None:
            raise outcome

    deployment = DeploymentMeanwhile(deploy, {"eu-central-1"})
    deployment.begin()
    return [(each.held, each.seen) for each in deployment.again()]


def test_a_deployment_that_fails_names_the_region_and_the_next_one_succeeds():
    assert deployed(BreakableError(LOST), None) == [
        (True, "shop-website-eu-central-1: read ECONNRESET"),
        (True, "it did"),
    ]


@pytest.mark.parametrize(
    ("outcomes", "seen"),
    [
        ((None, None), [(False, "it succeeded"), (True, "it did")]),
        ((UserError("no cdk.json"), None), [(False, "no cdk.json"), (True, "it did")]),
        (
            (BreakableError(LOST), BreakableError(LOST)),
            [(True, "shop-website-eu-central-1: read ECONNRESET"), (False, "TimeoutError")],
        ),
    ],
)
def test_what_is_not_as_expected_is_told(outcomes, seen):
    assert deployed(*outcomes) == seen


def test_a_deployment_is_not_over_while_it_goes_on():
    go = threading.Event()
    deployment = DeploymentMeanwhile(go.wait, {"eu-central-1"})
    deployment.begin()
    assert not deployment.over
    go.set()
    assert [each.held for each in deployment.again()] == [False, True]
    assert deployment.over
