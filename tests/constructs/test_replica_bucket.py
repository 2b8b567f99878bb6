from cdk_templates import new_stack, properties, statements

from s3_failover_constructs import ReplicaBucket


def test_replica_is_private_versioned_and_keeps_its_health_object():
    stack = new_stack()
    ReplicaBucket(stack, "Replica", bucket_name="replica", health_key="health.txt")
    bucket = properties(stack, "AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "KeepProtectedKeys" in statements(stack)


def test_replica_admits_nobody_by_policy():
    stack = new_stack()
    ReplicaBucket(stack, "Replica", bucket_name="replica", health_key="health.txt")
    assert {s["Effect"] for s in statements(stack).values()} == {"Deny"}
