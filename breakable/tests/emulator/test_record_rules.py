import pytest

from breakable_aws.emulator.route53.record_rules import violation

ZONE = "example.com."
PRIMARY = {
    "Name": "www.example.com.",
    "Type": "CNAME",
    "TTL": "60",
    "ResourceRecords": ["d1.cloudfront.net"],
    "SetIdentifier": "p",
    "Failover": "PRIMARY",
    "HealthCheckId": "check",
}
SECONDARY = {
    "Name": "www.example.com.",
    "Type": "CNAME",
    "TTL": "60",
    "ResourceRecords": ["www.example.com.s3-website-us-west-2.amazonaws.com"],
    "SetIdentifier": "s",
    "Failover": "SECONDARY",
}


def judged(*records, before=(), checks=("check",)):
    return violation(ZONE, before, [*before, *records], lambda check: check in checks)


def test_a_failover_pair_is_fine():
    assert judged(PRIMARY, SECONDARY) is None


@pytest.mark.parametrize(
    ("record", "code", "why"),
    [
        (PRIMARY | {"HealthCheckId": "gone"}, "NoSuchHealthCheck", "gone"),
        ({k: v for k, v in PRIMARY.items() if k != "HealthCheckId"}, "InvalidInput", "HealthCheckId"),
        ({k: v for k, v in PRIMARY.items() if k != "SetIdentifier"}, "InvalidInput", "SetIdentifier"),
        (PRIMARY | {"Failover": "BACKUP"}, "InvalidInput", "BACKUP"),
        (PRIMARY | {"Name": ZONE}, "InvalidChangeBatch", "apex"),
        (PRIMARY | {"Name": "www.example.org."}, "InvalidChangeBatch", "zone"),
        (PRIMARY | {"ResourceRecords": ["a", "b"]}, "InvalidChangeBatch", "one value"),
        ({k: v for k, v in PRIMARY.items() if k != "TTL"}, "InvalidInput", "TTL"),
    ],
)
def test_a_record_that_route_53_refuses_is_refused(record, code, why):
    problem = judged(record)
    assert problem[0] == code
    assert why in problem[1]


@pytest.mark.parametrize(
    "other",
    [
        PRIMARY | {"SetIdentifier": "p2"},
        {k: v for k, v in SECONDARY.items() if k not in ("Failover", "SetIdentifier")},
        {"Name": "www.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": ["192.0.2.1"]},
    ],
)
def test_records_that_cannot_share_a_name_are_refused(other):
    assert judged(other, before=[PRIMARY])[0] == "InvalidChangeBatch"


def test_an_alias_primary_may_evaluate_its_target_instead_of_a_check():
    alias = {"HostedZoneId": "Z1", "DNSName": "x.", "EvaluateTargetHealth": True}
    record = {"Name": ZONE, "Type": "A", "SetIdentifier": "p", "Failover": "PRIMARY", "AliasTarget": alias}
    assert judged(record) is None


def test_records_that_did_not_change_are_not_judged_again():
    orphan = PRIMARY | {"HealthCheckId": "deleted"}
    assert judged(SECONDARY, before=[orphan]) is None
