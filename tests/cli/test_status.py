"""`s3-failover status` for many sites, and its page."""

import json
import threading
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from fake_accounts import refusal
from sites import site
from status_samples import NOW, check, heard, status
from typer.testing import CliRunner

from s3_failover.cli import status as command
from s3_failover.cli import status_page, status_table, target
from s3_failover.cli.app import app
from s3_failover.config import parse
from s3_failover.config.alarms import in_region
from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.names.health_checks import ALARMS
from s3_failover.operations.account import Account
from s3_failover.operations.legs import LegAnswer
from s3_failover.operations.notes import Notes
from s3_failover.operations.resolvers import Heard, NameServer
from s3_failover.operations.status import fleet, overview
from s3_failover.operations.status.alarms import Alarm
from s3_failover.operations.status.fleet import Place
from s3_failover.operations.status.replication import Lag, Queue
from s3_failover.operations.status.summary import summary, worst_first
from s3_failover.operations.together import by_turns

ACCOUNT, OTHER = "123456789012", "210987654321"
TABLE = """
[sites.{name}]
hostname        = "{name}.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "dns"
{more}
"""
OUTAGE = {"heard": (heard(Leg.SECONDARY),), "answer": LegAnswer(200, b"", {"x-amz-replication-status": "REPLICA"}, 0.1)}
ALARM = {"us-east-1": (Alarm("shop.example.com/cdn-5xx", "us-east-1", "ALARM", NOW, {}),)}


def named(name, **changes):
    return status(site=site(name=name, hostname=f"{name}.example.com"), account=ACCOUNT, **changes)


# One line for a site


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"verdict": "ok", "served_by": "primary", "dns": "primary", "behind": "0 s", "evacuated": "no"}),
        (OUTAGE, {"verdict": "OUTAGE", "served_by": "replica", "dns": "secondary"}),
        ({"answer": LegAnswer(503, b"", {}, 0.1)}, {"verdict": "OUTAGE", "served_by": "HTTP 503"}),
        ({"answer": LegAnswer(0, b"", {}, 4, "timed out")}, {"served_by": "no answer"}),
        ({"answer": LegAnswer(200, b"", {}, 0.1)}, {"served_by": "distribution"}),
        ({"answer": LegAnswer(0, b"", {}, 1, "a proxy", unseen=True)}, {"served_by": "unknown", "verdict": "wrong"}),
        ({"answer": None, "heard": UserError("late")}, {"served_by": "unknown", "dns": "unknown"}),
        ({"lags": (Lag("a", "b", "r", 0, 0, 75.4, 2), Lag("a", "c", "r", 0, 0, 3, 0))}, {"behind": "75 s, 2 failed"}),
        ({"lags": (Lag("a", "b", "r"),)}, {"behind": "no data"}),
        ({"lags": (Lag("a", "b", "r", errors=("denied",)),)}, {"behind": "unknown"}),
        ({"alarms": ALARM}, {"alarms": "1 of 1 on"}),
        ({"alarms": {**ALARM, "eu-west-1": UserError("late")}}, {"alarms": "1 of 1 on, unknown"}),
        ({"alarms": {"us-east-1": ()}}, {"alarms": "none"}),
        (
            {"notes": Notes(evacuation={"by": "me", "begin": "2026-11-21T13:53:00+01:00"})},
            {"evacuated": "since 11-21 12:53 UTC"},
        ),
        ({"notes": Notes(evacuation={"by": "me"})}, {"evacuated": "yes"}),
        ({"notes": UserError("denied")}, {"evacuated": "unknown"}),
    ],
)
def test_a_site_in_one_line(changes, expected):
    told = vars(summary(status(**changes)))
    assert {field: told[field] for field in expected} == expected


def test_where_a_function_copies_the_line_has_its_queue():
    by_function = site(more='replication = { engine = "lambda" }')
    assert summary(status(site=by_function, queue=Queue(1200, 3.0, 0))).behind == "1,200 wait"
    assert summary(status(site=by_function, queue=UserError("denied"))).behind == "unknown"


def test_the_worst_comes_first():
    broken = named("b", checks=(check("failover", None),), notes=UserError("denied"))
    found = [named("a"), named("z", **OUTAGE), named("c", notes=UserError("denied")), broken, named("b0")]
    assert [each.site.name for each in worst_first(found)] == ["z", "b", "c", "a", "b0"]


def test_the_table_has_a_line_for_each_site_within_the_width_of_the_screen():
    long = named("a" * 20, alarms=ALARM, **OUTAGE)
    head, titles, *rows = status_table.lines([long, named("shop")], 60)
    assert head == ("2 sites: 1 in an outage, 0 with something wrong or unknown, 1 well  2026-11-21 12:00:00 UTC")
    assert len(rows) == 2
    assert "account" not in titles
    wide = list(status_table.lines([long, named("shop")]))
    assert all(len(line) <= 100 for line in wide)
    assert wide[2].split()[:2] == ["OUTAGE", "a" * 20]


def test_the_table_tells_accounts_apart_where_there_are_several():
    other = status(account=OTHER)
    _, titles, first, second = status_table.lines([named("shop"), other])
    assert "account" in titles
    assert (ACCOUNT in first, OTHER in second) == (True, True)


# The page


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_says_what_the_screen_says():
    found = named("shop", alarms=ALARM, **OUTAGE)
    page = Page(status_page.render([found]))
    for text in ("OUTAGE", "shop.example.com", "the secondary serves", "1 of 1 alarms in us-east-1 is not OK"):
        assert text in page.text
    assert "OUTAGE: status of shop" in page.text


def test_the_page_needs_nothing_else():
    page = Page(status_page.render([named("shop"), named("blog")]))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "object"}
    assert [each["href"] for each in page.all("a")] == ["#site-1", "#site-2"]
    assert "url(" not in status_page.render([named("shop")])


def test_the_page_can_be_read_without_seeing_its_colours():
    text = status_page.render([named("shop", **OUTAGE), named("blog")])
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == len(page.all("main")) == len(page.all("h1")) == len(page.all("header")) == 1
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {each["aria-labelledby"] for each in page.all("section")} <= ids
    assert {each.get("scope") for each in page.all("th")} == {"col", "row"}
    # Each verdict is a word besides its colour and its sign.
    assert text.count("</span> OUTAGE</span>") == text.count('class="state outage"') > 0
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "</style><b>", '" onload="x', "a\u202eb", "a\x1b[31mb"])
def test_what_others_have_written_is_text_on_the_page(evil):
    server = NameServer(evil, "192.0.2.1", authoritative=True)
    told = Heard(server, Leg.ELSEWHERE, names=(evil,), ttl=60, error=evil)
    notes = Notes(last_drill={"scenario": evil, "by": evil, "end": evil})
    text = status_page.render([named("shop", heard=(told,), notes=notes)], [evil])
    plain = Page(status_page.render([named("shop")], ["x"]))
    page = Page(text)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert not {key for _, attributes in page.elements for key in attributes if key.startswith("on")}
    assert "\u202e" not in text
    assert "\x1b" not in text


def run(*arguments):
    return CliRunner().invoke(app, ["status", *arguments])


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "failover.toml"
    file.write_text(TABLE.format(name="shop", more="") + TABLE.format(name="blog", more=""))
    return file


@pytest.fixture
def looked(monkeypatch):
    """Commands find these sites, whatever they ask for."""
    found = [named("shop"), named("blog", **OUTAGE)]
    monkeypatch.setattr(command.fleet, "look", lambda places: found)
    monkeypatch.setattr(command, "_at_once", lambda chosen, sites: (found, command.NOT_LOOKED))
    monkeypatch.setattr(target, "looking", lambda **_: Account(ACCOUNT, None))
    return found


def test_all_prints_a_table_and_ends_with_the_worst_exit_code(config, looked):
    result = run("--all", "--config", str(config))
    assert result.exit_code == 3
    assert [line.split()[:2] for line in result.stdout.splitlines()[2:]] == [["OUTAGE", "blog"], ["ok", "shop"]]


def test_all_has_json_and_a_page_in_the_same_order(config, looked, tmp_path):
    page = tmp_path / "status.html"
    result = run("--all", "--json", "--html", str(page), "--config", str(config))
    told = json.loads(result.stdout)
    assert [(each["site"], each["account"]) for each in told["sites"]] == [("blog", ACCOUNT), ("shop", ACCOUNT)]
    assert told["exit_code"] == result.exit_code == 3
    text = page.read_text()
    assert text.index("blog.example.com") < text.index("shop.example.com")


def test_a_page_is_written_beside_what_is_printed(config, looked, tmp_path):
    page = tmp_path / "status.html"
    page.write_text("old")
    result = run("--html", str(page), "--config", str(config))
    assert "serves now" in result.stdout
    assert f"wrote {page}" in result.stderr
    assert page.read_text().startswith("<!doctype html>")
    assert [each.name for each in tmp_path.iterdir() if each != config] == ["status.html"]


def test_a_page_that_cannot_be_written_is_an_error_with_what_to_do(config, looked, tmp_path):
    result = run("--html", str(tmp_path / "missing" / "status.html"), "--config", str(config))
    assert isinstance(result.exception, UserError)
    assert "name another file with --html" in str(result.exception)


@pytest.mark.parametrize("other", [("--all",), ("--html", "status.html"), ("--json",)])
def test_watch_goes_with_none_of_them(config, other):
    assert f"got --watch and {other[0]}" in str(run("--watch", *other, "--config", str(config)).exception)


def test_all_is_not_about_one_site(config):
    assert "got --all and the site shop" in str(run("shop", "--all", "--config", str(config)).exception)


def test_several_profiles_go_with_all_alone(config):
    refused = run("--profile", "a", "--profile", "b", "--config", str(config)).exception
    assert str(refused) == "got 2 profiles, expected one: several go with --all"


# Accounts


def places(tmp_path, monkeypatch, text, *profiles):
    """Who is looked at with some profiles: names of sites and accounts."""
    (tmp_path / "failover.toml").write_text(text)
    belongs = {"a": ACCOUNT, "b": OTHER, None: ACCOUNT}
    signed = []

    def sign_in(*, profile, expected, region):
        signed.append((profile, expected))
        return Account(belongs[profile], None)

    monkeypatch.setattr(target, "looking", sign_in)
    found = target.Everywhere(config=tmp_path / "failover.toml", profiles=list(profiles) or None).all()
    return [(each.site.name, each.account.id) for each in found], signed


OWN = TABLE.format(name="own", more=f'account = "{OTHER}"')
ANY = TABLE.format(name="any", more="")


def test_a_site_that_names_its_account_is_looked_at_there_and_any_other_in_each(tmp_path, monkeypatch):
    found, signed = places(tmp_path, monkeypatch, OWN + ANY, "a", "b", "a")
    assert found == [("own", OTHER), ("any", ACCOUNT), ("any", OTHER)]
    assert sorted(signed) == [("a", None), ("b", None)]


def test_many_sites_of_an_account_sign_in_once(tmp_path, monkeypatch):
    text = ANY + TABLE.format(name="more", more="") + OWN
    found, signed = places(tmp_path, monkeypatch, text)
    assert [name for name, _ in found] == ["any", "more", "own"]
    assert sorted(signed, key=str) == [(None, OTHER), (None, None)]


def test_a_site_of_an_account_without_a_profile_is_unknown_and_says_why(tmp_path, monkeypatch):
    (tmp_path / "failover.toml").write_text(OWN)
    monkeypatch.setattr(target, "looking", lambda **_: Account(ACCOUNT, None))
    (found,) = target.Everywhere(config=tmp_path / "failover.toml", profiles=["a", "c"]).all()
    assert found.account.id == OTHER
    with pytest.raises(UserError, match=f"no profile belongs to account {OTHER}: add one that does with --profile"):
        found.account.client("s3", "eu-west-1")


# Many sites


class Region:
    """CloudWatch, SSM and S3 of a region in which all is well; counts what it is asked."""

    def __init__(self, sites, region, asked):
        self.sites, self.region, self.asked = sites, region, asked

    def get_paginator(self, operation):
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _describe_alarms(self, **_):
        self.asked.append(("alarms", self.region))
        checks = {
            each.naming.alarm(kind): f"{each.name}-{role}" for each in self.sites for role, kind in ALARMS.items()
        }
        names = [name for each in self.sites for name in in_region(each, self.region)]
        alarms = [
            {
                "AlarmName": name,
                "StateValue": "OK",
                "StateUpdatedTimestamp": NOW,
                "Dimensions": [{"Name": "HealthCheckId", "Value": checks[name]}] if name in checks else [],
            }
            for name in [*names, "another-app/alarm"]
        ]
        return [{"MetricAlarms": alarms[:50]}, {"MetricAlarms": alarms[50:]}]

    def _get_metric_data(self, *, MetricDataQueries, **_):  # noqa: N803 - as AWS spells it
        self.asked.append(("metrics", self.region))

        def value(query):
            metric = query["MetricStat"]["Metric"]
            ours = [each for each in metric["Dimensions"] if each["Value"] == "site-7-primary"]
            return 0.0 if ours or metric["Namespace"] == "AWS/S3" else 1.0

        return [
            {
                "MetricDataResults": [
                    {"Id": each["Id"], "Timestamps": [NOW], "Values": [value(each)]} for each in MetricDataQueries
                ]
            }
        ]

    def get_parameters(self, **_):
        return {"Parameters": []}

    def list_objects_v2(self, *, Bucket, **_):  # noqa: N803 - as AWS spells it
        if Bucket == "site-3.example.com":
            raise refusal("AccessDenied", "ListObjectsV2", 403)
        return {"Contents": [{"Key": "index.html"}]}

    def head_object(self, **_):
        raise refusal("404", "HeadObject", 404)


@pytest.fixture
def well(monkeypatch):
    seen = ((heard(),), LegAnswer(200, b"", {"X-Amz-Replication-Status": "COMPLETED"}, 0.1))
    monkeypatch.setattr(overview, "viewers", lambda site, account, asked: seen)


def many(count):
    text = "".join(TABLE.format(name=f"site-{number}", more="") for number in range(count))
    sites = parse(text.replace('"dns"', '"hybrid"', count // 2)).sites
    asked = []
    account = Account(ACCOUNT, lambda _, region: Region(sites, region, asked), now=lambda: NOW)
    return [Place(each, account, ()) for each in sites], asked


@pytest.mark.usefixtures("well")
def test_many_sites_are_each_as_they_are(monkeypatch):
    monkeypatch.setattr("s3_failover.operations.account.session.install_dates", lambda client: None)
    found = fleet.look(many(40)[0], seconds=60)
    assert [each.site.name for each in found] == [f"site-{number}" for number in range(40)]
    assert {each.site.name: each.exit_code for each in found if each.exit_code} == {"site-7": 3, "site-3": 1}
    assert found[7].check("primary").healthy is False
    for each in (found[0], found[-1]):
        assert [check.role for check in each.checks] == ["failover", "primary", "distribution", "secondary"]
        assert [check.decides for check in each.checks] == [True, False, False, False]
    assert {alarm.name.partition("/")[0] for each in found[5].alarms.values() for alarm in each} == {
        "site-5.example.com"
    }
    assert len(found[0].alarms["us-east-1"]) == len(in_region(found[0].site, "us-east-1"))
    assert (found[0].lags[0].latency, found[0].account) == (0.0, ACCOUNT)


@pytest.mark.usefixtures("well")
def test_cloudwatch_is_asked_no_more_often_for_many_sites_than_for_one(monkeypatch):
    monkeypatch.setattr("s3_failover.operations.account.session.install_dates", lambda client: None)
    asked = []
    for count in (1, 40):
        places, told = many(count)
        fleet.look(places, seconds=60)
        asked.append(sorted(told))
    assert asked[0] == asked[1]


def test_what_does_not_answer_in_time_is_unknown_and_later_parts_are_not_begun():
    end, begun = threading.Event(), []

    def hang(name):
        begun.append(name)
        end.wait(60)

    parts = {name: lambda name=name: hang(name) for name in "abcdef"}
    try:
        found = by_turns(parts, seconds=0.2, at_once=2)
    finally:
        end.set()
    assert [str(each) for each in found.values()] == ["there was no answer within 0.2 s"] * 6
    assert sorted(begun) == ["a", "b"]


def test_every_part_is_done_whatever_the_number_of_turns():
    found = by_turns({number: lambda number=number: number**2 for number in range(50)}, seconds=60, at_once=3)
    assert found == {number: number**2 for number in range(50)}
