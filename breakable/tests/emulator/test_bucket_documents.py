import pytest

from breakable_aws.emulator.s3 import bucket_documents as documents

NS = "http://s3.amazonaws.com/doc/2006-03-01/"


def inner(body, name):
    text = body.decode()
    return text[text.index(">", text.index(f"<{name} ")) + 1 : text.rindex(f"</{name}>")]


def test_lifecycle_rules_become_the_apis_document():
    rules = [
        {"Id": "n", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
        {"Status": "Enabled", "ExpiredObjectDeleteMarker": True, "Prefix": "a/"},
    ]
    assert inner(documents.lifecycle({"Rules": rules}), "LifecycleConfiguration") == (
        "<Rule><ID>n</ID><Filter><Prefix /></Filter><Status>Enabled</Status>"
        "<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
        "<Rule><Filter><Prefix>a/</Prefix></Filter><Status>Enabled</Status>"
        "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>"
    )


def test_a_rule_that_expires_objects_and_delete_markers_is_refused():
    rule = {"Status": "Enabled", "ExpirationInDays": 1, "ExpiredObjectDeleteMarker": True}
    with pytest.raises(ValueError, match="not both"):
        documents.lifecycle({"Rules": [rule]})


def test_replication_rules_become_the_apis_document():
    rule = {
        "Id": "to-b",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": "arn:aws:s3:::b", "Metrics": {"Status": "Enabled"}},
    }
    assert inner(documents.replication({"Role": "r", "Rules": [rule]}), "ReplicationConfiguration") == (
        "<Role>r</Role><Rule><ID>to-b</ID><Priority>1</Priority><Status>Enabled</Status><Filter><Prefix /></Filter>"
        "<DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>"
        "<Destination><Bucket>arn:aws:s3:::b</Bucket><Metrics><Status>Enabled</Status></Metrics></Destination></Rule>"
    )


def test_logging_without_a_destination_switches_it_off():
    head = "<?xml version='1.0' encoding='utf-8'?>\n"
    assert documents.logging({}) == f'{head}<BucketLoggingStatus xmlns="{NS}" />'.encode()
    on = documents.logging({"DestinationBucketName": "logs", "TargetObjectKeyFormat": {"SimplePrefix": {}}})
    assert b"<TargetBucket>logs</TargetBucket><TargetPrefix /><TargetObjectKeyFormat><SimplePrefix />" in on


def test_text_is_escaped():
    assert b"a&amp;b" in documents.tagging([{"Key": "k", "Value": "a&b"}])
