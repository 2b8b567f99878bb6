"""Block Public Access of the account before a deployment."""

import pytest
from fake_accounts import ACCOUNT, refusal
from preflight_ground import APART, EXTERNAL, HTTPS, findings, ground, ids, stack
from sites import site

from s3_failover.config import StackRole
from s3_failover.operations.findings import Severity
from s3_failover.operations.preflight import (
    apart,
    buckets,
    public_access,
)


class Control:
    """S3 Control with settings of the account."""

    def __init__(self, **on):
        self.on = on

    def get_public_access_block(self, AccountId):  # noqa: N803
        if not self.on:
            raise refusal("NoSuchPublicAccessBlockConfiguration", "GetPublicAccessBlock", 404)
        return {"PublicAccessBlockConfiguration": self.on}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"BlockPublicAcls": True, "IgnorePublicAcls": True}, []),
        ({"BlockPublicPolicy": True}, ["has BlockPublicPolicy on, expected off"]),
        ({"RestrictPublicBuckets": True, "BlockPublicPolicy": False}, ["has RestrictPublicBuckets on, expected off"]),
    ],
)
def test_block_public_access_of_the_account_forbids_a_website(settings, found):
    told = findings(public_access, ground(s3control=Control(**settings)))
    assert [each.what for each in told] == found
    assert all(f"--account-id {ACCOUNT}" in each.remedy for each in told)


@pytest.mark.parametrize("more", [HTTPS, EXTERNAL, APART])
def test_block_public_access_is_not_asked_where_no_bucket_of_the_account_is_public(more):
    assert ids(public_access, ground(site(more=more))) == []


def test_an_account_that_holds_the_replicas_cannot_be_asked():
    of = site(more=APART)
    (finding,) = findings(apart, ground(of))
    assert finding.severity is Severity.UNKNOWN
    assert "aws s3control get-public-access-block --account-id 222222222222 --region eu-central-1" in finding.remedy
    assert "aws ssm get-parameter --name /cdk-bootstrap/hnb659fds/version --region eu-central-1" in finding.remedy
    assert ids(apart, ground(of, stacks=[stack(StackRole.PRIMARY, "eu-west-1", of=of)])) == []
    assert not [each for each in buckets.wanted(of, ACCOUNT) if each.name == "shop.example.com"]
