"""Replicas in another account: what each account's stacks hold, and that they name each other."""

import json

import pytest
from cdk_templates import new_app, text
from site_stacks import add_site, synthesized
from sites import site

from s3_failover.operations import publish, verify
from s3_failover.operations.account import Account

HERE, THERE = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HERE}:role/s3-failover-shop-example-com-replication-eu-west-1"
BASIC = f'account = "{HERE}"\nreplica_account = "{THERE}"\n'
KEYS = 'encryption = "kms"\nsecondary = { type = "external", hostname = "shop.cdn.example.net" }\nclients = {}\n'


def stacks(more="", **options):
    return synthesized(site(more=BASIC + more, **{"replicas": 2, "mode": "hybrid", **options}))


def find(stack, kind):
    return [r["Properties"] for r in stack.template["Resources"].values() if r["Type"] == kind]


def statements(stack, kind="AWS::S3::BucketPolicy", document="PolicyDocument"):
    return {s.get("Sid"): s for each in find(stack, kind) for s in each[document]["Statement"]}


def test_replicas_are_in_their_account_and_everything_else_in_the_sites():
    accounts = {name: stack.environment.account for name, stack in stacks().items()}
    assert accounts == {
        "website-eu-central-1": THERE,
        "replica-ap-south-1": THERE,
        "primary-eu-west-1": HERE,
        "evacuation-eu-central-1": HERE,
        "edge-us-east-1": HERE,
        "alarms-eu-west-1": HERE,
        "alarms-eu-central-1": HERE,
        "alarms-ap-south-1": HERE,
        "dashboard-eu-central-1": HERE,
    }


def test_what_another_cdn_needs_is_in_the_account_of_the_bucket_that_it_reads():
    accounts = {name: stack.environment.account for name, stack in stacks(KEYS).items()}
    assert {name for name, account in accounts.items() if account == THERE} == {
        "replica-eu-central-1",
        "replica-ap-south-1",
        "external-eu-central-1",
    }


def test_names_bear_the_account_that_owns_the_bucket():
    found = {b["BucketName"] for stack in stacks().values() for b in find(stack, "AWS::S3::Bucket")}
    assert f"shop-example-com-replica-{THERE}-ap-south-1" in found
    assert f"shop-example-com-websitelogs-{THERE}-eu-central-1" in found
    assert f"shop-example-com-replicalogs-{THERE}-ap-south-1" in found
    assert f"shop-example-com-primary-{HERE}-eu-west-1" in found
    assert f"shop-example-com-primarylogs-{HERE}-eu-west-1" in found


def test_rules_hand_the_copies_over_to_the_account_that_holds_them():
    primary = stacks()["primary-eu-west-1"]
    (source,) = [b for b in find(primary, "AWS::S3::Bucket") if "ReplicationConfiguration" in b]
    for rule in source["ReplicationConfiguration"]["Rules"]:
        assert rule["Destination"]["Account"] == THERE
        assert rule["Destination"]["AccessControlTranslation"] == {"Owner": "Destination"}
    assert "s3:ObjectOwnerOverrideToBucketOwner" in statements(primary, "AWS::IAM::Policy")["WriteReplicas"]["Action"]


def test_replica_admits_the_one_role_of_the_other_account_by_a_condition_as_the_role_comes_later():
    found = stacks()
    roles = [role.get("RoleName") for role in find(found["primary-eu-west-1"], "AWS::IAM::Role")]
    assert ROLE.rpartition("/")[2] in roles
    for name in ("website-eu-central-1", "replica-ap-south-1"):
        admitted = statements(found[name])["ReplicationWrites"]
        assert admitted["Principal"] == {"AWS": f"arn:aws:iam::{HERE}:root"}
        assert admitted["Condition"] == {"ArnEquals": {"aws:PrincipalArn": ROLE}}


def test_first_replica_admits_the_distributions_of_the_sites_account():
    admitted = statements(stacks()["website-eu-central-1"])["DistributionReads"]
    source = text(admitted["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source.endswith(f":cloudfront::{HERE}:distribution/*")


def test_lag_alarms_are_where_s3_publishes_to_the_account_that_has_the_rules():
    found = stacks()
    assert find(found["replica-ap-south-1"], "AWS::CloudWatch::Alarm") == []
    alarms = find(found["alarms-ap-south-1"], "AWS::CloudWatch::Alarm")
    dimensions = {d["Name"]: d["Value"] for d in alarms[0]["Dimensions"]}
    assert dimensions["DestinationBucket"] == f"shop-example-com-replica-{THERE}-ap-south-1"
    assert dimensions["SourceBucket"] == f"shop-example-com-primary-{HERE}-eu-west-1"


def test_keys_admit_the_role_the_distributions_and_the_clients_of_the_sites_account():
    keyed = statements(stacks(KEYS)["replica-eu-central-1"], "AWS::KMS::Key", "KeyPolicy")
    assert keyed["ReplicationEncrypts"]["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": ROLE},
        "StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"},
    }
    assert HERE in text(keyed["DistributionDecrypts"]["Condition"]["ArnLike"]["aws:SourceArn"])
    assert keyed["SiteAccountDecrypts"]["Principal"] == {"AWS": f"arn:aws:iam::{HERE}:root"}


def test_role_uses_keys_of_the_other_account():
    policy = statements(stacks(KEYS)["primary-eu-west-1"], "AWS::IAM::Policy")["EncryptReplicas"]
    assert [text(each).partition(":kms:")[2] for each in policy["Resource"]] == [
        f"{region}:{THERE}:key/*" for region in ("eu-central-1", "ap-south-1")
    ]


@pytest.mark.parametrize("more", ["", "clients = {}"])
def test_copies_are_readable_for_the_sites_account_as_far_as_its_commands_ask(more):
    """Without the other account's consent no policy of one's own is enough to compare copies or see them arrive."""
    admitted = statements(stacks(more)["replica-ap-south-1"])
    given = {*admitted["SiteAccountReads"]["Action"], *admitted["SiteAccountLists"]["Action"]}
    there = site(more=BASIC + more, replicas=2)
    account = Account(HERE, lambda service, region: None)
    asked = {
        action
        for each in publish.policy(there, account)["Statement"] + verify.policy(there, account)["Statement"]
        if any(f"replica-{THERE}-" in resource for resource in each["Resource"])
        for action in each["Action"]
    }
    assert asked
    assert asked == given


def test_nothing_of_another_account_is_named_without_one():
    app = new_app()
    add_site(app, site(replicas=2, mode="hybrid", more=f'account = "{HERE}"'))
    for stack in app.synth().stacks:
        assert THERE not in json.dumps(stack.template)
        assert "ReplicationWrites" not in json.dumps(stack.template)
