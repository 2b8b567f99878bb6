"""Health checks, records and certificates, read back after a create, an update and a delete."""

import json

import pytest
from resources import error_code, own_tags, resource, tags

pytestmark = pytest.mark.embedded


def test_health_checks_of_every_kind_are_read_back(embedded, unique):
    alarm = unique("alarm")
    endpoint = {
        "Type": "HTTPS_STR_MATCH",
        "FullyQualifiedDomainName": "www.example.com",
        "ResourcePath": "/health.txt",
        "SearchString": "ok",
        "RequestInterval": 10,
        "FailureThreshold": 2,
        "Regions": ["us-east-1", "eu-west-1", "us-west-2"],
    }

    def template(threshold=2, failure=2, interval=10):
        http = endpoint | {"FailureThreshold": failure, "RequestInterval": interval}
        calculated = {
            "Type": "CALCULATED",
            "ChildHealthChecks": [{"Ref": "E"}, {"Ref": "M"}],
            "HealthThreshold": threshold,
        }
        watching = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Name": {"Ref": "A"}, "Region": "us-east-1"},
            "InsufficientDataHealthStatus": "Healthy",
            "Inverted": True,
        }
        metric = {"MetricName": "m", "Namespace": "n", "Threshold": 1, "EvaluationPeriods": 1, "Period": 60}
        operator = "GreaterThanOrEqualToThreshold"
        return {
            "E": resource("Route53::HealthCheck", HealthCheckConfig=http, HealthCheckTags=tags(Name="primary")),
            "A": resource("CloudWatch::Alarm", AlarmName=alarm, ComparisonOperator=operator, Statistic="Sum", **metric),
            "M": resource("Route53::HealthCheck", HealthCheckConfig=watching),
            "C": resource("Route53::HealthCheck", HealthCheckConfig=calculated),
        }

    outputs = {name: {"Value": {"Ref": name}} for name in "EMC"}
    stack = embedded.deploy(template(), outputs=outputs)
    route53 = embedded.client("route53")

    def config(name):
        found = route53.get_health_check(HealthCheckId=embedded.output(stack, name))["HealthCheck"]
        return found["HealthCheckConfig"]

    assert config("E") == endpoint | {
        "Port": 443,
        "MeasureLatency": False,
        "EnableSNI": True,
        "Inverted": False,
        "Disabled": False,
    }
    assert config("M")["Inverted"] is True
    assert config("M")["AlarmIdentifier"] == {"Name": alarm, "Region": "us-east-1"}
    first = embedded.output(stack, "E")
    assert config("C")["ChildHealthChecks"] == [first, embedded.output(stack, "M")]
    found = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=first)["ResourceTagSet"]["Tags"]
    assert own_tags(found) == {"Name": "primary"}

    embedded.deploy(template(threshold=1, failure=5), name=stack, outputs=outputs)
    assert embedded.output(stack, "E") == first, "the threshold changes in place"
    assert (config("E")["FailureThreshold"], config("C")["HealthThreshold"]) == (5, 1)
    embedded.deploy(template(threshold=1, failure=5, interval=30), name=stack, outputs=outputs)
    assert embedded.output(stack, "E") != first, "the interval replaces the check"
    assert config("C")["ChildHealthChecks"][0] == embedded.output(stack, "E")
    assert error_code(route53.get_health_check, HealthCheckId=first) == "NoSuchHealthCheck"
    second = embedded.output(stack, "E")
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert error_code(route53.get_health_check, HealthCheckId=second) == "NoSuchHealthCheck"


def test_a_health_check_made_by_the_api_reads_back_its_booleans_and_can_be_disabled(embedded, unique):
    route53 = embedded.client("route53")
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "Inverted": True, "Disabled": False}
    check = route53.create_health_check(CallerReference=unique("r"), HealthCheckConfig=config)["HealthCheck"]
    assert check["HealthCheckConfig"]["Inverted"] is True
    route53.update_health_check(HealthCheckId=check["Id"], Disabled=True)
    assert route53.get_health_check(HealthCheckId=check["Id"])["HealthCheck"]["HealthCheckConfig"]["Disabled"] is True


def test_a_change_of_a_version_that_is_no_longer_the_latest_is_refused(embedded, unique):
    route53 = embedded.client("route53")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com"}
    check = route53.create_health_check(CallerReference=unique("r"), HealthCheckConfig=config)["HealthCheck"]
    change = {"HealthCheckId": check["Id"], "HealthCheckVersion": check["HealthCheckVersion"]}
    changed = route53.update_health_check(**change, Inverted=True)["HealthCheck"]
    assert error_code(route53.update_health_check, **change, Disabled=True) == "HealthCheckVersionMismatch"
    route53.update_health_check(**change | {"HealthCheckVersion": changed["HealthCheckVersion"]}, Disabled=True)


def made_by_sdk(embedded, unique, config):
    made = embedded.client("route53").create_health_check(CallerReference=unique("sum"), HealthCheckConfig=config)
    return made["HealthCheck"]["Id"]


def made_by_cli(embedded, unique, config):
    words = ["--caller-reference", unique("sum"), "--health-check-config", json.dumps(config)]
    ended = embedded.cli("route53", "create-health-check", *words)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)["HealthCheck"]["Id"]


def made_by_cloudformation(embedded, _unique, config):
    outputs = {"Id": {"Value": {"Ref": "Sum"}}}
    check = resource("Route53::HealthCheck", HealthCheckConfig=config)
    return embedded.output(embedded.deploy({"Sum": check}, outputs=outputs), "Id")


def made_by_update(embedded, unique, config):
    route53 = embedded.client("route53")
    made = made_by_sdk(embedded, unique, {"Type": "CALCULATED", "HealthThreshold": 0, "ChildHealthChecks": []})
    change = {name: value for name, value in config.items() if name != "Type"}
    route53.update_health_check(HealthCheckId=made, **change)
    return made


def children(embedded, unique, count):
    plain = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com"}
    return [made_by_sdk(embedded, lambda _, n=n: unique(f"child-{n}"), plain) for n in range(count)]


@pytest.mark.parametrize("make", [made_by_sdk, made_by_cli, made_by_cloudformation, made_by_update])
def test_a_calculated_check_keeps_its_children_however_it_was_made(embedded, unique, make):
    route53, named = embedded.client("route53"), children(embedded, unique, 3)
    made = make(embedded, unique, {"Type": "CALCULATED", "HealthThreshold": 2, "ChildHealthChecks": named})
    config = route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
    assert (config["ChildHealthChecks"], config["HealthThreshold"]) == (named, 2)
    listed = route53.list_health_checks()["HealthChecks"]
    assert [each["HealthCheckConfig"]["ChildHealthChecks"] for each in listed if each["Id"] == made] == [named]
    route53.update_health_check(HealthCheckId=made, ChildHealthChecks=named[1:], HealthThreshold=1)
    config = route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
    assert (config["ChildHealthChecks"], config["HealthThreshold"]) == (named[1:], 1)


def test_a_health_check_made_by_the_api_keeps_its_regions_until_they_are_reset(embedded, unique):
    route53, regions = embedded.client("route53"), ["us-east-1", "eu-west-1", "sa-east-1"]
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "Regions": regions, "ResourcePath": "/h"}
    made = made_by_sdk(embedded, unique, config)
    found = route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
    assert (found["Regions"], found["RequestInterval"], found["FailureThreshold"]) == (regions, 30, 3)
    route53.update_health_check(HealthCheckId=made, ResetElements=["Regions", "ResourcePath"])
    found = route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
    assert found.keys() & {"Regions", "ResourcePath"} == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"Type": "CALCULATED", "HealthThreshold": 1, "ChildHealthChecks": ["00000000-0000-4000-8000-000000000000"]},
        {"Type": "CALCULATED", "HealthThreshold": 257},
        {"Type": "HTTP"},
        {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "SearchString": "x"},
        {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "us-east-1", "Name": "no-such-alarm"}},
    ],
)
def test_the_api_refuses_a_health_check_that_route_53_would_not_take(embedded, unique, wrong):
    route53 = embedded.client("route53")
    before = len(route53.list_health_checks()["HealthChecks"])
    code = error_code(route53.create_health_check, CallerReference=unique("wrong"), HealthCheckConfig=wrong)
    assert (code, len(route53.list_health_checks()["HealthChecks"])) == ("InvalidInput", before)


def test_a_calculated_check_is_no_child_of_another(embedded, unique):
    (child,) = children(embedded, unique, 1)
    inner = made_by_sdk(embedded, unique, {"Type": "CALCULATED", "HealthThreshold": 1, "ChildHealthChecks": [child]})
    outer = made_by_sdk(
        embedded, lambda _: unique("outer"), {"Type": "CALCULATED", "HealthThreshold": 1, "ChildHealthChecks": [child]}
    )
    route53 = embedded.client("route53")
    assert error_code(route53.update_health_check, HealthCheckId=outer, ChildHealthChecks=[inner]) == "InvalidInput"
    found = route53.get_health_check(HealthCheckId=outer)["HealthCheck"]["HealthCheckConfig"]
    assert found["ChildHealthChecks"] == [child]


def failover_pair(zone, name, *, ttl="60", primary="d1.cloudfront.net", identifier="primary"):
    check = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com"}
    common = {"HostedZoneId": zone, "Name": name, "Type": "CNAME", "TTL": ttl}
    primary = common | {"Failover": "PRIMARY", "SetIdentifier": identifier, "ResourceRecords": [primary]}
    secondary = common | {"Failover": "SECONDARY", "SetIdentifier": "secondary", "ResourceRecords": ["s3.example.net"]}
    return {
        "H": resource("Route53::HealthCheck", HealthCheckConfig=check),
        "P": resource("Route53::RecordSet", HealthCheckId={"Ref": "H"}, **primary),
        "S": resource("Route53::RecordSet", **secondary),
    }


def records_of(embedded, zone, name):
    found = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {record["SetIdentifier"]: record for record in found if record["Name"] == f"{name}."}


def test_failover_records_are_read_back_changed_and_removed(embedded, unique, zone):
    name = unique("www") + ".example.com"
    outputs = {"H": {"Value": {"Ref": "H"}}}
    stack = embedded.deploy(failover_pair(zone, name), outputs=outputs)
    found = records_of(embedded, zone, name)
    assert found["primary"] == {
        "Name": f"{name}.",
        "Type": "CNAME",
        "SetIdentifier": "primary",
        "Failover": "PRIMARY",
        "TTL": 60,
        "ResourceRecords": [{"Value": "d1.cloudfront.net"}],
        "HealthCheckId": embedded.output(stack, "H"),
    }
    assert "HealthCheckId" not in found["secondary"]
    embedded.deploy(failover_pair(zone, name, ttl="30", primary="d2.cloudfront.net"), name=stack, outputs=outputs)
    changed = records_of(embedded, zone, name)["primary"]
    assert (changed["TTL"], changed["ResourceRecords"]) == (30, [{"Value": "d2.cloudfront.net"}])
    embedded.deploy(failover_pair(zone, name, identifier="first"), name=stack, outputs=outputs)
    assert set(records_of(embedded, zone, name)) == {"first", "secondary"}
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert records_of(embedded, zone, name) == {}


def test_a_certificate_writes_its_validation_record_into_the_zone(embedded, unique, zone):
    name = unique("cert") + ".example.com"
    option = {"DomainName": name, "HostedZoneId": zone}
    certificate = resource(
        "CertificateManager::Certificate",
        DomainName=name,
        ValidationMethod="DNS",
        DomainValidationOptions=[option],
        Tags=tags(a="b"),
    )
    stack = embedded.deploy({"C": certificate}, outputs={"Arn": {"Value": {"Ref": "C"}}})
    acm = embedded.client("acm")
    found = acm.describe_certificate(CertificateArn=embedded.output(stack, "Arn"))["Certificate"]
    assert (found["Status"], found["DomainName"]) == ("ISSUED", name)
    validation = found["DomainValidationOptions"][0]["ResourceRecord"]
    records = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert validation["Value"] in [value["Value"] for record in records for value in record["ResourceRecords"]]


def test_a_health_check_is_updated_only_from_the_version_that_is_there(embedded):
    route53 = embedded.client("route53")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "www.example.com", "RequestInterval": 30}
    made = route53.create_health_check(CallerReference="versions", HealthCheckConfig=config)["HealthCheck"]
    known = {"HealthCheckId": made["Id"], "HealthCheckVersion": made["HealthCheckVersion"]}
    changed = route53.update_health_check(**known, Inverted=True)["HealthCheck"]
    assert changed["HealthCheckConfig"]["Inverted"] is True
    assert changed["HealthCheckVersion"] == made["HealthCheckVersion"] + 1
    assert error_code(route53.update_health_check, **known, Inverted=False) == "HealthCheckVersionMismatch"
    assert route53.get_health_check(HealthCheckId=made["Id"])["HealthCheck"]["HealthCheckConfig"]["Inverted"] is True
    route53.delete_health_check(HealthCheckId=made["Id"])


def test_a_zone_has_name_servers_of_its_own_wherever_they_are_told(embedded, unique):
    route53, names = embedded.client("route53"), [f"{unique(stem)}.example" for stem in ("one", "two")]
    told = []
    for name in names:
        made = route53.create_hosted_zone(Name=name, CallerReference=name)
        zone = made["HostedZone"]["Id"]
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        (listed,) = (record["ResourceRecords"] for record in records if record["Type"] == "NS")
        servers = made["DelegationSet"]["NameServers"]
        assert route53.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"] == servers
        assert [value["Value"] for value in listed] == [f"{server}." for server in servers]
        told.append(servers)
    assert not set(told[0]) & set(told[1])


def test_accelerated_recovery_of_a_zone_is_enabled_by_template_and_by_api(embedded, unique):
    def status(zone):
        return route53.get_hosted_zone(Id=zone)["HostedZone"]["Features"]["AcceleratedRecoveryStatus"]

    route53 = embedded.client("route53")
    features = {"EnableAcceleratedRecovery": True}
    zone = resource("Route53::HostedZone", Name=f"{unique('features')}.example", HostedZoneFeatures=features)
    stack = embedded.deploy({"Z": zone}, outputs={"Z": {"Value": {"Ref": "Z"}}})
    assert status(embedded.output(stack, "Z")) == "ENABLED"
    name = f"{unique('plain')}.example"
    plain = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
    assert status(plain) == "DISABLED"
    route53.update_hosted_zone_features(HostedZoneId=plain, EnableAcceleratedRecovery=True)
    assert status(plain) == "ENABLED"


def test_the_tags_of_zones_and_health_checks_are_changed(embedded, unique):
    def template(**pairs):
        config = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com"}
        return {
            "Z": resource("Route53::HostedZone", Name=f"{unique('tags')}.example", HostedZoneTags=tags(**pairs)),
            "H": resource("Route53::HealthCheck", HealthCheckConfig=config, HealthCheckTags=tags(**pairs)),
        }

    outputs = {name: {"Value": {"Ref": name}} for name in "ZH"}
    stack = embedded.deploy(template(a="1", b="2"), outputs=outputs)
    embedded.deploy(template(b="3"), name=stack, outputs=outputs)
    route53 = embedded.client("route53")
    for kind, output in (("hostedzone", "Z"), ("healthcheck", "H")):
        named = {"ResourceType": kind, "ResourceId": embedded.output(stack, output)}
        route53.change_tags_for_resource(**named, AddTags=tags(c="4"))
        assert own_tags(route53.list_tags_for_resource(**named)["ResourceTagSet"]["Tags"]) == {"b": "3", "c": "4"}
        route53.change_tags_for_resource(**named, RemoveTagKeys=["b"])
        assert own_tags(route53.list_tags_for_resource(**named)["ResourceTagSet"]["Tags"]) == {"c": "4"}


def test_health_checks_are_listed_page_by_page_and_made_once_for_a_reference(embedded, unique):
    route53, config = embedded.client("route53"), {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 443}
    made = [made_by_sdk(embedded, lambda _, n=n: unique(f"page-{n}"), config) for n in (1, 2, 2)]
    assert made[1] == made[2]
    pages = route53.get_paginator("list_health_checks").paginate(PaginationConfig={"PageSize": 1})
    assert set(made) <= {check["Id"] for page in pages for check in page["HealthChecks"]}
