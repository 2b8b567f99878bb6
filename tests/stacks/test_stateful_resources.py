"""Logical ids of what holds data or is attached elsewhere. Changing one replaces the resource: here that takes a deliberate edit."""

import pytest
from site_stacks import synthesized
from sites import site

REPLICA = {"AccessLogsBucketCD784A59", "ReplicaContentBucketC075FE01"}
PRIMARY = {"AccessLogsBucketCD784A59", "PrimaryContentBucket24BF02F4", "HealthObject14C584B9"}
KEY = "ContentKey2C34A27E"
SWITCH = "SwitchBucket66C83C10"
COMMON = {
    "s3-failover-shop-example-com-evacuation-eu-central-1": {SWITCH},
    "s3-failover-shop-example-com-edge-us-east-1": {"AccessLogsBucketCD784A59", "Distribution20DB6340"},
    "s3-failover-shop-example-com-clients-ap-south-1": {"PolicyF0963E5B"},
    "s3-failover-shop-example-com-alarms-eu-west-1": set(),
    "s3-failover-shop-example-com-alarms-eu-central-1": set(),
    "s3-failover-shop-example-com-alarms-ap-south-1": set(),
    "s3-failover-shop-example-com-dashboard-eu-central-1": set(),
}
KEYED = {
    "s3-failover-shop-example-com-primary-eu-west-1": {*PRIMARY, KEY},
    "s3-failover-shop-example-com-replica-eu-central-1": {*REPLICA, KEY},
    "s3-failover-shop-example-com-replica-ap-south-1": {*REPLICA, KEY},
}
PINNED = {
    "website": COMMON
    | {
        "s3-failover-shop-example-com-primary-eu-west-1": PRIMARY,
        "s3-failover-shop-example-com-website-eu-central-1": REPLICA,
        "s3-failover-shop-example-com-replica-ap-south-1": REPLICA,
        "s3-failover-shop-example-com-zone-us-east-1": {"Zone2A4024A4"},
    },
    "https": COMMON | KEYED | {"s3-failover-shop-example-com-https-eu-central-1": set()},
    "external": COMMON | KEYED | {"s3-failover-shop-example-com-external-eu-central-1": {"OriginPolicy369998EE"}},
}
SITES = {
    "website": {"zone": 'name = "example.com", create = true', "more": "clients = {}"},
    "https": {"more": 'encryption = "kms"\nsecondary = { type = "https" }\nclients = {}'},
    "external": {
        "more": 'encryption = "kms"\nsecondary = { type = "external", hostname = "shop.cdn.example.net" }\nclients = {}'
    },
}
STATEFUL = (
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::Route53::HostedZone",
    "AWS::CloudFront::Distribution",
    "Custom::HealthObject",
    # Roles of hosts and users of another CDN hold on to them.
    "AWS::IAM::ManagedPolicy",
)


def stacks(secondary):
    return tuple(synthesized(site(replicas=2, **SITES[secondary])).values())


def is_stateful(resource):
    # The key of a topic encrypts nothing that is kept.
    is_of_topic = resource["Type"] == "AWS::KMS::Key" and resource["DeletionPolicy"] == "Delete"
    return resource["Type"] in STATEFUL and not is_of_topic


@pytest.mark.parametrize("secondary", SITES)
def test_logical_ids_of_stateful_resources_stay_as_they_are(secondary):
    found = {
        stack.stack_name: {k for k, r in stack.template["Resources"].items() if is_stateful(r)}
        for stack in stacks(secondary)
    }
    assert found == PINNED[secondary]


@pytest.mark.parametrize("secondary", SITES)
@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Route53::HostedZone"])
def test_what_holds_data_is_kept_when_its_stack_goes_and_goes_where_its_creation_fails(secondary, kind):
    for stack in stacks(secondary):
        for name, resource in stack.template["Resources"].items():
            # The switch holds nothing but who is evacuated now.
            if resource["Type"] == kind and is_stateful(resource) and name != SWITCH:
                kept = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
                assert kept == ("RetainExceptOnCreate", "Retain"), name


@pytest.mark.parametrize("secondary", SITES)
def test_every_bucket_has_a_fixed_name(secondary):
    for stack in stacks(secondary):
        for name, resource in stack.template["Resources"].items():
            if resource["Type"] == "AWS::S3::Bucket":
                assert "BucketName" in resource["Properties"], name
