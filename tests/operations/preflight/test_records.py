"""Records in the way of a deployment."""

import json

import pytest
from fake_accounts import refusal
from preflight_ground import HTTPS, Paged, findings, ground, ids, stack
from sites import site

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.operations.preflight import (
    records,
)


def record(name, kind="CNAME", **more):
    return {"Name": f"{name}.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": "old.example.net"}], **more}


PAIR = [record("shop.example.com", Failover=role) for role in ("PRIMARY", "SECONDARY")]


EDGE_WITH_RECORDS = stack(StackRole.EDGE, EDGE_REGION, ("AWS::Route53::RecordSet", "shop.example.com"))


def on_records(*found, of=None, stacks=()):
    return ground(of, stacks=stacks, route53=Paged(list_resource_record_sets={"ResourceRecordSets": list(found)}))


def test_a_free_name_of_a_record_is_fine():
    assert ids(records, on_records(record("shop2.example.com"))) == []


@pytest.mark.parametrize("kind", ["CNAME", "A", "TXT"])
def test_a_record_in_the_way_is_removed_by_the_printed_command(kind):
    (finding,) = findings(records, on_records(record("shop.example.com", kind)))
    assert finding.id == "PREFLIGHT-RECORD"
    batch = json.loads(finding.remedy.partition("--change-batch '")[2].partition("'`")[0])
    assert batch["Changes"] == [{"Action": "DELETE", "ResourceRecordSet": record("shop.example.com", kind)}]


@pytest.mark.parametrize(
    ("name", "kind", "moves"),
    [
        ("shop.example.com", "A", True),
        ("shop.example.com", "CNAME", True),
        ("shop.example.com", "TXT", False),
        ("shop-secondary-eu-central-1.example.com", "A", False),
        ("example.com", "A", False),
    ],
)
def test_a_record_that_viewers_may_use_can_be_replaced_last(name, kind, moves):
    of = site(hostname="example.com") if name == "example.com" else site(more=HTTPS)
    (finding,) = findings(records, on_records(record(name, kind), of=of))
    assert ("record_name" in finding.remedy) == ("docs/operate/moving.md" in finding.remedy) == moves


def test_the_failover_pair_is_in_the_way_where_no_stack_has_it():
    assert ids(records, on_records(*PAIR)) == ["PREFLIGHT-RECORD"] * 2
    assert ids(records, on_records(*PAIR, stacks=[EDGE_WITH_RECORDS])) == []
    assert ids(records, on_records(*PAIR, stacks=[stack(StackRole.EDGE, EDGE_REGION)])) == ["PREFLIGHT-RECORD"] * 2


def test_beside_records_at_an_apex_others_may_stand():
    apex = site(hostname="example.com")
    beside = [record("example.com", kind) for kind in ("NS", "SOA", "MX", "TXT")]
    assert ids(records, on_records(*beside, of=apex)) == []
    assert ids(records, on_records(record("example.com", "AAAA"), of=apex)) == ["PREFLIGHT-RECORD-BESIDE"]
    assert ids(records, on_records(record("example.com", "A"), of=apex)) == ["PREFLIGHT-RECORD"]


def test_the_two_names_of_an_https_secondary_are_looked_at():
    of = site(more=HTTPS)
    there = [record(of.endpoint_name), record(of.endpoint_check_name, "A")]
    assert ids(records, on_records(*there, of=of)) == ["PREFLIGHT-RECORD"] * 2
    made = stack(StackRole.HTTPS, "eu-central-1", ("AWS::Route53::RecordSet", of.endpoint_name))
    assert ids(records, on_records(record(of.endpoint_name), of=of, stacks=[made])) == []


def test_records_of_a_zone_that_is_not_there_are_not_looked_at():
    gone = Paged(list_resource_record_sets=refusal("NoSuchHostedZone", "ListResourceRecordSets", 404))
    assert ids(records, ground(route53=gone)) == []
    assert ids(records, ground(site(zone='name = "example.com", create = true'))) == []


def test_a_delegation_of_the_zone_that_is_made_is_in_the_way():
    parent = 'parent = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }'
    of = site(hostname="www.shop.example.com", zone=f'name = "shop.example.com", create = true, {parent}')
    assert ids(records, on_records(record("shop.example.com", "NS"), of=of)) == ["PREFLIGHT-RECORD"]
    made = stack(StackRole.ZONE, EDGE_REGION, ("AWS::Route53::RecordSet", "shop.example.com"), of=of)
    assert ids(records, on_records(record("shop.example.com", "NS"), of=of, stacks=[made])) == []


def test_a_record_in_the_way_of_a_further_hostname():
    apex = site(more='aliases = ["example.com", "www.example.com"]')
    found = findings(records, on_records(record("example.com", "A"), record("www.example.com", "A"), of=apex))
    assert [each.where for each in found] == ["record example.com A", "record www.example.com A"]
    pair = [record("example.com", "A", Failover=role) for role in ("PRIMARY", "SECONDARY")]
    assert ids(records, on_records(*pair, of=apex, stacks=[EDGE_WITH_RECORDS])) == []


def test_a_record_in_the_way_of_what_leads_a_further_hostname_to_the_endpoint():
    of = site(more=f'{HTTPS}\naliases = ["www.example.com"]')
    name = "www-secondary-eu-central-1.example.com"
    assert [each.where for each in findings(records, on_records(record(name), of=of))] == [f"record {name} CNAME"]
