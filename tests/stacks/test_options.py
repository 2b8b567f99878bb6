"""What options about zones, secondaries and existing buckets change in the stacks, and that they change nothing else."""

import json
from pathlib import Path

import pytest
import site_stacks
from cdk_templates import text
from site_stacks import find, synthesized
from sites import site
from syrupy.extensions.json import JSONSnapshotExtension

EXTERNAL = 'secondary = { type = "external", hostname = "shop.cdn.example.net" }'
MADE = 'name = "dns.example.net", create = true'
ELSEWHERE = """
record_name = "shop.dns.example.net"
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"
"""


def templates(**options):
    return site_stacks.templates(site(**options))


def outputs(template):
    return {key: text(output["Value"]) for key, output in template.get("Outputs", {}).items()}


@pytest.fixture
def snapshot(snapshot):
    return snapshot.use_extension(JSONSnapshotExtension)


def test_the_stack_of_a_zone_is_as_reviewed(snapshot):
    parent = 'parent = { id = "Z1", name = "example.com", role_arn = "arn:aws:iam::210987654321:role/dns" }'
    found = templates(hostname="shop.dns.example.com", zone=f'name = "dns.example.com", create = true, {parent}')
    assert {key: found["zone-us-east-1"][key] for key in ("Resources", "Outputs")} == snapshot


@pytest.mark.parametrize("role", ["replica", "external"])
def test_what_another_cdn_reads_is_as_reviewed(snapshot, role):
    found = templates(more=EXTERNAL)[f"{role}-eu-central-1"]
    assert {key: found[key] for key in ("Resources", "Outputs")} == snapshot


def test_a_two_way_template_has_no_indentation_that_counts_for_its_size():
    found = synthesized(site(more="replication = { two_way = true }"))
    written = {name: "\n" in Path(stack.template_full_path).read_text().strip() for name, stack in found.items()}
    assert [name for name, indented in written.items() if not indented] == ["primary-eu-west-1"]


def test_prefixes_that_cdk_writes_alike_have_alarms_of_their_own():
    prefixes = ["_", "docs/a", "docs--a", "docs-/b", "docs/-b"]
    found = templates(more=f"replication = {{ prefixes = {json.dumps(prefixes)} }}")
    for stack in ("alarms-eu-west-1", "alarms-eu-central-1"):
        named = {alarm["AlarmName"] for alarm in find(found[stack], "AWS::CloudWatch::Alarm")}
        assert all(any(name.endswith(f"-{prefix}") for name in named) for prefix in prefixes)


def test_every_replica_is_private_where_the_secondary_is_another_cdn():
    replica = templates(more=EXTERNAL)["replica-eu-central-1"]
    buckets = [b for b in find(replica, "AWS::S3::Bucket") if "VersioningConfiguration" in b]
    assert [text(b["BucketName"]) for b in buckets] == ["shop-example-com-replica-<AWS::AccountId>-eu-central-1"]
    assert [set(b["PublicAccessBlockConfiguration"].values()) for b in buckets] == [{True}]
    assert "WebsiteConfiguration" not in buckets[0]


def test_the_other_cdn_is_checked_and_pointed_at():
    edge = templates(more=EXTERNAL)["edge-us-east-1"]
    [secondary] = [r for r in find(edge, "AWS::Route53::RecordSet") if r.get("Failover") == "SECONDARY"]
    assert secondary["ResourceRecords"] == ["shop.cdn.example.net"]
    checks = [c["HealthCheckConfig"] for c in find(edge, "AWS::Route53::HealthCheck")]
    [check] = [c for c in checks if c.get("FullyQualifiedDomainName") == "shop.cdn.example.net"]
    assert (check["Type"], check["ResourcePath"]) == ("HTTPS", "/_s3-failover/health.txt")


def test_a_person_is_told_what_to_delegate_and_what_to_cname():
    found = templates(zone=MADE, more=ELSEWHERE)
    assert outputs(found["edge-us-east-1"])["CnameToCreate"] == "shop.example.com. CNAME shop.dns.example.net."
    delegation = found["zone-us-east-1"]["Outputs"]["DelegationToCreate"]["Value"]
    assert delegation["Fn::Join"][1][0] == "dns.example.net. NS "


def test_a_record_name_changes_the_records_and_neither_alias_nor_bucket():
    found = templates(zone=MADE, more=ELSEWHERE)
    records = find(found["edge-us-east-1"], "AWS::Route53::RecordSet")
    assert {r["Name"] for r in records} == {"shop.dns.example.net."}
    [distribution] = find(found["edge-us-east-1"], "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["Aliases"] == ["shop.example.com"]
    assert "shop.example.com" in [b["BucketName"] for b in find(found["website-eu-central-1"], "AWS::S3::Bucket")]


def test_a_certificate_is_validated_in_the_zone_that_is_made():
    found = templates(hostname="shop.dns.example.net", zone=MADE)["edge-us-east-1"]
    [certificate] = find(found, "AWS::CertificateManager::Certificate")
    [option] = certificate["DomainValidationOptions"]
    assert (
        option["HostedZoneId"]["Fn::GetStackOutput"]["StackName"] == "s3-failover-shop-dns-example-net-zone-us-east-1"
    )


def test_the_edge_waits_for_the_zone_and_nothing_else_does():
    found = synthesized(site(hostname="shop.dns.example.net", zone=MADE))
    waits = {name: {d.id for d in stack.dependencies} for name, stack in found.items()}
    zone = found["zone-us-east-1"].id
    assert [name for name, others in waits.items() if zone in others] == ["edge-us-east-1"]
    assert waits["zone-us-east-1"] <= {f"{zone}.assets"}


def test_an_apex_has_aliases_and_no_cname():
    records = find(templates(hostname="example.com")["edge-us-east-1"], "AWS::Route53::RecordSet")
    assert {(r["Name"], r["Type"], r["Failover"]) for r in records} == {
        ("example.com.", "A", "PRIMARY"),
        ("example.com.", "A", "SECONDARY"),
    }


def test_existing_buckets_are_named_and_not_made():
    more = """
        [sites.shop.existing]
        primary_bucket = "content"
        replica_buckets = { eu-central-1 = "shop.example.com" }
        log_buckets = { eu-west-1 = "logs" }
        cdn_log_bucket = "cdn-logs"
    """
    found = templates(more=more)
    with_buckets = [n for n, t in found.items() if find(t, "AWS::S3::Bucket") or find(t, "AWS::S3::BucketPolicy")]
    assert with_buckets == ["evacuation-eu-central-1"]
    [distribution] = find(found["edge-us-east-1"], "AWS::CloudFront::Distribution")
    [origin] = distribution["DistributionConfig"]["Origins"]
    assert origin["DomainName"] == "content.s3.eu-west-1.amazonaws.com"
    [destination] = find(found["edge-us-east-1"], "AWS::Logs::DeliveryDestination")
    assert text(destination["DestinationResourceArn"]).endswith(":s3:::cdn-logs")
    assert set(found) == {
        "dashboard-eu-central-1",
        "existingprimary-eu-west-1",
        "evacuation-eu-central-1",
        "edge-us-east-1",
        "alarms-eu-west-1",
        "alarms-eu-central-1",
    }
    [health] = find(found["existingprimary-eu-west-1"], "Custom::HealthObject")
    assert (health["Bucket"], health["ReplicatedTo"]) == ("content", [])
