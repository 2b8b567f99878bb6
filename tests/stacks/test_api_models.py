"""What AWS's own API models say about the values in our templates: shapes, and the sentences that oblige.

Every resource of every kind of site is compared with the request that CloudFormation makes of it. botocore's models
know lengths, patterns, ranges and values. What they say in prose is collected in `api_sentences.toml`, each sentence
with the test that proves it or the reason why it cannot be broken. A new botocore, or a new property, brings new
sentences: this test then fails until they have been read.
"""

import functools
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import regex
from api_models import REQUESTS, Placed, UnknownMemberError, obligations, placed
from resolved import Template
from site_kinds import every_stack
from site_stacks import synthesized
from sites import site

SENTENCES = Path(__file__).with_name("api_sentences.toml")
TESTS = Path(__file__).parents[1]

LONGEST = {
    "longest-bucket": ("a" * 51 + ".example.com", "", 'alarms = { critical_emails = ["team@example.com"] }'),
    "longest-name": (
        ".".join(["b" * 34, "c" * 63, "d" * 63, "e" * 49, "example.com"]),
        """
        certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-4697-8877-665544332211"
        [sites.shop.secondary]
        type = "https"
        certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e2d3c-4b5a-4697-8877-665544332211"
        """,
        "",
    ),
}
"""Hostnames as long as they may be."""


class Resource(NamedTuple):
    """A resource as CloudFormation sees it, and the stack that it is in."""

    stack: str
    region: str
    name: str
    type: str
    properties: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.stack} {self.name}"


@functools.cache
def resources() -> tuple[Resource, ...]:
    """Return every resource of every stack, and those of sites with the longest names."""
    stacks = [(f"{each.kind}/{each.name}", each.region, each.template) for each in every_stack()]
    for kind, (hostname, first, more) in LONGEST.items():
        long = site(hostname=hostname, more=f"{more}\nclients = {{}}\n{first}")
        stacks += [(f"{kind}/{n}", s.environment.region, s.template) for n, s in synthesized(long).items()]
    return tuple(
        Resource(stack, region, logical, kind, properties)
        for stack, region, template in stacks
        for logical, kind, properties in Template(template, region).properties()
        if not kind.startswith("Custom::")
    )


def of(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the resources of a type, such as `S3::Bucket`, with their properties."""
    found = [(str(each), each.properties) for each in resources() if each.type == f"AWS::{kind}"]
    assert found
    yield from found


def misfit(each: Placed) -> str | None:
    """Return what a shape does not allow about a value, or None."""
    limits, value = each.shape.metadata, each.value
    if each.shape.type_name in ("string", "blob"):
        text = str(value)
        if not limits.get("min", 0) <= len(text) <= limits.get("max", len(text)):
            return f"{len(text)} characters"
        if "pattern" in limits and not regex.fullmatch(limits["pattern"], text):
            return f"not of the pattern {limits['pattern']}"
        if limits.get("enum") and text not in limits["enum"]:
            return f"none of {limits['enum']}"
    elif each.shape.type_name in ("integer", "long", "float", "double"):
        if not limits.get("min", float(value)) <= float(value) <= limits.get("max", float(value)):
            return "out of range"
    elif each.shape.type_name == "boolean":
        return None if isinstance(value, bool) else "no boolean"
    elif each.shape.type_name == "list" and not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
        return f"{len(value)} items"
    return None


def test_every_value_fits_the_shape_of_its_request():
    misfits = {
        f"{each.property} of {resource}: {wrong}: {each.value!r}"
        for resource in resources()
        for each in placed(resource.type, resource.properties)
        if (wrong := misfit(each))
    }
    assert sorted(misfits) == []


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("Lambda::Function", {"MemorySize": 64}),
        ("Lambda::Function", {"Runtime": "python4"}),
        ("IAM::Role", {"RoleName": "r" * 65}),
        ("IAM::Role", {"RoleName": "a role"}),
        ("KMS::Key", {"EnableKeyRotation": True, "PendingWindowInDays": 366}),
        ("CloudWatch::Alarm", {"Dimensions": [{"Name": str(n), "Value": "x"} for n in range(31)]}),
        ("Route53::HealthCheck", {"HealthCheckTags": [{"Key": str(n), "Value": "x"} for n in range(11)]}),
        ("CloudFront::Distribution", {"DistributionConfig": {"Origins": []}}),
    ],
)
def test_a_misfit_would_be_heard(kind, properties):
    assert [each for each in placed(f"AWS::{kind}", properties) if misfit(each)]


def test_an_unknown_property_would_be_heard():
    with pytest.raises(UnknownMemberError, match=r"AWS::Lambda::Function MemorySise"):
        list(placed("AWS::Lambda::Function", {"MemorySise": 128}))


def test_every_type_that_we_use_has_a_request_and_no_other():
    assert {each.type for each in resources()} == set(REQUESTS)


# What the models say in prose


def test_cloudfront_s_comments_are_short():
    for name, each in of("CloudFront::Distribution"):
        assert len(each["DistributionConfig"]["Comment"]) <= 128, name
    for kind in ("OriginRequestPolicy", "ResponseHeadersPolicy"):
        for name, each in of(f"CloudFront::{kind}"):
            assert len(each[f"{kind}Config"].get("Comment", "")) <= 128, name


def behaviors(config):
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]


def test_an_error_page_has_a_code_and_a_path_that_a_behavior_serves():
    for name, each in of("CloudFront::Distribution"):
        config = each["DistributionConfig"]
        paths = {behavior.get("PathPattern", "").lstrip("/") for behavior in config.get("CacheBehaviors", [])}
        for page in config.get("CustomErrorResponses", []):
            assert ("ResponseCode" in page) == ("ResponsePagePath" in page), name
            if "ResponsePagePath" in page and page["ErrorCode"] >= 500:
                assert page["ResponsePagePath"].lstrip("/") in paths, name


def test_origins_have_distinct_ids_and_each_is_read_by_a_behavior_or_a_group():
    for name, each in of("CloudFront::Distribution"):
        config = each["DistributionConfig"]
        ids = [origin["Id"] for origin in config["Origins"]]
        groups = config.get("OriginGroups", {}).get("Items", [])
        members = {member["OriginId"] for group in groups for member in group["Members"]["Items"]}
        assert len(ids) == len(set(ids)), name
        assert set(ids) <= members | {behavior["TargetOriginId"] for behavior in behaviors(config)}, name


def test_every_behavior_has_a_cache_policy_and_a_path_of_its_own():
    for name, each in of("CloudFront::Distribution"):
        config = each["DistributionConfig"]
        assert all("CachePolicyId" in behavior for behavior in behaviors(config)), name
        paths = ["*", *(behavior["PathPattern"] for behavior in config.get("CacheBehaviors", []))]
        assert len(paths) == len(set(paths)), name


def test_a_distribution_s_certificate_is_in_us_east_1_and_says_how_it_is_used():
    for name, each in of("CloudFront::Distribution"):
        viewer = each["DistributionConfig"]["ViewerCertificate"]
        assert viewer["AcmCertificateArn"].startswith("arn:aws:acm:us-east-1:"), name
        assert viewer["SslSupportMethod"] == "sni-only", name
        assert viewer["MinimumProtocolVersion"].startswith("TLSv1.2"), name


def test_functions_of_the_distribution_are_published_and_face_viewers():
    for name, each in of("CloudFront::Function"):
        assert each["AutoPublish"] is True, name
    for name, each in of("CloudFront::Distribution"):
        for behavior in behaviors(each["DistributionConfig"]):
            types = [association["EventType"] for association in behavior.get("FunctionAssociations", [])]
            assert set(types) <= {"viewer-request", "viewer-response"}, name
            assert len(types) == len(set(types)), name


def test_the_default_root_object_begins_with_no_slash():
    for name, each in of("CloudFront::Distribution"):
        assert not each["DistributionConfig"].get("DefaultRootObject", "").startswith("/"), name


def test_names_are_unique_where_they_must_be():
    fixed = {
        "AWS::CloudFront::Function": "Name",
        "AWS::CloudWatch::Alarm": "AlarmName",
        "AWS::CloudWatch::CompositeAlarm": "AlarmName",
        "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
        "AWS::IAM::Role": "RoleName",
        "AWS::KMS::Alias": "AliasName",
        "AWS::Logs::DeliveryDestination": "Name",
        "AWS::Logs::DeliverySource": "Name",
        "AWS::S3::Bucket": "BucketName",
    }
    regional = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::KMS::Alias"}
    uses = defaultdict(list)
    for each in resources():
        name = each.properties.get(fixed.get(each.type, ""))
        if name:
            family = each.type.split("::")[1]
            where = each.region if each.type in regional else ""
            uses[each.stack.split("/")[0], family, where, each.type.split("Alarm")[0], name.lower()].append(str(each))
    assert uses
    assert {key: where for key, where in uses.items() if len(where) > 1} == {}


def test_an_alarm_looks_at_one_metric_for_at_most_a_day():
    for name, each in of("CloudWatch::Alarm"):
        assert each["Period"] * each["EvaluationPeriods"] <= 86400, name
        assert each["Period"] >= 60, name
        assert {"MetricName", "Namespace", "Statistic"} <= each.keys(), name
        assert not {"Metrics", "ExtendedStatistic", "EvaluationCriteria"} & each.keys(), name
        assert 1 <= each.get("DatapointsToAlarm", 1) <= each["EvaluationPeriods"], name


def test_dimensions_are_ascii_and_not_blank():
    for name, each in of("CloudWatch::Alarm"):
        for dimension in each["Dimensions"]:
            for text in dimension.values():
                assert text.isascii() and text.isprintable() and text.strip(), name
            assert not dimension["Name"].startswith(":"), name


def test_alarm_names_have_no_control_characters():
    for kind in ("Alarm", "CompositeAlarm"):
        for name, each in of(f"CloudWatch::{kind}"):
            assert each["AlarmName"].isprintable(), name


def test_a_key_s_policy_lets_its_account_change_it_and_names_a_principal_in_each_statement():
    for name, each in of("KMS::Key"):
        statements = each["KeyPolicy"]["Statement"]
        assert all("Principal" in statement for statement in statements), name
        ours = [s for s in statements if s["Action"] == "kms:*" and "Condition" not in s]
        assert any(regex.fullmatch(r"arn:aws:iam::[0-9]{12}:root", s["Principal"]["AWS"]) for s in ours), name
        assert 7 <= each.get("PendingWindowInDays", 30) <= 30, name


def test_an_alias_of_a_key_is_spelled_as_kms_wants_it():
    for name, each in of("KMS::Alias"):
        assert regex.fullmatch(r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}", each["AliasName"]), name


def record_groups():
    groups = defaultdict(list)
    for each in resources():
        if each.type == "AWS::Route53::RecordSet":
            record = each.properties
            groups[each.stack.split("/")[0], record["HostedZoneId"], record["Name"], record["Type"]].append(record)
    return groups


def test_failover_records_come_in_pairs_with_nothing_beside_them():
    pairs = 0
    for name, group in record_groups().items():
        roles = sorted(record.get("Failover", "") for record in group)
        assert roles in ([""], ["PRIMARY", "SECONDARY"]), name
        assert len({record.get("SetIdentifier") for record in group}) == len(group), name
        pairs += roles != [""]
    assert pairs


def test_an_alias_has_no_time_to_live_and_only_the_primary_leads_to_the_distribution():
    aliases = [record for group in record_groups().values() for record in group if "AliasTarget" in record]
    assert aliases
    for record in aliases:
        to_cloudfront = record["AliasTarget"]["HostedZoneId"] == "Z2FDTNDATAQYW2"
        assert to_cloudfront == (record["Failover"] == "PRIMARY")
        assert record["AliasTarget"]["EvaluateTargetHealth"] is False
        assert not {"TTL", "ResourceRecords"} & record.keys()


def test_a_record_that_leads_to_the_distribution_has_one_of_its_aliases():
    aliases = defaultdict(set)
    for each in resources():
        if each.type == "AWS::CloudFront::Distribution":
            aliases[each.stack] |= set(each.properties["DistributionConfig"]["Aliases"])
    for each in resources():
        if "AliasTarget" in each.properties and each.properties["Failover"] == "PRIMARY":
            assert each.properties["Name"].rstrip(".") in aliases[each.stack], each


def rules(table, key="Rules"):
    """Yield the rules in a table of every bucket that has it."""
    for name, each in of("S3::Bucket"):
        for rule in each.get(table, {}).get(key, []):
            yield name, each, rule


def test_replication_rules_have_everything_that_goes_together():
    seen = set()
    for name, bucket, rule in rules("ReplicationConfiguration"):
        destination, criteria = rule["Destination"], rule.get("SourceSelectionCriteria", {})
        assert 1 <= len(bucket["ReplicationConfiguration"]["Rules"]) <= 1000, name
        assert list(rule["Filter"]) == ["Prefix"], name
        assert "DeleteMarkerReplication" in rule, name
        assert "ReplicationTime" not in destination or "Metrics" in destination, name
        assert ("SseKmsEncryptedObjects" in criteria) == ("EncryptionConfiguration" in destination), name
        assert ("AccessControlTranslation" in destination) == ("Account" in destination), name
        assert len(rule["Id"]) <= 255, name
        seen |= {*destination, *criteria}
    assert {"AccessControlTranslation", "EncryptionConfiguration", "ReplicationTime", "ReplicaModifications"} <= seen


def test_lifecycle_rules_expire_by_days_or_by_delete_markers():
    for name, _, rule in rules("LifecycleConfiguration"):
        assert not {"ExpirationInDays", "ExpiredObjectDeleteMarker"} <= rule.keys(), name
        assert rule.get("ExpirationInDays", 1) >= 1, name
        assert rule.get("NoncurrentVersionExpiration", {"NoncurrentDays": 1})["NoncurrentDays"] >= 1, name
        assert len(rule.get("Id", "")) <= 255, name


def test_a_bucket_names_a_key_only_where_it_encrypts_with_kms():
    for name, _, rule in rules("BucketEncryption", "ServerSideEncryptionConfiguration"):
        chosen = rule["ServerSideEncryptionByDefault"]
        assert ("KMSMasterKeyID" in chosen) == (chosen["SSEAlgorithm"] == "aws:kms"), name
        assert chosen.get("KMSMasterKeyID", "arn:").startswith("arn:"), name


# That every sentence was read


@functools.cache
def reviewed() -> dict[str, Any]:
    return tomllib.loads(SENTENCES.read_text())


def is_about_something_else(sentence: str) -> bool:
    return any(regex.search(pattern, sentence) for pattern in reviewed()["about_something_else"])


@functools.cache
def found_sentences() -> set[str]:
    first = {}
    for resource in resources():
        for each in placed(resource.type, resource.properties):
            if "Tags" in each.property:
                continue
            for sentence in obligations(each):
                service = each.property.split("::")[1]
                first[service, sentence] = min(first.get((service, sentence), each.property), each.property)
    return {
        f"{where.removeprefix('AWS::')}: {sentence}"
        for (_, sentence), where in first.items()
        if not is_about_something_else(sentence)
    }


def listed_sentences() -> list[str]:
    return [sentence for group in reviewed()["group"] for sentence in group["sentences"]]


def test_every_sentence_that_obliges_was_read():
    unread = sorted(found_sentences() - set(listed_sentences()))
    assert unread == [], (
        f"read these and add them to {SENTENCES.name}, each with a test or a reason:\n{json.dumps(unread, indent=2)}"
    )


def test_no_sentence_is_listed_that_the_models_do_not_say():
    assert sorted(set(listed_sentences()) - found_sentences()) == []
    assert len(listed_sentences()) == len(set(listed_sentences()))


@pytest.mark.parametrize("group", reviewed()["group"], ids=lambda group: group.get("test", "because").split("::")[-1])
def test_every_sentence_has_a_test_or_a_reason(group):
    assert len({"test", "because"} & group.keys()) == 1
    if "test" in group:
        file, _, name = group["test"].rpartition("::")
        assert f"def {name}(" in (TESTS / (file or f"stacks/{Path(__file__).name}")).read_text()
