"""Logical ids of what holds data or is attached elsewhere. Changing one replaces the resource: here that takes a deliberate edit."""

from cdk_templates import new_app
from sites import site

from stacks.site import add_site

PINNED = {
    "s3-failover-shop-example-com-replica-eu-central-1": {"AccessLogsBucketCD784A59", "ReplicaContentBucketC075FE01"},
    "s3-failover-shop-example-com-replica-ap-south-1": {"AccessLogsBucketCD784A59", "ReplicaContentBucketC075FE01"},
    "s3-failover-shop-example-com-primary-eu-west-1": {
        "AccessLogsBucketCD784A59",
        "PrimaryContentBucket24BF02F4",
        "HealthObject14C584B9",
    },
    "s3-failover-shop-example-com-edge-us-east-1": {"AccessLogsBucketCD784A59", "Distribution20DB6340"},
    "s3-failover-shop-example-com-clients-ap-south-1": {"PolicyF0963E5B"},
}
STATEFUL = (
    "AWS::S3::Bucket",
    "AWS::CloudFront::Distribution",
    "Custom::HealthObject",
    # Roles of hosts hold on to it.
    "AWS::IAM::ManagedPolicy",
)


def stacks():
    app = new_app()
    add_site(app, site(replicas=2, more="clients = {}"))
    return app.synth().stacks


def test_logical_ids_of_stateful_resources_stay_as_they_are():
    found = {
        stack.stack_name: {k for k, r in stack.template["Resources"].items() if r["Type"] in STATEFUL}
        for stack in stacks()
    }
    assert found == PINNED


def test_every_bucket_is_kept_when_its_stack_goes():
    for stack in stacks():
        for name, resource in stack.template["Resources"].items():
            if resource["Type"] == "AWS::S3::Bucket":
                kept = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
                assert kept == ("Retain", "Retain"), name


def test_every_bucket_has_a_fixed_name():
    for stack in stacks():
        for name, resource in stack.template["Resources"].items():
            if resource["Type"] == "AWS::S3::Bucket":
                assert "BucketName" in resource["Properties"], name
