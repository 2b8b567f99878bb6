"""Buckets, their policies and replication, read back through S3 after a create, an update and a delete."""

import json

import pytest
from resources import error_code, own_tags, resource, tags

pytestmark = pytest.mark.embedded


def test_a_bucket_that_blocks_customers_keys_refuses_what_has_one(embedded, unique):
    name, blocked = unique("blocked"), {"EncryptionType": ["SSE-C"]}
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": blocked}
    encryption = {"ServerSideEncryptionConfiguration": [rule]}
    embedded.deploy({"B": resource("S3::Bucket", BucketName=name, BucketEncryption=encryption)}, region="eu-west-1")
    s3 = embedded.client("s3", "eu-west-1")
    (kept,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert kept["BlockedEncryptionTypes"] == blocked
    keyed = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    assert error_code(s3.put_object, Bucket=name, Key="a", Body=b"", **keyed) == "AccessDenied"
    assert error_code(s3.create_multipart_upload, Bucket=name, Key="a", **keyed) == "AccessDenied"
    s3.put_object(Bucket=name, Key="a", Body=b"")


def test_a_bucket_keeps_every_property_and_changes_them_in_place(embedded, unique):
    name, logs = unique("bucket"), unique("logs")
    embedded.deploy({"L": resource("S3::Bucket", BucketName=logs)}, region="eu-west-1")
    rule = {
        "Id": "noncurrent",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    whole = {
        "BucketName": name,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {
            "Rules": [
                rule,
                {"Id": "markers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True},
                {"Id": "old", "Status": "Enabled", "ExpirationInDays": 90, "Prefix": "logs/"},
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True},
        "LoggingConfiguration": {"DestinationBucketName": logs, "LogFilePrefix": "p/"},
        "WebsiteConfiguration": {"IndexDocument": "i.html", "ErrorDocument": "e.html"},
        "Tags": tags(site="assets"),
    }
    stack = embedded.deploy({"B": resource("S3::Bucket", **whole)}, region="eu-west-1")
    s3 = embedded.client("s3", "eu-west-1")
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    lifecycle = {r["ID"]: r for r in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    assert lifecycle["noncurrent"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert lifecycle["noncurrent"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert lifecycle["markers"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert (lifecycle["old"]["Expiration"], lifecycle["old"]["Filter"]) == ({"Days": 90}, {"Prefix": "logs/"})
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, False)
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"] == {"TargetBucket": logs, "TargetPrefix": "p/"}
    assert s3.get_bucket_website(Bucket=name)["ErrorDocument"] == {"Key": "e.html"}
    assert own_tags(s3.get_bucket_tagging(Bucket=name)["TagSet"]) == {"site": "assets"}

    rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": 5}
    changed = {"BucketName": name, "LifecycleConfiguration": {"Rules": [rule]}, "Tags": tags(site="other")}
    embedded.deploy({"B": resource("S3::Bucket", **changed)}, region="eu-west-1", name=stack)
    (left,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert left["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}
    assert own_tags(s3.get_bucket_tagging(Bucket=name)["TagSet"]) == {"site": "other"}
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    assert error_code(s3.get_bucket_website, Bucket=name) == "NoSuchWebsiteConfiguration"
    assert error_code(s3.get_public_access_block, Bucket=name) == "NoSuchPublicAccessBlockConfiguration"

    assert embedded.delete(stack, "eu-west-1") == "DELETE_COMPLETE"
    assert error_code(s3.head_bucket, Bucket=name) == "404"


def test_replication_rules_are_read_back_as_they_were_given(embedded, unique):
    source, destination = unique("source"), unique("destination")
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    embedded.deploy({"D": resource("S3::Bucket", BucketName=destination, **versioned)}, region="us-west-2")
    minutes = {"Minutes": 15}
    rule = {
        "Id": "to-us-west-2",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{destination}",
            "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
            "ReplicationTime": {"Status": "Enabled", "Time": minutes},
        },
    }
    role = "arn:aws:iam::123456789012:role/r"

    def bucket(rule):
        return {
            "S": resource(
                "S3::Bucket", BucketName=source, **versioned, ReplicationConfiguration={"Role": role, "Rules": [rule]}
            )
        }

    stack = embedded.deploy(bucket(rule))
    read = embedded.client("s3").get_bucket_replication
    expected = {("ID" if key == "Id" else key): value for key, value in rule.items()}
    assert read(Bucket=source)["ReplicationConfiguration"] == {"Role": role, "Rules": [expected]}
    embedded.deploy(bucket(rule | {"Status": "Disabled"}), name=stack)
    assert read(Bucket=source)["ReplicationConfiguration"]["Rules"][0]["Status"] == "Disabled"
    embedded.deploy({"S": resource("S3::Bucket", BucketName=source, **versioned)}, name=stack)
    assert error_code(read, Bucket=source) == "ReplicationConfigurationNotFoundError"


def test_a_bucket_policy_is_put_changed_and_removed(embedded, unique):
    name = unique("policied")
    bucket = resource("S3::Bucket", BucketName=name)

    def policy(action):
        deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{name}/*"}
        document = {"Version": "2012-10-17", "Statement": [deny]}
        return resource("S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument=document)

    stack = embedded.deploy({"B": bucket, "P": policy("s3:GetObject")})
    s3 = embedded.client("s3")
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Action"] == "s3:GetObject"
    embedded.deploy({"B": bucket, "P": policy("s3:PutObject")}, name=stack)
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Action"] == "s3:PutObject"
    embedded.deploy({"B": bucket}, name=stack)
    assert error_code(s3.get_bucket_policy, Bucket=name) == "NoSuchBucketPolicy"
