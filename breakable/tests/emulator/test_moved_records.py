"""A record set whose zone or name changes is another record: the old one goes when the update has succeeded."""

import itertools

import pytest

pytestmark = pytest.mark.embedded

_numbers = itertools.count(1)


@pytest.fixture
def zones(embedded):
    """Two hosted zones of one name."""
    number = next(_numbers)
    both = [f"ZMOVED{number}{letter}" for letter in "AB"]
    for zone in both:
        assert embedded.api("PUT", f"/_breakable/hosted-zones/{zone}", {"name": f"moved{number}.example"})[0] == 201
    return f"moved{number}.example", *both


def record(zone, name, **more):
    common = {"HostedZoneId": zone, "Name": name, "Type": "CNAME", "TTL": "60", "ResourceRecords": ["x.example.net"]}
    return {"Type": "AWS::Route53::RecordSet", "Properties": common | more}


def refused(**attributes):
    missing = "arn:aws:sns:us-east-1:123456789012:gone"
    properties = {"TopicArn": missing, "Protocol": "email", "Endpoint": "a@example.com"}
    return {"Type": "AWS::SNS::Subscription", "Properties": properties} | attributes


def names(embedded, zone):
    found = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [each["Name"] for each in found if each["Type"] == "CNAME"]


def test_a_record_moves_to_another_zone(embedded, zones):
    domain, old, new = zones
    stack = embedded.deploy({"R": record(old, f"www.{domain}")})
    embedded.deploy({"R": record(new, f"www.{domain}")}, name=stack)
    assert names(embedded, old) == []
    assert names(embedded, new) == [f"www.{domain}."]
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert names(embedded, new) == []


def test_a_record_that_moved_is_in_its_old_zone_again_when_the_update_fails(embedded, zones):
    domain, old, new = zones
    stack = embedded.deploy({"R": record(old, f"www.{domain}")})
    moved = {"R": record(new, f"www.{domain}"), "F": refused(DependsOn="R")}
    assert embedded.updated(stack, moved) == "UPDATE_ROLLBACK_COMPLETE"
    assert names(embedded, old) == [f"www.{domain}."]
    assert names(embedded, new) == []
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert names(embedded, old) == []


def test_a_record_is_renamed(embedded, zones):
    domain, zone, _ = zones
    stack = embedded.deploy({"R": record(zone, f"old.{domain}")})
    embedded.deploy({"R": record(zone, f"new.{domain}")}, name=stack)
    assert names(embedded, zone) == [f"new.{domain}."]


def test_a_rename_that_fails_leaves_the_old_record(embedded, zones):
    domain, zone, _ = zones
    stack = embedded.deploy({"R": record(zone, f"old.{domain}")})
    renamed = {"R": record(zone, f"new.{domain}"), "F": refused(DependsOn="R")}
    assert embedded.updated(stack, renamed) == "UPDATE_ROLLBACK_COMPLETE"
    assert names(embedded, zone) == [f"old.{domain}."]


def test_a_record_that_exists_in_the_new_zone_fails_the_update(embedded, zones):
    domain, old, new = zones
    embedded.deploy({"R": record(new, f"www.{domain}")})
    stack = embedded.deploy({"R": record(old, f"www.{domain}")})
    assert "already exists" in embedded.refusal({"R": record(new, f"www.{domain}")}, name=stack)
    assert names(embedded, old) == names(embedded, new) == [f"www.{domain}."]


@pytest.mark.parametrize(("change", "replacement"), [({"HostedZoneId": "new"}, "True"), ({"TTL": "30"}, "False")])
def test_a_change_set_tells_whether_the_record_is_replaced(embedded, zones, change, replacement):
    domain, old, new = zones
    stack = embedded.deploy({"R": record(old, f"www.{domain}")})
    changed = {name: new if value == "new" else value for name, value in change.items()}
    made = embedded.change_set(stack, {"R": record(old, f"www.{domain}", **changed)}, kind="UPDATE")
    assert made["Changes"][0]["ResourceChange"]["Replacement"] == replacement
