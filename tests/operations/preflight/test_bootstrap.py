"""Bootstraps of the CDK before a deployment."""

import pytest
from fake_accounts import ACCOUNT, refusal
from preflight_ground import Paged, findings, ground, ids
from sites import site

from s3_failover.operations.preflight import (
    bootstrap,
)
from s3_failover.operations.preflight.ground import PreflightPlan


@pytest.mark.parametrize(("version", "what"), [("5", "has version 5"), ("many", "has version 0"), (None, "is missing")])
def test_a_bootstrap_that_is_missing_or_old(version, what):
    missing = refusal("ParameterNotFound", "GetParameter")
    ssm = Paged(get_parameter={"Parameter": {"Value": version}} if version else missing)
    found = findings(bootstrap, ground(ssm=ssm))
    assert [each.where.rpartition(" ")[2] for each in found] == ["eu-west-1", "eu-central-1", "us-east-1"]
    assert found[0].what == f"{what}, expected version 6 or newer"
    assert found[0].remedy == f"`npx cdk bootstrap aws://{ACCOUNT}/eu-west-1`"


def test_a_bootstrap_with_a_qualifier_of_its_own():
    ssm = Paged(get_parameter=refusal("ParameterNotFound", "GetParameter"))
    plan = PreflightPlan(site(), qualifier="mine")
    assert findings(bootstrap, ground(plan=plan, ssm=ssm))[0].remedy.endswith("/eu-west-1 --qualifier mine`")
    (look, *_) = bootstrap.looks(ground(plan=plan, ssm=ssm))
    assert look.needs[0]["Resource"][0].endswith("parameter/cdk-bootstrap/mine/version")
    assert ids(bootstrap, ground(ssm=Paged(get_parameter={"Parameter": {"Value": "6"}}))) == []
