"""How a site is, from what DNS, Route 53 and CloudWatch say, and from what they do not say."""

import json
import socket
import threading
from datetime import timedelta

import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest
import sites
from fake_accounts import refusal
from schemas import as_declared
from status_samples import NOW, PUBLIC, check, heard, status

from s3_failover.cli import status_screen
from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.operations import resolvers
from s3_failover.operations.account import Account
from s3_failover.operations.left_over import LeftOver, Looked
from s3_failover.operations.legs import LegAnswer
from s3_failover.operations.notes import Notes
from s3_failover.operations.resolvers import NameServer
from s3_failover.operations.status import checks, overview, replication
from s3_failover.operations.status.alarms import Alarm
from s3_failover.operations.status.replication import Lag, Queue
from s3_failover.operations.status.result import StatusResult
from s3_failover.operations.together import together

DISTRIBUTION, WEBSITE = "d1.cloudfront.net", "shop.example.com.s3-website.eu-central-1.amazonaws.com"
NOTHING = Looked((), {})
HTTPS = 'secondary = { type = "https" }'
EXTERNAL = 'secondary = { type = "external", hostname = "shop.cdn.example.org" }'


def refused(_service, _region):
    raise UserError("no credentials")


def what(found):
    return [problem.what for problem in found.problems]


def test_nothing_is_wrong_where_all_is_well():
    assert (status().exit_code, what(status())) == (0, [])


def test_what_a_proxy_hides_is_no_outage():
    found = status(answer=LegAnswer(0, b"", {}, 0.1, "the proxy http://p:1 refuses", unseen=True))
    told = ["what viewers get cannot be seen from here: the proxy http://p:1 refuses"]
    assert (found.exit_code, what(found)) == (1, told)


def test_a_replica_that_publishes_no_failures_is_well():
    assert status(lags=(Lag("eu-west-1", "eu-central-1", "to-eu-central-1", 0, 0, 0),)).exit_code == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"heard": (heard(Leg.SECONDARY),)},
        {"heard": (heard(Leg.ELSEWHERE),)},
        {"checks": (check("failover", False),)},
        {"checks": (check("failover"), check("primary", False))},
        {"answer": LegAnswer(0, b"", {}, 4, "timed out")},
        {"answer": LegAnswer(503, b"", {}, 0.1)},
        {"answer": LegAnswer(200, b"", {"x-amz-replication-status": "REPLICA"}, 0.1)},
    ],
)
def test_an_outage_is_three(changes):
    assert status(**changes).exit_code == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"heard": UserError("late")},
        {"heard": (heard(Leg.UNKNOWN),)},
        {"heard": (heard(), heard(Leg.SECONDARY, PUBLIC))},
        {"checks": UserError("denied")},
        {"checks": (check("failover"), check("secondary", False))},
        {"checks": (check("failover", None),)},
        {"checks": (check("failover", forced=("inverted",)),)},
        {"checks": (check("failover", error="Route 53 does not answer"),)},
        {"lags": (Lag("eu-west-1", "eu-central-1", "r", 5000, 0, 0, 0),)},
        {"lags": (Lag("eu-west-1", "eu-central-1", "r", 0, 0, 1000, 0),)},
        {"lags": (Lag("eu-west-1", "eu-central-1", "r", 0, 0, 0, 1),)},
        {"lags": (Lag("eu-west-1", "eu-central-1", "r"),)},
        {"lags": (Lag("eu-west-1", "eu-central-1", "r", errors=("denied",)),)},
        {"queue": Queue(0, None, 1)},
        {"queue": UserError("denied")},
        {"alarms": {"us-east-1": ()}},
        {"alarms": {"us-east-1": UserError("late")}},
        {"alarms": {"us-east-1": (Alarm("shop.example.com/cdn-5xx", "us-east-1", "INSUFFICIENT_DATA", NOW, {}),)}},
        {"notes": UserError("denied")},
        {"notes": Notes(evacuation={"by": "me"})},
        {"notes": Notes(drill={"scenario": "s3"})},
        {"empty": {"eu-west-1": False, "eu-central-1": True}},
        {"empty": {"eu-west-1": False, "eu-central-1": UserError("denied")}},
    ],
)
def test_what_is_wrong_or_unknown_without_an_outage_is_one(changes):
    found = status(**changes)
    assert (found.exit_code, len(found.problems)) == (1, 1)


def test_an_empty_replica_is_named_with_what_fills_it():
    found = status(empty={"eu-west-1": False, "eu-central-1": True})
    assert what(found) == ["eu-central-1 holds nothing but the health object: run `s3-failover backfill shop`"]
    assert json.loads(printed([found], NOTHING))["sites"][0]["copies"] == [
        {"region": "eu-west-1", "empty": False},
        {"region": "eu-central-1", "empty": True},
    ]


def test_a_site_to_which_nothing_was_published_has_no_empty_replica():
    assert status(empty={"eu-west-1": True, "eu-central-1": True}).exit_code == 0


def test_an_empty_replica_is_named_also_while_the_primary_cannot_be_looked_at():
    found = status(empty={"eu-west-1": UserError("late"), "eu-central-1": True})
    assert [problem.partition(" ")[0] for problem in what(found)] == ["eu-central-1", "unknown:"]


@pytest.mark.parametrize(
    ("more", "empty", "shown"),
    [
        ("", True, "EMPTY"),
        ("", False, "healthy"),
        ("", UserError("late"), "healthy"),
        (HTTPS, True, "EMPTY"),
        (EXTERNAL, True, "healthy"),
    ],
)
def test_a_secondary_that_has_nothing_but_the_health_object_is_not_shown_as_healthy(more, empty, shown):
    found = status(site=sites.site(more=more), empty={"eu-west-1": False, "eu-central-1": empty})
    (line,) = [line for line in status_screen.lines(found) if line.split()[:1] == ["secondary"]]
    assert line.split()[1] == shown


def test_a_resolver_that_does_not_answer_is_not_wrong_while_others_do():
    assert status(heard=(heard(), heard(Leg.UNKNOWN, PUBLIC, error="timed out"))).exit_code == 0


def test_the_zones_own_servers_say_who_serves_and_resolvers_that_lag_behind_are_named():
    found = status(heard=(heard(), heard(Leg.SECONDARY, PUBLIC)))
    assert (found.serves, what(found)) == (Leg.DISTRIBUTION, ["Public leads to secondary for 60 s more"])


def test_resolvers_say_who_serves_where_no_server_of_the_zone_answers():
    assert status(heard=(heard(Leg.UNKNOWN), heard(Leg.SECONDARY, PUBLIC))).serves is Leg.SECONDARY


def test_dns_and_checks_that_disagree_are_told():
    found = status(heard=(heard(Leg.SECONDARY),))
    assert "DNS and checks disagree: DNS leads to secondary, the checks say primary" in what(found)


def test_one_reason_for_many_parts_is_told_once():
    why = UserError("no credentials")
    found = status(checks=why, notes=why, alarms={"us-east-1": why})
    assert what(found) == ["unknown: checks, alarms in us-east-1, evacuation and drills: no credentials"]


def test_everything_unreachable_is_unknown_and_no_error():
    account = Account("123456789012", refused, now=lambda: NOW)
    for site in (sites.site(mode="hybrid"), sites.site(more='replication = { engine = "lambda" }')):
        found = overview.look(site, account, asked=())
        assert found.exit_code == 1
        assert "no credentials" in what(found)[-1]


@pytest.mark.parametrize("width", [status_screen.WIDTH, 80, 60])
def test_every_screen_fits_its_columns(width):
    long = "a-very-long-name-" * 9
    found = status(
        heard=(heard(names=(f"{long}.cloudfront.net",)), heard(Leg.UNKNOWN, NameServer(long, "192.0.2.3"), error=long)),
        checks=(check("failover", False, forced=("inverted",), failure=long), check("primary", None, error=long)),
        alarms={"us-east-1": (Alarm(long, "us-east-1", "ALARM", NOW, {}),), "eu-west-1": UserError(long)},
        lags=(Lag("eu-west-1", "eu-central-1", "r", 10**12, 10**15, 10**9), Lag("a", "b", "c", errors=(long,))),
        notes=Notes(evacuation={"by": long, "begin": NOW.isoformat()}, last_drill={"scenario": long, "by": long}),
    )
    assert max(map(len, status_screen.lines(found, width))) <= width
    assert max(map(len, status_screen.lines(status(), width))) <= width


def test_no_data_is_told_apart_from_zero():
    text = "\n".join(status_screen.lines(status(lags=(Lag("a", "b", "r", 0, None, 0),))))
    assert "0 pending, no data, 0 s late, 24 h: no data" in text


def test_the_last_drill_is_told():
    drill = {"scenario": "primary-s3", "end": "2026-11-20T10:00:00+00:00", "held": True, "by": "operator"}
    assert "primary-s3 2026-11-20 10:00 UTC, passed, by operator" in "\n".join(
        status_screen.lines(status(notes=Notes(last_drill=drill)))
    )
    assert any("never" in line for line in status_screen.lines(status()))


def printed(found, looked):
    return StatusResult.of(found, looked).model_dump_json(by_alias=True)


def test_a_document_says_what_is_unknown_and_what_is_wrong():
    told = as_declared("status", printed([status(notes=UserError("denied"))], NOTHING))
    (site,) = told["sites"]
    assert (told["exit_code"], site["unknown"], site["last_drill"]) == (1, {"evacuation and drills": "denied"}, None)
    assert site["viewers"]["bucket"] == "primary"


def test_stacks_that_are_left_over_are_told_with_the_commands_and_do_not_count():
    left = LeftOver("old.example.com", "s3-failover-old-example-com-edge-us-east-1", "us-east-1", None, True, False)
    told = as_declared("status", printed([status()], Looked((left,), {"eu-west-3": UserError("denied")})))
    assert told["exit_code"] == status().exit_code
    assert told["not_listed"] == {"eu-west-3": "denied"}
    (stack,) = told["left_over"]
    assert stack["remedy"].startswith("if no other file has old.example.com: `aws cloudformation update-termination-")


def test_a_document_of_everything_is_as_its_schema_says():
    told = printed(
        [status(notes=Notes(*[{"by": "me", "held": True}] * 3), queue=Queue(3, 4.5, 0), answer=None)], NOTHING
    )
    (site,) = as_declared("status", told)["sites"]
    assert (site["queue"]["oldest_seconds"], site["evacuation"]["by"], site["viewers"]) == (4.5, "me", None)


@pytest.mark.parametrize(
    ("more", "names", "leads"),
    [
        ("", [DISTRIBUTION], Leg.DISTRIBUTION),
        ("", [WEBSITE, "s3-website.eu-central-1.amazonaws.com"], Leg.SECONDARY),
        ("", ["other.example.com.s3-website.eu-central-1.amazonaws.com"], Leg.ELSEWHERE),
        ("", ["parked.example.net"], Leg.ELSEWHERE),
        (
            HTTPS,
            ["shop-secondary-eu-central-1.example.com", "d-1.execute-api.eu-central-1.amazonaws.com"],
            Leg.SECONDARY,
        ),
        (EXTERNAL, ["shop.cdn.example.org", "edge.cdn.example.org"], Leg.SECONDARY),
    ],
)
def test_names_alone_tell_where_dns_leads(more, names, leads):
    assert resolvers.leads_to(sites.site(more=more), names) is leads


def test_an_answer_tells_the_life_of_the_failover_record_and_not_that_of_a_cname_before_it():
    site = sites.site().model_copy(update={"hostname": "shop.elsewhere.example", "record_name": "shop.example.com"})
    answer = dns.message.Message()
    for name, ttl, kind, value in (
        ("shop.elsewhere.example.", 300, "CNAME", "shop.example.com."),
        ("shop.example.com.", 41, "CNAME", f"{DISTRIBUTION}."),
        (f"{DISTRIBUTION}.", 60, "A", "192.0.2.7"),
    ):
        answer.answer.append(dns.rrset.from_text(name, ttl, "IN", kind, value))
    found = resolvers.heard(PUBLIC, site, answer, Account("1", refused))
    assert (found.leads, found.ttl, found.target, found.addresses) == (
        Leg.DISTRIBUTION,
        41,
        DISTRIBUTION,
        ("192.0.2.7",),
    )


@pytest.mark.parametrize(
    ("rcode", "authoritative", "leads"),
    [
        (dns.rcode.REFUSED, False, Leg.UNKNOWN),
        (dns.rcode.REFUSED, True, Leg.ELSEWHERE),
        (dns.rcode.NXDOMAIN, False, Leg.ELSEWHERE),
        (dns.rcode.SERVFAIL, False, Leg.ELSEWHERE),
    ],
)
def test_a_resolver_that_does_not_serve_us_says_nothing_about_viewers(monkeypatch, rcode, authoritative, leads):
    def answer(question, *_, **__):
        response = dns.message.make_response(question)
        response.set_rcode(rcode)
        return response, False

    monkeypatch.setattr(dns.query, "udp_with_fallback", answer)
    server = NameServer("one", "127.0.0.1", authoritative=authoritative)
    monkeypatch.setattr(resolvers, "authoritative", lambda *_: ())
    (found,) = resolvers.look(sites.site(), Account("1", refused), [server])
    assert (found.leads, found.error) == (leads, f"answers {dns.rcode.to_text(rcode)}")


def test_a_server_that_is_silent_is_said(monkeypatch):
    monkeypatch.setattr(resolvers, "PATIENCE", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = NameServer("silent", "127.0.0.1", silent.getsockname()[1], authoritative=True)
        (found,) = resolvers.look(sites.site(), Account("1", refused), [server])
    assert (found.leads, found.error) == (Leg.UNKNOWN, "does not answer (timed out)")


@pytest.mark.parametrize(
    ("config", "healthy", "judged"),
    [
        ({}, True, True),
        ({}, None, None),
        ({"Inverted": True}, True, False),
        ({"Inverted": True}, None, None),
        ({"Disabled": True}, False, True),
        ({"Disabled": True, "Inverted": True}, None, False),
    ],
)
def test_a_check_counts_as_it_is_set(config, healthy, judged):
    assert checks.judged(config, healthy) is judged


@pytest.mark.parametrize(
    ("role", "config", "said"),
    [
        ("primary", {"Type": "HTTPS", "Disabled": False, "Inverted": False}, ()),
        ("primary", {"Type": "HTTPS", "Disabled": True, "Inverted": True}, ("disabled", "inverted")),
        ("evacuation", {"Type": "HTTPS", "Disabled": False, "Inverted": True}, ()),
        ("evacuation", {"Type": "HTTPS", "Disabled": True, "Inverted": False}, ("disabled", "not inverted")),
        ("failover", {"Type": "CALCULATED", "HealthThreshold": 2, "ChildHealthChecks": ["a", "b"]}, ()),
        (
            "failover",
            {"Type": "CALCULATED", "HealthThreshold": 3, "ChildHealthChecks": ["a", "b"]},
            ("needs 3 of 2 healthy",),
        ),
    ],
)
def test_what_is_set_by_hand_is_said(role, config, said):
    assert checks.forced(role, config) == said


class Route53:
    """Health checks as Route 53 tells them: `p` and `d` are endpoints, `f` needs both."""

    def __init__(self, shares, needed=2):
        self.shares, self.needed = shares, needed

    def get_health_check(self, **asked):
        calculated = {"Type": "CALCULATED", "HealthThreshold": self.needed, "ChildHealthChecks": ["p", "d"]}
        config = calculated if asked["HealthCheckId"] == "f" else {"Type": "HTTPS"}
        return {"HealthCheck": {"HealthCheckConfig": config, "HealthCheckVersion": 1}}

    def get_health_check_status(self, **asked):
        good = self.shares[asked["HealthCheckId"]]
        told = ["Success: 200"] * good + ["Failure: timed out"] * (16 - good)
        return {"HealthCheckObservations": [{"StatusReport": {"Status": each}} for each in told]}


@pytest.mark.parametrize(
    ("shares", "needed", "healthy"),
    [
        ({"p": 16, "d": 16, "s": 16}, 2, {"failover": True, "primary": True, "distribution": True, "secondary": True}),
        ({"p": 2, "d": 3, "s": 16}, 2, {"failover": False, "primary": False, "distribution": True, "secondary": True}),
        ({"p": 16, "d": 16, "s": 0}, 3, {"failover": False, "primary": True, "distribution": True, "secondary": False}),
    ],
)
def test_checks_are_judged_as_route53_does(monkeypatch, shares, needed, healthy):
    ids = {"failover": "f", "primary": "p", "distribution": "d", "secondary": "s"}
    monkeypatch.setattr(checks, "identifiers", lambda site, account: ids)
    account = Account("1", lambda service, region: Route53(shares, needed))
    found = checks.look(sites.site(), account)
    assert {each.role: each.healthy for each in found} == healthy
    assert [each.role for each in found if each.decides] == ["failover"]


def test_route_53_that_asks_to_slow_down_is_asked_again(monkeypatch):
    class Busy(Route53):
        """Answers every fourth request."""

        asked = 0

        def busy(self):
            self.asked += 1
            if self.asked % 4:
                raise refusal("Throttling", "GetHealthCheck")

        def get_health_check(self, **asked):
            self.busy()
            return super().get_health_check(**asked)

        def get_health_check_status(self, **asked):
            self.busy()
            return super().get_health_check_status(**asked)

    waited = []
    monkeypatch.setattr(checks.time, "sleep", waited.append)
    ids = {"failover": "f", "primary": "p", "distribution": "d", "secondary": "s"}
    monkeypatch.setattr(checks, "identifiers", lambda site, account: ids)
    busy = Busy({"p": 16, "d": 16, "s": 16})
    found = checks.look(sites.site(), Account("1", lambda service, region: busy))
    assert {each.source for each in found} == {"route53"}
    assert 0 < max(waited) <= sum(checks.PAUSES)


def test_replication_is_read_where_each_metric_is_published():
    site = sites.site(replicas=2)
    looks = replication.looks(site, Account("1", refused))
    assert list(looks) == [
        "replication to eu-central-1",
        "replication to ap-south-1",
        "failed replication from eu-west-1",
    ]
    series = [((NOW, value),) for value in (12.0, 3.0, 400.0)]
    hours = ((NOW - timedelta(hours=1), 2.0), (NOW, 1.0))
    found = replication.lags(
        site,
        {
            "replication to eu-central-1": series,
            "replication to ap-south-1": UserError("late"),
            "failed replication from eu-west-1": [hours, ()],
        },
    )
    assert found == (
        Lag("eu-west-1", "eu-central-1", "to-eu-central-1", 3.0, 400.0, 12.0, 3.0),
        Lag("eu-west-1", "ap-south-1", "to-ap-south-1", errors=("late",)),
    )


def test_rules_to_one_region_are_told_apart():
    site = sites.site(replicas=2, more="replication = { two_way = true }")
    asked = replication.looks(site, Account("1", refused))
    found = {name: [((NOW, float(number)),) for number in range(6)] for name in asked}
    told = {lag.rule_id: lag for lag in replication.lags(site, found) if lag.destination == "eu-central-1"}
    assert [(lag.latency, lag.pending, lag.pending_bytes) for lag in told.values()] == [(0, 1, 2), (3, 4, 5)]


def test_who_is_asked_together_is_waited_for_no_longer_than_said():
    ended = []

    def never():
        threading.Event().wait(30)
        ended.append(True)

    found = together({"quick": lambda: 1, "never": never, "broken": lambda: refused(1, 2)}, seconds=0.2)
    assert (found["quick"], str(found["never"]), str(found["broken"])) == (
        1,
        "there was no answer within 0.2 s",
        "no credentials",
    )
    assert not ended
