import pytest

from s3_failover.local.route53.answers import answer
from s3_failover.local.route53.snapshot import Snapshot, Zone

DISTRIBUTION, WEBSITE = "d1.cloudfront.net", "www.example.com.s3-website.eu-central-1.amazonaws.com"


def record(name, kind, *values, ttl=60, **more):
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in values], **more}


def failover(role, target, check=None):
    more = {"Failover": role, "SetIdentifier": role} | ({"HealthCheckId": check} if check else {})
    return record("www.example.com.", "CNAME", target, **more)


SOA = record("example.com.", "SOA", "ns-1.awsdns-1.com. hostmaster.example.com. 1 7200 900 1209600 86400", ttl=900)


def zone(*records):
    return Snapshot(zones=(Zone("example.com.", (SOA, *records)),))


def ask(snapshot, name="www.example.com.", kind="A", sick=()):
    return answer(snapshot, name, kind, lambda check: check not in sick)


def target(reply):
    return reply.answer[0].value


@pytest.mark.parametrize(
    ("sick", "checked_secondary", "expected"),
    [
        ((), False, DISTRIBUTION),
        (("p",), False, WEBSITE),
        ((), True, DISTRIBUTION),
        (("p",), True, WEBSITE),
        (("s",), True, DISTRIBUTION),
        (("p", "s"), True, DISTRIBUTION),
    ],
)
def test_failover_answers_as_route_53_documents(sick, checked_secondary, expected):
    secondary = failover("SECONDARY", WEBSITE, "s" if checked_secondary else None)
    reply = ask(zone(failover("PRIMARY", DISTRIBUTION, "p"), secondary), sick=sick)
    assert target(reply) == f"{expected}."
    assert len([r for r in reply.answer if r.kind == "CNAME"]) == 1


def test_names_of_aws_lead_to_loopback_so_that_tools_are_content():
    reply = ask(zone(failover("PRIMARY", DISTRIBUTION, "p"), failover("SECONDARY", WEBSITE)))
    assert [(r.name, r.kind, r.value) for r in reply.answer][1] == ("d1.cloudfront.net.", "A", "127.0.0.1")


def test_answers_carry_the_time_to_live_of_their_record():
    assert ask(zone(record("www.example.com.", "A", "192.0.2.1", ttl=7))).answer[0].ttl == 7


def test_aliases_inside_the_zone_are_followed():
    found = zone(record("www.example.com.", "CNAME", "b.example.com"), record("b.example.com.", "A", "192.0.2.1"))
    assert [r.kind for r in ask(found).answer] == ["CNAME", "A"]


def test_question_for_the_alias_itself_is_not_followed():
    assert [r.kind for r in ask(zone(failover("PRIMARY", DISTRIBUTION)), kind="CNAME").answer] == ["CNAME"]


def test_circle_of_aliases_ends():
    found = zone(
        record("www.example.com.", "CNAME", "b.example.com"), record("b.example.com.", "CNAME", "www.example.com")
    )
    assert len(ask(found).answer) <= 8


def test_name_that_does_not_exist_is_nxdomain_with_the_soa():
    reply = ask(zone(), "no.example.com.")
    assert (reply.rcode, [r.kind for r in reply.authority]) == ("NXDOMAIN", ["SOA"])


def test_name_without_records_of_the_type_has_no_data_with_the_soa():
    reply = ask(zone(record("www.example.com.", "A", "192.0.2.1")), kind="AAAA")
    assert (reply.rcode, reply.answer, [r.kind for r in reply.authority]) == ("NOERROR", [], ["SOA"])


def test_name_above_others_exists_without_records():
    assert ask(zone(record("a.b.example.com.", "A", "192.0.2.1")), "b.example.com.").rcode == "NOERROR"


def test_other_zones_are_refused():
    assert ask(zone(), "www.example.net.").rcode == "REFUSED"


def test_longest_zone_answers():
    inner = Zone("sub.example.com.", (record("www.sub.example.com.", "A", "192.0.2.2"),))
    outer = Zone("example.com.", (SOA, record("www.sub.example.com.", "A", "192.0.2.1")))
    assert target(ask(Snapshot(zones=(outer, inner)), "www.sub.example.com.")) == "192.0.2.2"


def test_wildcard_answers_for_names_that_do_not_exist_only():
    found = zone(record("\\052.example.com.", "A", "192.0.2.1"), record("www.example.com.", "TXT", '"x"'))
    assert target(ask(found, "any.example.com.")) == "192.0.2.1"
    assert ask(found).answer == []
