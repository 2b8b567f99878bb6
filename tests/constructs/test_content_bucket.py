from aws_cdk import Duration
from cdk_templates import new_stack, properties, resource, statements, text

from s3_failover_constructs import ContentBucket


def test_content_is_versioned_encrypted_private_and_kept_when_the_stack_goes():
    stack = new_stack()
    ContentBucket(stack, "Content", bucket_name="content")
    bucket = resource(stack, "AWS::S3::Bucket")
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


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
