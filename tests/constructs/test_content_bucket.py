import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from cdk_templates import new_stack, properties, resource, statements, text

from s3_failover_constructs import (
    AccessLogBucket,
    ContentBucket,
    ContentKey,
    PrimaryBucket,
    PublicZone,
    ReplicaBucket,
    WebsiteReplicaBucket,
)


def test_content_is_versioned_encrypted_private_and_kept_when_the_stack_goes():
    stack = new_stack()
    ContentBucket(stack, "Content", bucket_name="content")
    bucket = resource(stack, "AWS::S3::Bucket")
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_uploads_with_a_customers_key_are_refused():
    stack = new_stack()
    ContentBucket(stack, "Content", bucket_name="content")
    (rule,) = properties(stack, "AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


def test_old_versions_stale_delete_markers_and_incomplete_uploads_expire():
    stack = new_stack()
    ContentBucket(stack, "Content", bucket_name="content", noncurrent_version_expiration=Duration.days(3))
    rules = {rule["Id"]: rule for rule in properties(stack, "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]}
    assert rules["expire-noncurrent-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 3}
    assert rules["expire-stale-delete-markers"]["ExpiredObjectDeleteMarker"] is True
    assert rules["abort-incomplete-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}
    assert not any("ExpirationInDays" in rule for rule in rules.values()), "current content must never expire"


def test_requests_without_tls_are_denied():
    stack = new_stack()
    ContentBucket(stack, "Content", bucket_name="content")
    (statement,) = statements(stack).values()
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nobody_may_delete_protected_keys():
    stack = new_stack()
    ContentBucket(stack, "Content", bucket_name="content", protected_keys=["health.txt", "b"])
    statement = statements(stack)["KeepProtectedKeys"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert statement["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert sorted(text(r).split(".Arn>")[1] for r in statement["Resource"]) == ["/b", "/health.txt"]


KINDS = {
    AccessLogBucket: {},
    ContentBucket: {},
    ContentKey: {"alias": "alias/site"},
    PrimaryBucket: {},
    PublicZone: {"zone_name": "example.com"},
    ReplicaBucket: {},
    WebsiteReplicaBucket: {"hostname": "www.example.com"},
}


def deletion(kind, **options):
    stack = new_stack()
    kind(stack, "It", **KINDS[kind], **options)
    found = Template.from_stack(stack).to_json()["Resources"].values()
    kinds = ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Route53::HostedZone")
    return {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in found if each["Type"] in kinds}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_holds_something_is_kept_unless_one_chooses_otherwise(kind):
    assert deletion(kind) == {("RetainExceptOnCreate", "Retain")}
    assert deletion(kind, removal_policy=RemovalPolicy.DESTROY) == {("Delete", "Delete")}
    with pytest.raises(
        ValueError, match=r"^removal_policy: got 'SNAPSHOT', expected another policy; nothing here can be"
    ):
        deletion(kind, removal_policy=RemovalPolicy.SNAPSHOT)


def test_logs_go_to_a_bucket_of_the_users_as_it_is():
    stack = new_stack()
    ContentBucket(stack, "It", access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "our-logs"))
    (found,) = Template.from_stack(stack).find_resources("AWS::S3::Bucket").values()
    assert found["Properties"]["LoggingConfiguration"] == {
        "DestinationBucketName": "our-logs",
        "LogFilePrefix": "bucket/",
    }


@pytest.mark.parametrize("kind", [ContentBucket, PrimaryBucket, ReplicaBucket], ids=lambda kind: kind.__name__)
def test_cloudformation_names_a_bucket_that_has_no_name(kind):
    stack = new_stack()
    kind(stack, "It", access_logs=AccessLogBucket(stack, "Logs"))
    found = Template.from_stack(stack).find_resources("AWS::S3::Bucket").values()
    assert not any("BucketName" in each["Properties"] for each in found)
