"""What a doctor finds at a deployed site: nothing that viewers would notice, until something is broken by hand."""

import contextlib
import json

import pytest

from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import alarms, copies, dns, edge, legs, stacks
from s3_failover.operations.doctor.examination import examine
from s3_failover.operations.doctor.finding import Severity

pytestmark = pytest.mark.embedded


@pytest.fixture
def deployment(site, account):
    """A site that has an index document, looked at anew."""
    site.put("index.html", b"<h1>home</h1>")
    return Deployment(site.site, account)


@pytest.fixture
def look(site, account):
    """Returns the ids of what a part finds, at a site whose stacks are read anew."""
    return lambda part: [finding.id for finding in part(Deployment(site.site, account))]


def test_a_deployed_site_can_fail_over(deployment, resolver):
    diagnosis = examine(deployment.site, deployment.account, resolver=resolver, say=lambda line: None)
    critical = [finding for finding in diagnosis.findings if finding.severity is Severity.CRITICAL]
    assert critical == []
    assert {finding.id for finding in diagnosis.findings} <= {
        "DOCTOR-SUBSCRIBERS",
        "DOCTOR-ALARM-NO-DATA",
        "DOCTOR-PAGE",
        "DOCTOR-DRILL",
        "DOCTOR-PROTECTION",
    }
    assert diagnosis.exit_code < 2
    assert len(diagnosis.looked_at) == 27


def test_a_stack_that_is_not_there_is_critical(account, site):
    elsewhere = site.site.model_copy(update={"hostname": "nowhere.example.com"})
    found = list(stacks.look(Deployment(elsewhere, account)))
    assert {finding.id for finding in found} == {"DOCTOR-STACK"}
    assert all(finding.severity is Severity.CRITICAL for finding in found)


def test_a_part_that_cannot_be_looked_at_is_a_finding_and_no_end(account, site):
    elsewhere = site.site.model_copy(update={"name": "nowhere", "hostname": "nowhere.example.com"})
    diagnosis = examine(elsewhere, account, say=lambda line: None)
    severities = [finding.severity for finding in diagnosis.findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert severities[0] is Severity.CRITICAL
    assert severities[-1] is Severity.UNKNOWN
    assert diagnosis.exit_code == 2


def test_settings_that_the_deployment_does_not_have_are_found(account, site):
    changed = site.site.model_copy(update={"record_ttl": 7, "health_check_threshold": 9, "health_key": "other.txt"})
    deployment = Deployment(changed, account)
    assert [finding.id for finding in dns.records(deployment)] == ["DOCTOR-RECORD"] * 2
    assert {finding.id for finding in dns.checks(deployment)} == {"DOCTOR-CHECK"}
    assert {finding.id for finding in copies.health_object(deployment)} == {"DOCTOR-HEALTH-OBJECT"}


def test_a_check_that_asks_somebody_else_is_found(look, site):
    route53 = site.aws.client("route53")
    asked = {
        check: route53.get_health_check(HealthCheckId=check)["HealthCheck"]["HealthCheckConfig"]
        for check in site.health_checks()
    }
    check, name = next((check, f["FullyQualifiedDomainName"]) for check, f in asked.items() if f["Type"] == "HTTP")
    assert look(dns.checks) == []
    with undone(lambda: route53.update_health_check(HealthCheckId=check, FullyQualifiedDomainName=name)):
        route53.update_health_check(HealthCheckId=check, FullyQualifiedDomainName="parked.example.net")
        assert "DOCTOR-CHECK" in look(dns.checks)


def test_a_policy_that_lost_the_distribution_is_found(look, site, policy_of):
    assert look(copies.policies) == []
    with policy_of(site, lambda statements: [s for s in statements if "cloudfront" not in str(s["Principal"])]):
        assert look(copies.policies) == ["DOCTOR-POLICY"]


def test_a_replication_rule_that_somebody_disabled_is_found(look, site):
    assert look(copies.replication) == []
    before = site.s3.get_bucket_replication(Bucket=site.primary)["ReplicationConfiguration"]
    rules = [rule | {"Status": "Disabled"} for rule in before["Rules"]]
    with undone(lambda: site.s3.put_bucket_replication(Bucket=site.primary, ReplicationConfiguration=before)):
        site.s3.put_bucket_replication(Bucket=site.primary, ReplicationConfiguration=before | {"Rules": rules})
        assert set(look(copies.replication)) == {"DOCTOR-REPLICATION"}


def test_a_replication_role_that_lost_a_permission_is_found(look, site):
    assert look(copies.role) == []
    arn = site.s3.get_bucket_replication(Bucket=site.primary)["ReplicationConfiguration"]["Role"]
    iam, where = site.aws.client("iam"), {"RoleName": arn.rpartition("/")[2], "PolicyName": "s3-replication"}
    before = iam.get_role_policy(**where)["PolicyDocument"]
    fewer = [statement for statement in before["Statement"] if statement["Sid"] != "WriteReplicas"]
    with undone(lambda: iam.put_role_policy(**where, PolicyDocument=json.dumps(before))):
        iam.put_role_policy(**where, PolicyDocument=json.dumps(before | {"Statement": fewer}))
        assert set(look(copies.role)) == {"DOCTOR-REPLICATION"}


def test_replication_that_failed_is_found(look, site):
    names = {"SourceBucket": site.primary, "DestinationBucket": next(iter(site.replicas.values()))}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    rule = {"Name": "RuleId", "Value": site.site.routes[0].rule_id}
    counted = {"MetricName": "OperationsFailedReplication", "Dimensions": [*dimensions, rule]}
    cloudwatch = site.aws.client("cloudwatch", site.site.primary_region)
    cloudwatch.put_metric_data(Namespace="AWS/S3", MetricData=[{**counted, "Value": 0}])
    assert look(copies.failures) == []
    cloudwatch.put_metric_data(Namespace="AWS/S3", MetricData=[{**counted, "Value": 2}])
    assert look(copies.failures) == ["DOCTOR-REPLICATION-FAILED"]


def test_pages_that_were_never_published_are_found(account, site):
    site.put("there.html", b"page")
    cdn = site.site.cdn.model_copy(update={"maintenance_page": "closed.html"})
    changed = site.site.model_copy(update={"index_document": "there.html", "error_document": "gone.html", "cdn": cdn})
    found = [finding.where for finding in copies.pages(Deployment(changed, account))]
    assert found == ["gone.html (error_document)", "closed.html (cdn.maintenance_page)"]


def test_checkers_that_the_policy_does_not_admit_are_found(look, site, policy_of):
    def fewer(statements):
        for condition in (s["Condition"]["IpAddress"] for s in statements if "IpAddress" in s.get("Condition", {})):
            condition["aws:SourceIp"] = condition["aws:SourceIp"][1:]
        return statements

    assert look(copies.checker_ranges) == []
    with policy_of(site, fewer):
        assert look(copies.checker_ranges) == ["DOCTOR-CHECKER-RANGES"]


def test_legs_that_serve_nothing_are_found(account, site):
    empty = site.site.model_copy(update={"health_key": "missing.txt"})
    found = [finding.where for finding in legs.look(Deployment(empty, account)) if "missing.txt" in finding.what]
    assert found == [f"distribution of {site.site.hostname}", f"secondary of {site.site.hostname}"]


def test_a_certificate_covers_its_names_and_one_label_more():
    assert edge.covers("www.example.com", ["example.com", "www.example.com"])
    assert edge.covers("www.example.com", ["*.example.com"])
    assert not edge.covers("a.b.example.com", ["*.example.com"])
    assert not edge.covers("example.com", ["*.example.com"])


def test_an_alarm_that_tells_nobody_is_found(look, site):
    cloudwatch = site.aws.client("cloudwatch", "us-east-1")
    name = site.site.naming.alarm("primary-unhealthy")
    assert "DOCTOR-ALARM" not in look(alarms.look)
    with undone(lambda: cloudwatch.enable_alarm_actions(AlarmNames=[name])):
        cloudwatch.disable_alarm_actions(AlarmNames=[name])
        assert look(alarms.look).count("DOCTOR-ALARM") == 1


def test_a_test_is_sent_through_every_topic(deployment):
    tested = []
    assert list(alarms.fire_test(deployment, tested)) == []
    assert tested == [arn for _, arn in alarms.topics(deployment)] != []


@contextlib.contextmanager
def undone(undo):
    try:
        yield
    finally:
        undo()
