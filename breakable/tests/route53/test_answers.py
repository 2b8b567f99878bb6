import ipaddress
import itertools
from dataclasses import replace

import pytest

from breakable_aws.route53.answers import answer
from breakable_aws.route53.snapshot import Snapshot, Zone

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


@pytest.mark.parametrize(("sick", "rcode"), [((), "NXDOMAIN"), (("p",), "NOERROR")])
def test_lost_names_do_not_exist_behind_a_cname_either_and_others_do(sick, rcode):
    found = zone(failover("PRIMARY", DISTRIBUTION, "p"), failover("SECONDARY", WEBSITE))
    reply = ask(replace(found, lost=("*.cloudfront.net.",)), sick=sick)
    assert reply.rcode == rcode
    assert reply.answer[0].kind == "CNAME", "the record itself is there"
    assert [record.kind for record in reply.authority] == (["SOA"] if rcode == "NXDOMAIN" else [])


def test_a_lost_name_itself_does_not_exist_and_the_domain_does():
    lost = Snapshot(lost=("*.cloudfront.net.",))
    assert ask(lost, "d1.cloudfront.net.").rcode == "NXDOMAIN"
    assert ask(lost, "cloudfront.net.", "SOA").rcode == "NOERROR"
    assert ask(lost, "notcloudfront.net.").rcode == "REFUSED"
    assert ask(Snapshot(), "d1.cloudfront.net.").rcode == "NOERROR"


def test_a_lost_endpoint_does_not_exist_with_all_below_it_and_what_ends_alike_does():
    endpoint = "s3.eu-west-1.amazonaws.com."
    lost = Snapshot(lost=(endpoint,))
    assert [ask(lost, name).rcode for name in (endpoint, f"bucket.{endpoint}")] == ["NXDOMAIN"] * 2
    assert ask(lost, f"my{endpoint}").rcode == "NOERROR"


@pytest.mark.parametrize("role", ["PRIMARY", "SECONDARY"])
def test_a_failover_record_without_its_partner_answers_although_it_is_sick(role):
    reply = ask(zone(failover(role, WEBSITE, "p")), sick=("p",))
    assert target(reply) == f"{WEBSITE}."


def test_names_of_aws_lead_to_loopback_so_that_tools_are_content():
    reply = ask(zone(failover("PRIMARY", DISTRIBUTION, "p"), failover("SECONDARY", WEBSITE)))
    assert [(r.name, r.kind, r.value) for r in reply.answer][1] == ("d1.cloudfront.net.", "A", "127.0.0.1")


@pytest.mark.parametrize(
    "name", [f"{DISTRIBUTION}.", f"{WEBSITE}.", "d-abc.execute-api.eu-west-1.amazonaws.com.", "b.s3.amazonaws.com."]
)
def test_a_name_of_aws_is_answered_when_asked_for_directly_as_in_a_chain(name):
    direct = ask(zone(), name)
    chained = ask(zone(record("www.example.com.", "CNAME", name)))
    assert (direct.rcode, direct.authoritative) == ("NOERROR", True)
    assert direct.answer == chained.answer[1:] != []
    assert [(r.name, r.kind) for r in ask(zone(), name, "TXT").authority] == [(above(name), "SOA")]


def above(name):
    return ".".join(name.split(".")[-3:])


@pytest.mark.parametrize("kind", ["TXT", "HTTPS", "MX"])
def test_no_data_behind_a_cname_has_the_soa_of_the_zone_that_it_leads_to(kind):
    reply = ask(zone(record("www.example.com.", "CNAME", DISTRIBUTION)), kind=kind)
    assert (reply.rcode, [r.kind for r in reply.answer]) == ("NOERROR", ["CNAME"])
    assert [(r.name, r.kind) for r in reply.authority] == [("cloudfront.net.", "SOA")]


def test_distributions_have_an_address_of_ipv6_that_is_this_machine_and_websites_have_none():
    (address,) = ask(zone(), f"{DISTRIBUTION}.", "AAAA").answer
    assert ipaddress.ip_address(address.value).ipv4_mapped == ipaddress.ip_address("127.0.0.1")
    assert ask(zone(), f"{WEBSITE}.", "AAAA").answer == []
    assert ask(zone(), "cloudfront.net.", "NS").answer != []


def test_an_answer_names_the_servers_of_its_zone():
    servers = name_servers("example.com.", "ns-1.test.", "ns-2.test.")
    found = zone(servers, record("www.example.com.", "CNAME", DISTRIBUTION), record("a.example.com.", "A", "192.0.2.1"))
    for name in ("www.example.com.", "a.example.com."):
        told = [(r.name, r.kind, r.value) for r in ask(found, name).authority]
        assert told == [("example.com.", "NS", "ns-1.test."), ("example.com.", "NS", "ns-2.test.")]
    assert [r.kind for r in ask(found, "a.example.com.", "TXT").authority] == ["SOA"]


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
    assert len(ask(found).answer) == 8


def test_a_chain_is_followed_for_eight_records():
    names = [f"n{number}.example.com." for number in range(9)]
    links = [record(name, "CNAME", following) for name, following in itertools.pairwise(names)]
    reply = ask(zone(*links, record(names[-1], "A", "192.0.2.1")), names[1])
    assert [r.kind for r in reply.answer] == ["CNAME"] * 7 + ["A"]
    assert {r.kind for r in ask(zone(*links, record(names[-1], "A", "192.0.2.1")), names[0]).answer} == {"CNAME"}


def test_name_that_does_not_exist_is_nxdomain_with_the_soa():
    reply = ask(zone(), "no.example.com.")
    assert (reply.rcode, [r.kind for r in reply.authority]) == ("NXDOMAIN", ["SOA"])


def test_name_without_records_of_the_type_has_no_data_with_the_soa():
    reply = ask(zone(record("www.example.com.", "A", "192.0.2.1")), kind="AAAA")
    assert (reply.rcode, reply.answer, [r.kind for r in reply.authority]) == ("NOERROR", [], ["SOA"])


def test_name_above_others_exists_without_records():
    assert ask(zone(record("a.b.example.com.", "A", "192.0.2.1")), "b.example.com.").rcode == "NOERROR"


def test_other_zones_are_refused():
    reply = ask(zone(), "www.example.net.")
    assert (reply.rcode, reply.authoritative) == ("REFUSED", False)


def name_servers(name, *servers):
    return record(name, "NS", *servers, ttl=3600)


def nested(*above):
    """Two zones, the outer one with some records about the inner one."""
    inner = (
        name_servers("sub.example.com.", "ns-1.test.", "ns-2.test."),
        record("www.sub.example.com.", "A", "192.0.2.2"),
    )
    return Snapshot(zones=(Zone("sub.example.com.", inner), Zone("example.com.", (SOA, *above))))


def test_a_zone_answers_when_the_one_above_delegates_to_its_name_servers():
    found = nested(name_servers("sub.example.com.", "ns-2.test", "NS-1.test"))
    assert target(ask(found, "www.sub.example.com.")) == "192.0.2.2"


def test_a_zone_that_nobody_delegates_to_is_not_found():
    assert ask(nested(), "www.sub.example.com.").rcode == "NXDOMAIN"


def test_a_delegation_to_other_name_servers_leads_elsewhere():
    reply = ask(nested(name_servers("sub.example.com.", "ns-1.other.")), "www.sub.example.com.")
    assert (reply.answer, reply.authoritative) == ([], False)
    assert [(r.name, r.kind, r.value) for r in reply.authority] == [("sub.example.com.", "NS", "ns-1.other.")]


def test_a_hostname_whose_dns_is_elsewhere_leads_to_our_zone():
    elsewhere = Zone("www.example.net.", (record("www.example.net.", "CNAME", "www.example.com.", ttl=300),))
    ours = zone(failover("PRIMARY", DISTRIBUTION, "p"), failover("SECONDARY", WEBSITE)).zones
    reply = ask(Snapshot(zones=(*ours, elsewhere)), "www.example.net.", sick=("p",))
    assert [r.value for r in reply.answer if r.kind == "CNAME"] == ["www.example.com.", f"{WEBSITE}."]


def test_wildcard_answers_for_names_that_do_not_exist_only():
    found = zone(record("\\052.example.com.", "A", "192.0.2.1"), record("www.example.com.", "TXT", '"x"'))
    assert target(ask(found, "any.example.com.")) == "192.0.2.1"
    assert ask(found).answer == []


def alias(name, target):
    return {"Name": name, "Type": "A", "AliasTarget": {"DNSName": target, "EvaluateTargetHealth": False}}


def test_alias_answers_under_its_own_name_with_what_its_target_has():
    found = zone(alias("www.example.com.", "B.example.com"), record("b.example.com.", "A", "192.0.2.9", ttl=7))
    reply = ask(found)
    assert [(r.name, r.kind, r.ttl, r.value) for r in reply.answer] == [("www.example.com.", "A", 7, "192.0.2.9")]
    assert reply.end == "b.example.com."


@pytest.mark.parametrize("name", ["d1.cloudfront.net", "s3-website.eu-central-1.amazonaws.com"])
def test_alias_of_a_name_of_aws_is_an_address_under_its_own_name(name):
    reply = ask(zone(alias("www.example.com.", name)))
    assert [(r.name, r.kind, r.value) for r in reply.answer] == [("www.example.com.", "A", "127.0.0.1")]
    assert reply.end == f"{name}."


def test_circle_of_own_aliases_ends():
    assert ask(zone(alias("www.example.com.", "www.example.com"))).answer == []


def test_wildcard_stands_for_names_of_any_depth_below_its_closest_parent():
    found = zone(record("*.example.com.", "A", "192.0.2.1"), record("x.sub.example.com.", "A", "192.0.2.2"))
    assert target(ask(found, "a.b.c.example.com.")) == "192.0.2.1"
    # sub.example.com exists, as others lie below it: the wildcard above it does not reach there.
    assert ask(found, "y.sub.example.com.").rcode == "NXDOMAIN"
    assert ask(found, "sub.example.com.").rcode == "NOERROR"


def test_wildcard_without_records_of_the_type_has_no_data():
    reply = ask(zone(record("*.example.com.", "A", "192.0.2.1")), "any.example.com.", "TXT")
    assert (reply.rcode, reply.answer, [r.kind for r in reply.authority]) == ("NOERROR", [], ["SOA"])


def test_question_for_everything_gets_one_type():
    found = zone(record("www.example.com.", "A", "192.0.2.1"), record("www.example.com.", "TXT", '"x"'))
    assert [r.kind for r in ask(found, kind="ANY").answer] == ["A"]
    assert ask(found, "no.example.com.", "ANY").rcode == "NXDOMAIN"


def test_alias_to_a_name_that_does_not_exist_is_nxdomain_with_the_alias():
    reply = ask(zone(record("www.example.com.", "CNAME", "no.example.com")))
    assert (reply.rcode, [r.kind for r in reply.answer], [r.kind for r in reply.authority]) == (
        "NXDOMAIN",
        ["CNAME"],
        ["SOA"],
    )


@pytest.mark.parametrize("name", ["sub.example.com.", "www.sub.example.com."])
def test_delegated_names_are_referred_to_their_name_servers(name):
    reply = ask(zone(record("sub.example.com.", "NS", "ns.example.net", "ns2.example.net")), name)
    assert (reply.rcode, reply.authoritative, reply.answer) == ("NOERROR", False, [])
    assert [(r.name, r.value) for r in reply.authority] == [
        ("sub.example.com.", "ns.example.net."),
        ("sub.example.com.", "ns2.example.net."),
    ]


def test_name_servers_of_the_zone_itself_are_no_delegation():
    reply = ask(zone(record("example.com.", "NS", "ns.example.net")), "example.com.", "NS")
    assert (reply.authoritative, [r.value for r in reply.answer]) == (True, ["ns.example.net."])


@pytest.mark.parametrize(
    ("kind", "value"), [("AAAA", "2001:db8::1"), ("TXT", '"x"'), ("MX", "10 a.example.com."), ("CAA", '0 issue "ca.x"')]
)
def test_records_of_other_types_are_answered_as_they_stand(kind, value):
    assert target(ask(zone(record("www.example.com.", kind, value)), kind=kind)) == value


@pytest.mark.parametrize("kind", ["A", "AAAA", "TXT", "CNAME"])
@pytest.mark.parametrize("sick", [(), ("p",), ("s",), ("p", "s")])
def test_never_both_records_of_a_failover_pair(kind, sick):
    pair = [failover("PRIMARY", "a.example.net", "p"), failover("SECONDARY", "b.example.net", "s")]
    chosen = "b.example.net." if sick == ("p",) else "a.example.net."
    assert [r.value for r in ask(zone(*pair), kind=kind, sick=sick).answer] == [chosen]


def test_of_two_zones_with_one_name_the_one_answers_that_has_the_record():
    with_record = Zone("example.com.", (SOA, record("www.example.com.", "CNAME", DISTRIBUTION)))
    without = Zone("example.com.", (SOA, record("other.example.com.", "CNAME", DISTRIBUTION)))
    for zones in ((with_record, without), (without, with_record)):
        assert target(ask(Snapshot(zones=zones))) == f"{DISTRIBUTION}."
