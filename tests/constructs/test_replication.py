import json

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, properties, resources, statements, text

from s3_failover_constructs import ContentBucket, Replication, ReplicationDestination, ReplicationOptions


def replicate(stack, *, destinations=("us", "eu"), **options):
    source = ContentBucket(stack, "Source", bucket_name="source").bucket
    return Replication(
        stack,
        "Replication",
        source=source,
        destinations=[
            ReplicationDestination(s3.Bucket.from_bucket_name(stack, f"To-{name}", f"copy-{name}"), f"to-{name}")
            for name in destinations
        ],
        **options,
    )


def rules(stack):
    return properties(stack, "AWS::S3::Bucket")["ReplicationConfiguration"]["Rules"]


def test_each_destination_has_a_rule_with_its_own_id_and_priority():
    stack = new_stack()
    replicate(stack)
    assert [(rule["Id"], rule["Priority"]) for rule in rules(stack)] == [("to-us", 1), ("to-eu", 2)]
    assert [text(rule["Destination"]["Bucket"]) for rule in rules(stack)] == [
        "arn:aws:s3:::copy-us",
        "arn:aws:s3:::copy-eu",
    ]


def test_a_source_without_versions_is_refused_as_the_cdk_refuses_it():
    stack = new_stack()
    source = ContentBucket(stack, "Source", bucket_name="source", versioned=False).bucket
    copy = s3.Bucket.from_bucket_name(stack, "Copy", "copy")
    with pytest.raises(
        ValueError, match=r"^source: got Test/Source/Bucket/Resource without versioning, expected a versioned bucket; "
    ):
        Replication(stack, "Replication", source=source, destinations=[ReplicationDestination(copy, "to-copy")])


def test_rules_cover_every_object_and_use_the_current_schema():
    stack = new_stack()
    replicate(stack)
    assert {rule["Status"] for rule in rules(stack)} == {"Enabled"}
    assert [rule["Filter"] for rule in rules(stack)] == [{"Prefix": ""}] * 2


def test_metrics_are_on_so_that_failures_can_be_seen():
    stack = new_stack()
    replicate(stack)
    assert [rule["Destination"]["Metrics"] for rule in rules(stack)] == [{"Status": "Enabled"}] * 2


@pytest.mark.parametrize(("markers", "status"), [(True, "Enabled"), (False, "Disabled")])
def test_deletes_are_copied_or_not(markers, status):
    stack = new_stack()
    replicate(stack, options=ReplicationOptions(delete_marker_replication=markers))
    assert {rule["DeleteMarkerReplication"]["Status"] for rule in rules(stack)} == {status}


def test_time_control_comes_with_its_fifteen_minute_threshold():
    stack = new_stack()
    replicate(stack, options=ReplicationOptions(replication_time_control=True))
    fifteen = {"Minutes": 15}
    for rule in rules(stack):
        assert rule["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": fifteen}
        assert rule["Destination"]["Metrics"] == {"Status": "Enabled", "EventThreshold": fifteen}


def test_time_control_is_off_by_default():
    stack = new_stack()
    replicate(stack)
    assert not any("ReplicationTime" in rule["Destination"] for rule in rules(stack))


def test_role_is_for_s3_alone():
    stack = new_stack()
    replicate(stack)
    trust = properties(stack, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert [s["Principal"] for s in trust] == [{"Service": "s3.amazonaws.com"}]
    assert "ManagedPolicyArns" not in properties(stack, "AWS::IAM::Role")


def test_role_can_write_to_the_replicas_only_and_read_the_source_only():
    stack = new_stack()
    replicate(stack)
    found = statements(stack, "AWS::IAM::Policy")
    assert set(found) == {"ReadRules", "ReadVersions", "WriteReplicas"}
    assert sorted(map(text, found["WriteReplicas"]["Resource"])) == ["arn:aws:s3:::copy-eu/*", "arn:aws:s3:::copy-us/*"]
    assert set(found["WriteReplicas"]["Action"]) == {"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"}
    assert text(found["ReadVersions"]["Resource"]).startswith("<Source")
    assert text(found["ReadRules"]["Resource"]).startswith("<Source")


def test_a_prefix_limits_the_rule_and_what_the_role_may_read():
    stack = new_stack()
    source = ContentBucket(stack, "Source", bucket_name="source").bucket
    copy = s3.Bucket.from_bucket_name(stack, "Copy", "copy")
    prefixed = [ReplicationDestination(copy, f"to-copy-{prefix}", prefix) for prefix in ("docs/", "img/")]
    Replication(stack, "Replication", source=source, destinations=prefixed)
    assert [rule["Filter"] for rule in rules(stack)] == [{"Prefix": "docs/"}, {"Prefix": "img/"}]
    found = statements(stack, "AWS::IAM::Policy")
    assert [text(each).split("/", 1)[1] for each in found["ReadVersions"]["Resource"]] == ["docs/*", "img/*"]
    assert [text(each) for each in found["WriteReplicas"]["Resource"]] == ["arn:aws:s3:::copy/*"]


@pytest.mark.parametrize("two_way", [True, False])
def test_changes_on_replicas_are_replicated_two_way_only(two_way):
    stack = new_stack()
    replicate(stack, options=ReplicationOptions(replica_modifications=two_way))
    assert ["SourceSelectionCriteria" in rule for rule in rules(stack)] == [two_way] * 2


def test_fails_without_a_destination():
    with pytest.raises(ValueError, match=r"^destinations: got .., expected at least one; name the buckets to copy to"):
        replicate(new_stack(), destinations=())


def with_keys(*, replicas=2, name="copy"):
    stack = new_stack()
    source = ContentBucket(stack, "Source", bucket_name="source").bucket
    destinations = []
    for number in range(replicas):
        region = ("eu-west-1", "ap-southeast-2")[number % 2]
        bucket = s3.Bucket.from_bucket_attributes(
            stack, f"To-{number}", bucket_name=f"{name}-{number:02}", region=region, account="111122223333"
        )
        key = f"arn:aws:kms:{region}:111122223333:alias/site"
        destinations.append(ReplicationDestination(bucket, f"to-{number}", kms_key=key))
    Replication(stack, "Replication", source=source, destinations=destinations)
    return stack


def test_objects_with_keys_are_selected_and_encrypted_with_the_key_of_the_replicas_region():
    for rule, region in zip(rules(with_keys()), ("eu-west-1", "ap-southeast-2"), strict=True):
        assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
        wanted = f"arn:aws:kms:{region}:111122223333:alias/site"
        assert rule["Destination"]["EncryptionConfiguration"] == {"ReplicaKmsKeyID": wanted}


def test_without_keys_the_role_has_nothing_to_do_with_kms():
    stack = new_stack()
    replicate(stack)
    assert "kms" not in str(statements(stack, "AWS::IAM::Policy"))


def test_role_may_decrypt_the_source_through_s3_in_its_region_only():
    found = statements(with_keys(), "AWS::IAM::Policy")["DecryptSource"]
    assert found["Action"] == ["kms:Decrypt"]
    assert text(found["Resource"]) == "arn:<AWS::Partition>:kms:us-west-2:<AWS::AccountId>:key/*"
    assert found["Condition"]["StringEquals"] == {"kms:ViaService": ["s3.us-west-2.amazonaws.com"]}
    contexts = found["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert [text(each).startswith("<Source") for each in contexts] == [True, True]


def test_role_may_encrypt_replicas_through_s3_and_for_their_buckets_only():
    found = statements(with_keys(), "AWS::IAM::Policy")["EncryptReplicas"]
    assert found["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    assert found["Condition"]["StringEquals"] == {
        "kms:ViaService": ["s3.eu-west-1.amazonaws.com", "s3.ap-southeast-2.amazonaws.com"]
    }
    contexts = found["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert [text(each) for each in contexts] == [
        f"arn:aws:s3:::copy-{number}{path}" for number in ("00", "01") for path in ("", "/*")
    ]


def test_the_permissions_for_25_replicas_with_keys_fit_into_a_role():
    document = properties(with_keys(replicas=25, name="x" * 60), "AWS::IAM::Policy")["PolicyDocument"]
    # IAM counts characters without white space (IAM User Guide, reference_iam-quotas).
    assert len(json.dumps(document, separators=(",", ":"))) < 10240


def test_an_override_adds_to_a_rule_and_leaves_the_rest_of_it():
    plain, stack = new_stack(), new_stack()
    replicate(plain, destinations=("us",))
    replicate(stack, destinations=("us",))
    source = stack.node.find_child("Source").bucket.node.default_child
    source.add_property_override("ReplicationConfiguration.Rules.0.Destination.StorageClass", "STANDARD_IA")
    (before,), (after,) = rules(plain), rules(stack)
    assert after == before | {"Destination": before["Destination"] | {"StorageClass": "STANDARD_IA"}}


def test_rule_checkers_see_the_rules_of_a_bucket():
    stack = new_stack()
    replicate(stack)
    source = stack.node.find_child("Source").bucket.node.default_child
    assert len(source.replication_configuration.rules) == 2


def test_copies_may_have_a_storage_class_of_their_own():
    stack = new_stack()
    source = ContentBucket(stack, "Source", bucket_name="source").bucket
    copy = s3.Bucket.from_bucket_name(stack, "To", "copy")
    stored = ReplicationDestination(copy, "to", storage_class=s3.StorageClass.INFREQUENT_ACCESS)
    Replication(stack, "Replication", source=source, destinations=[stored])
    assert rules(stack)[0]["Destination"]["StorageClass"] == "STANDARD_IA"


def two_stacks(here="111111111111", there="111111111111"):
    app = App()
    return (
        Stack(app, "Source", env=Environment(account=here, region="us-east-1")),
        Stack(app, "Copy", env=Environment(account=there, region="eu-west-1")),
    )


def to(copy, **options):
    return ReplicationDestination(copy, "to-copy", **options)


def bucket(stack, name):
    return s3.Bucket(stack, "Bucket", bucket_name=name, versioned=True)


def test_a_destination_of_another_stack_is_deployed_first():
    here, there = two_stacks()
    Replication(here, "Replication", source=bucket(here, "source"), destinations=[to(bucket(there, "copy"))])
    assert [stack.node.path for stack in here.dependencies] == ["Copy"]


def test_an_imported_destination_is_waited_for_by_no_stack():
    here, _ = two_stacks()
    copy = s3.Bucket.from_bucket_name(here, "To", "copy")
    Replication(here, "Replication", source=bucket(here, "source"), destinations=[to(copy)])
    assert here.dependencies == []


def test_rules_in_both_directions_are_refused_where_neither_bucket_can_be_first():
    here, there = two_stacks()
    source, copy = bucket(here, "source"), bucket(there, "copy")
    Replication(here, "Replication", source=source, destinations=[to(copy)])
    with pytest.raises(
        ValueError, match=r"^destinations: got Source/Bucket in a stack that is deployed after Copy, .*`Re"
    ):
        Replication(there, "Back", source=copy, destinations=[ReplicationDestination(source, "back")])


@pytest.mark.parametrize("there", ["111111111111", "222222222222"])
def test_copies_are_owned_by_the_account_of_their_bucket(there):
    here, other = two_stacks(there=there)
    Replication(here, "Replication", source=bucket(here, "source"), destinations=[to(bucket(other, "copy"))])
    (written,) = rules(here)
    foreign = there != here.account
    assert written["Destination"].get("Account") == (there if foreign else None)
    assert ("AccessControlTranslation" in written["Destination"]) is foreign


def test_a_key_is_passed_as_it_is():
    here, _ = two_stacks()
    copy = s3.Bucket.from_bucket_attributes(here, "To", bucket_name="copy", region="us-east-1")
    key = kms.Key(here, "Key")
    Replication(here, "Replication", source=bucket(here, "source"), destinations=[to(copy, kms_key=key)])
    (written,) = rules(here)
    assert text(written["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]).startswith("<Key")


def test_the_metrics_of_a_rule_are_those_that_s3_publishes_for_it():
    here, _ = two_stacks()
    copy = s3.Bucket.from_bucket_attributes(here, "To", bucket_name="copy", region="eu-west-1")
    made = Replication(here, "Replication", source=bucket(here, "source"), destinations=[to(copy)])
    rule = made.rules["to-copy"]
    metrics = (rule.metric_latency(), rule.metric_pending_operations(), rule.metric_failed_operations())
    assert [(each.metric_name, each.statistic, each.region) for each in metrics] == [
        ("ReplicationLatency", "Maximum", "eu-west-1"),
        ("OperationsPendingReplication", "Maximum", "eu-west-1"),
        ("OperationsFailedReplication", "Sum", "us-east-1"),
    ]
    assert metrics[0].dimensions["DestinationBucket"] == "copy"
    assert metrics[0].dimensions["RuleId"] == "to-copy"


def test_a_role_of_ones_own_gets_the_policy_and_carries_the_rules_out():
    stack = new_stack()
    own = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("s3.amazonaws.com"))
    made = replicate(stack, replication_role=own)
    assert made.role is own
    (policy,) = resources(stack, "AWS::IAM::Policy").values()
    assert text(policy["Properties"]["Roles"][0]).startswith("<Own")
    assert len(resources(stack, "AWS::IAM::Role")) == 1
    (source,) = resources(stack, "AWS::S3::Bucket").values()
    assert text(source["Properties"]["ReplicationConfiguration"]["Role"]).startswith("<Own")


def test_a_role_of_ones_own_has_its_name():
    stack = new_stack()
    own = iam.Role.from_role_name(stack, "Own", "own")
    with pytest.raises(ValueError, match=r"^role_name: got 'x', expected none beside replication_role; leave one of"):
        replicate(stack, replication_role=own, role_name="x")
