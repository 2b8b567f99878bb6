"""A site in another region pair, with its copies in an account of their own and a certificate that the app makes."""

import pytest
from foreign_apps import nag_findings, synthesized_stacks
from site_stacks import find


@pytest.fixture(scope="module")
def stacks():
    return synthesized_stacks("other_account")


def test_copies_are_in_the_other_account(stacks):
    places = {path: (stack.environment.account, stack.environment.region) for path, stack in stacks.items()}
    assert places["press/primary-ap-northeast-1"] == ("111111111111", "ap-northeast-1")
    assert places["press/replica-ap-northeast-3"] == ("222222222222", "ap-northeast-3")


def test_the_copies_belong_to_their_account_which_admits_the_role(stacks):
    sources = find(stacks["press/primary-ap-northeast-1"].template, "AWS::S3::Bucket")
    (rule,) = next(b for b in sources if "ReplicationConfiguration" in b)["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["Account"] == "222222222222"
    assert rule["Destination"]["AccessControlTranslation"] == {"Owner": "Destination"}
    assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}
    policies = find(stacks["press/replica-ap-northeast-3"].template, "AWS::S3::BucketPolicy")
    sids = {statement.get("Sid") for policy in policies for statement in policy["PolicyDocument"]["Statement"]}
    assert "ReplicationWrites" in sids


def test_the_distribution_has_the_certificate_that_sites_share(stacks):
    edge = stacks["press/edge-us-east-1"]
    (distribution,) = find(edge.template, "AWS::CloudFront::Distribution")
    arn = distribution["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"]
    assert "Certificates" in str(arn)
    assert find(edge.template, "AWS::CertificateManager::Certificate") == []
    assert "Certificates" in {each.id for each in edge.dependencies}


def test_all_stacks_of_the_site_are_protected_and_the_teams_own_is_not(stacks):
    assert {path for path, stack in stacks.items() if not stack.termination_protection} == {"Certificates"}


def test_cdk_nag_finds_nothing():
    assert nag_findings("other_account") == set()
