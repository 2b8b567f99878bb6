"""Whether the stacks are there, complete, protected and the site's own."""

import pytest
from fake_accounts import account, refusal
from sites import site

from s3_failover.config import StackRole
from s3_failover.operations.deployment import Deployment, Stack
from s3_failover.operations.doctor import examination, stacks

REGIONS = {StackRole.EDGE: "us-east-1", StackRole.PRIMARY: "eu-west-1"}
DISTRIBUTION = (("AWS::CloudFront::Distribution", "E2QWRUHAPOMQZL"),)
ID = 'distribution_id = "E2QWRUHAPOMQZL"'


def stack(role, status="CREATE_COMPLETE", region=None, **more):
    region = region or REGIONS.get(role, "eu-central-1")
    resources = DISTRIBUTION if role is StackRole.EDGE and status == "CREATE_COMPLETE" else ()
    return Stack(role, site().naming.stack(role, region), region, status, resources, **more)


def deployment(*found, more=""):
    looked_at = Deployment(site(more=more), account())
    vars(looked_at)["stacks"] = found
    return looked_at


def advised(*found, more=""):
    """What a person is told to write down, or None."""
    findings = list(stacks.protection(deployment(*found, more=more)))
    assert [each.id for each in findings] == ["DOCTOR-PROTECTION"] * bool(findings)
    return findings[0].remedy if findings else None


def test_complete_stacks_that_hold_content_or_records_are_to_be_protected():
    told = advised(stack(StackRole.WEBSITE), stack(StackRole.PRIMARY), stack(StackRole.EDGE))
    assert 'protected_regions = ["eu-central-1", "eu-west-1"]' in told
    assert ID in told
    assert "[sites.shop]" in told


@pytest.mark.parametrize("status", ["", "CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE"])
def test_a_stack_that_is_not_complete_is_not_to_be_protected_yet(status):
    assert advised(*(stack(role, status) for role in (StackRole.WEBSITE, StackRole.PRIMARY, StackRole.EDGE))) is None


@pytest.mark.parametrize(
    "role", [StackRole.ZONE, StackRole.HTTPS, StackRole.EXTERNAL, StackRole.ALARMS, StackRole.CLIENTS]
)
def test_stacks_that_are_made_again_as_they_were_need_no_protection(role):
    assert advised(stack(role), stack(StackRole.EDGE, ""), more=ID) is None


def test_what_is_written_down_already_stays_in_what_is_to_be_written():
    more = f'protected_regions = ["eu-west-1"]\n{ID}'
    told = advised(stack(StackRole.WEBSITE), stack(StackRole.PRIMARY), stack(StackRole.EDGE), more=more)
    assert 'protected_regions = ["eu-west-1", "eu-central-1"]' in told
    assert "distribution_id" not in told


def test_nothing_is_told_once_all_is_written_down():
    more = f'protected_regions = ["eu-west-1", "eu-central-1"]\n{ID}'
    assert advised(stack(StackRole.WEBSITE), stack(StackRole.PRIMARY), stack(StackRole.EDGE), more=more) is None


def test_a_stack_that_has_the_tag_of_another_hostname_is_left_alone():
    (finding,) = stacks.look(deployment(stack(StackRole.EDGE, owner="blog.example.com")))
    assert (finding.id, "belongs to blog.example.com" in finding.what) == ("DOCTOR-STACK", True)
    assert "deploy again" not in finding.remedy
    assert not list(stacks.look(deployment(stack(StackRole.EDGE, owner="shop.example.com"))))


class Buckets:
    """S3, as far as the existence of buckets goes."""

    def __init__(self, *names):
        self.names = names

    def head_bucket(self, Bucket, **_):  # noqa: N803
        if Bucket not in self.names:
            raise refusal("404", "HeadBucket", 404)


def test_a_missing_stack_adopts_the_buckets_that_it_left_behind():
    names = site().names("123456789012")
    logs = names.access_logs(StackRole.PRIMARY, "eu-west-1")
    looked_at = Deployment(site(), account(s3=Buckets(names.primary, logs)))
    vars(looked_at)["stacks"] = (stack(StackRole.PRIMARY, ""),)
    (finding,) = stacks.look(looked_at)
    assert f"{names.primary} and {logs}" in finding.remedy
    assert "--import-existing-resources" in finding.remedy


def test_a_log_bucket_of_somebody_else_is_not_adopted():
    of = site(more='existing = { log_buckets = { eu-west-1 = "logs" }, cdn_log_bucket = "logs" }')
    looked_at = Deployment(of, account(s3=Buckets("logs")))
    vars(looked_at)["stacks"] = (stack(StackRole.PRIMARY, ""), stack(StackRole.EDGE, ""))
    assert not [finding for finding in stacks.look(looked_at) if "--import-existing-resources" in finding.remedy]


@pytest.mark.parametrize(
    ("status", "commands"),
    [
        ("ROLLBACK_COMPLETE", ["npx cdk deploy --all"]),
        ("REVIEW_IN_PROGRESS", ["npx cdk deploy --all"]),
        ("ROLLBACK_FAILED", ["npx cdk deploy --all --import-existing-resources"]),
        ("DELETE_FAILED", ["delete-stack", "npx cdk deploy --all --import-existing-resources"]),
        ("UPDATE_ROLLBACK_FAILED", ["npx cdk rollback s3-failover-shop-example-com-edge-us-east-1"]),
        ("UPDATE_IN_PROGRESS", ["wait until it is over", "s3-failover doctor shop"]),
        ("UPDATE_ROLLBACK_COMPLETE", ["npx cdk deploy --all"]),
    ],
)
def test_every_status_has_the_commands_that_lead_out_of_it(status, commands):
    (finding,) = stacks.look(deployment(stack(StackRole.EDGE, status)))
    assert all(command in finding.remedy for command in commands)
    assert "--no-enable-termination-protection" not in finding.remedy


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"])
def test_protection_of_a_stack_that_must_go_is_lifted_first(status):
    (finding,) = stacks.look(deployment(stack(StackRole.EDGE, status, protected=True)))
    assert (
        "--no-enable-termination-protection --stack-name s3-failover-shop-example-com-edge-us-east-1" in finding.remedy
    )


def test_a_distribution_id_that_is_not_the_deployed_one():
    looked_at = deployment(stack(StackRole.EDGE), more='distribution_id = "E1OLD00000"')
    (finding,) = examination._distribution_id(looked_at)
    assert finding.id == "DOCTOR-DISTRIBUTION-ID"
    assert finding.what == "in the file is E1OLD00000, deployed is E2QWRUHAPOMQZL"
    assert not list(examination._distribution_id(deployment(stack(StackRole.EDGE), more=ID)))
    assert not list(examination._distribution_id(deployment(stack(StackRole.EDGE, ""), more=ID)))


class Regions:
    """The account's regions, and CloudFormation with stacks in each of them."""

    def __init__(self, *stacks):
        self.page = {
            "Regions": [{"RegionName": "us-east-2", "RegionOptStatus": "ENABLED_BY_DEFAULT"}],
            "Stacks": list(stacks),
        }

    def get_paginator(self, _):
        return self

    def paginate(self):
        return [self.page]


def test_a_stack_of_the_site_that_left_the_file():
    name = site().naming.stack(StackRole.WEBSITE, "us-east-2")
    tags = [{"Key": "s3-failover:site", "Value": "shop.example.com"}]
    regions = Regions({"StackName": name, "StackStatus": "CREATE_COMPLETE", "Tags": tags})
    (finding,) = examination._left_over(Deployment(site(), account(account=regions, cloudformation=regions)))
    assert (finding.id, finding.where) == ("DOCTOR-LEFT-OVER", f"{name} in us-east-2")


class Blocked:
    """S3 Control of an account that forbids public buckets."""

    def get_public_access_block(self, **_):
        return {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}


def test_an_account_that_forbids_the_website():
    (finding,) = examination._public_access(Deployment(site(), account(s3control=Blocked())))
    assert (finding.id, finding.severity.value) == ("DOCTOR-PUBLIC-ACCESS", "critical")
    https = site(more='secondary = { type = "https" }')
    assert not list(examination._public_access(Deployment(https, account(s3control=Blocked()))))
