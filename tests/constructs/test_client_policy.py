import itertools
import json

import pytest
from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, properties, text

from s3_failover_constructs import ClientPolicy


def policy(*names, **options):
    stack = new_stack("us-east-2")
    buckets = [
        s3.Bucket.from_bucket_attributes(stack, name, bucket_name=name, region=region)
        for name, region in zip(names, itertools.cycle(["ap-southeast-2", "eu-west-1"]), strict=False)
    ]
    ClientPolicy(stack, "Policy", buckets=buckets, **{"metrics_region": "us-east-2", **options})
    return properties(stack, "AWS::IAM::ManagedPolicy")


def statements(found):
    return {s["Sid"]: {**s, "Resource": text(s["Resource"])} for s in found["PolicyDocument"]["Statement"]}


def test_a_host_may_read_every_copy_and_its_versions():
    read = statements(policy("one", "two"))["ReadObjects"]
    assert read["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert read["Resource"] == "arn:aws:s3:::one/*,arn:aws:s3:::two/*"


def test_a_host_may_list_so_that_a_missing_key_is_404_and_not_403():
    listing = statements(policy("one", "two"))["TellMissingFromDenied"]
    assert listing["Action"] == "s3:ListBucket"
    assert listing["Resource"] == "arn:aws:s3:::one,arn:aws:s3:::two"


def test_a_host_may_publish_in_one_namespace_of_one_region():
    publish = statements(policy("one", namespace="Own"))["PublishGauges"]
    assert publish["Action"] == "cloudwatch:PutMetricData"
    assert publish["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Own", "aws:RequestedRegion": "us-east-2"}}


def test_a_host_may_do_nothing_else():
    found = statements(policy("one")).values()
    assert len(found) == 3
    assert {statement["Effect"] for statement in found} == {"Allow"}


def test_a_host_may_decrypt_what_s3_has_encrypted_with_the_sites_keys():
    decrypt = statements(policy("one", "two", key_alias="alias/site"))["DecryptObjects"]
    assert decrypt["Action"] == "kms:Decrypt"
    regions = {arn.split(":")[3] for arn in decrypt["Resource"].replace("<AWS::Partition>", "aws").split(",")}
    assert regions == {"ap-southeast-2", "eu-west-1"}
    assert decrypt["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/site"},
        "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
    }


def test_nothing_that_would_replace_an_attached_policy_depends_on_anything():
    assert policy("one").keys() == {"Description", "PolicyDocument"}
    assert policy("one")["Description"] == policy("two", "three", namespace="Own")["Description"]


def test_a_site_with_25_replicas_fits_into_a_managed_policy():
    names = [f"{'x' * 61}{number:02}" for number in range(26)]
    # IAM counts characters without white space (IAM User Guide, reference_iam-quotas).
    assert len(json.dumps(policy(*names)["PolicyDocument"], separators=(",", ":"))) < 6144


def test_fails_without_buckets():
    with pytest.raises(ValueError, match=r"^buckets: got \[\], expected at least one; name the copies"):
        policy()
