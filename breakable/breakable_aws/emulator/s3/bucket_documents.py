"""The XML documents of the S3 API: the properties of AWS::S3::Bucket as such, and what is in them."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from breakable_aws.emulator.xml_documents import document

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
"""The namespace of every S3 document."""

Properties = Mapping[str, Any]


def versioning(configuration: Properties) -> bytes:
    """Return the body of PutBucketVersioning."""
    return _document("VersioningConfiguration", {"Status": configuration["Status"]})


def encryption(configuration: Properties) -> bytes:
    """Return the body of PutBucketEncryption."""
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": _default_encryption(rule.get("ServerSideEncryptionByDefault")),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
            "BlockedEncryptionTypes": rule.get("BlockedEncryptionTypes"),
        }
        for rule in configuration["ServerSideEncryptionConfiguration"]
    ]
    return _document("ServerSideEncryptionConfiguration", {"Rule": rules})


def _default_encryption(given: Properties | None) -> Properties | None:
    """Return the default encryption, with the account's S3 key where KMS is asked for and no key is named.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html`.
    """
    if given and given["SSEAlgorithm"].startswith("aws:kms") and "KMSMasterKeyID" not in given:
        return {**given, "KMSMasterKeyID": "alias/aws/s3"}
    return given


def ownership(configuration: Properties) -> bytes:
    """Return the body of PutBucketOwnershipControls."""
    return _document("OwnershipControls", {"Rule": configuration["Rules"]})


def tagging(tags: Sequence[Properties]) -> bytes:
    """Return the body of PutBucketTagging."""
    return _document("Tagging", {"TagSet": {"Tag": [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]}})


def logging(configuration: Properties) -> bytes:
    """Return the body of PutBucketLogging; without a destination it switches logging off."""
    target = configuration.get("DestinationBucketName")
    if not target:
        return _document("BucketLoggingStatus", {})
    enabled = {
        "TargetBucket": target,
        "TargetPrefix": configuration.get("LogFilePrefix", ""),
        "TargetObjectKeyFormat": configuration.get("TargetObjectKeyFormat"),
    }
    return _document("BucketLoggingStatus", {"LoggingEnabled": enabled})


def lifecycle(configuration: Properties) -> bytes:
    """Return the body of PutBucketLifecycleConfiguration."""
    return _document("LifecycleConfiguration", {"Rule": [_lifecycle_rule(rule) for rule in configuration["Rules"]]})


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent is None and "NoncurrentVersionExpirationInDays" in rule:
        noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    return {
        "ID": rule.get("Id"),
        "Filter": {"Prefix": rule.get("Prefix", "")},
        "Status": rule["Status"],
        "Expiration": _expiration(rule),
        "NoncurrentVersionExpiration": noncurrent,
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
    }


def _expiration(rule: Properties) -> dict[str, Any] | None:
    if "ExpirationInDays" in rule and "ExpiredObjectDeleteMarker" in rule:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html
        raise ValueError("InvalidRequest: a lifecycle rule has ExpirationInDays or ExpiredObjectDeleteMarker, not both")
    if "ExpirationInDays" in rule:
        return {"Days": rule["ExpirationInDays"]}
    if "ExpiredObjectDeleteMarker" in rule:
        return {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    return None


def replication(configuration: Properties) -> bytes:
    """Return the body of PutBucketReplication."""
    rules = [_replication_rule(rule) for rule in configuration["Rules"]]
    return _document("ReplicationConfiguration", {"Role": configuration["Role"], "Rule": rules})


def _replication_rule(rule: Properties) -> dict[str, Any]:
    document = {("ID" if name == "Id" else name): value for name, value in rule.items()}
    if "Filter" in rule:
        document["Filter"] = _replication_filter(rule["Filter"])
    return document


def _replication_filter(given: Properties) -> dict[str, Any]:
    if "And" in given:
        both = given["And"]
        return {"And": {"Prefix": both.get("Prefix"), "Tag": both.get("TagFilters", [])}}
    if "TagFilter" in given:
        return {"Tag": given["TagFilter"]}
    return {"Prefix": given.get("Prefix", "")}


def children(root: Element, name: str) -> list[Element]:
    """Return the children of an element that have a name, whatever their namespace."""
    return [child for child in root if child.tag.rpartition("}")[2] == name]


def text_of(item: Element, name: str) -> str:
    """Return the text of a child; empty without one."""
    return next((child.text or "" for child in children(item, name)), "")


def _document(name: str, content: Properties) -> bytes:
    return document(name, NAMESPACE, content, items=None)
