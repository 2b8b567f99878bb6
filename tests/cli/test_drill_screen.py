"""What a drill shows while it runs, by drills that are made up."""

import ast
import inspect
import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from s3_failover.cli import drill_screen
from s3_failover.drill.timeline import Lane
from s3_failover.local.drill import outage
from s3_failover.local.drill.fleet import outage as fleet_outage
from s3_failover.operations.drill import conduct


def lane(name, kind, state):
    made = Lane(name, kind)
    made.look(0.0, state)
    return made


def site(name, *public, dns="distribution", alarm="OK"):
    answer, check, alarms = lane("DNS", "dns", dns), lane("primary", "check", "healthy"), lane("ring", "alarm", alarm)
    public = [lane(server, "dns", "distribution") for server in public]
    watch = SimpleNamespace(
        answer=answer, public=public, checks={"primary": SimpleNamespace(lane=check)}, lanes=[answer, check, alarms]
    )
    visits = [SimpleNamespace(began=95.0, outcome=outcome) for outcome in ("ok", "failed")]
    viewers = {"http": SimpleNamespace(visits=visits), "https": SimpleNamespace(visits=[])}
    return SimpleNamespace(drilled=SimpleNamespace(name=name, mode="dns"), watch=watch, viewers=viewers)


def fleet(name):
    requests = [SimpleNamespace(began=95.0, result="ok"), SimpleNamespace(began=1.0, result="raised")]
    hosts = {"a": SimpleNamespace(name="a", lane=lane("a", "host", "healthy"))}
    return SimpleNamespace(
        drilled=SimpleNamespace(name=name, pace=1.0),
        watch=SimpleNamespace(lanes=[lane("client-warning", "alarm", "ALARM")]),
        fleet=SimpleNamespace(hosts=hosts, requests={"a": requests}),
    )


def conductor(*runs, outage=0.0):
    return SimpleNamespace(runs=runs, clock=SimpleNamespace(now=lambda: 100.0), outage=outage, until=130.0)


def shown(table):
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    return console.file.getvalue()


def test_a_table_shows_every_site_with_its_resolvers_checks_alarms_and_viewers():
    text = shown(drill_screen.sites("outage", conductor(site("one", "Google", alarm="ALARM"), site("two"))))
    assert "broken, 30 s at most" in text
    for part in ("one (dns)", "two (dns)", "Google: distribution", "primary", "ring", "http 50 %", "https -"):
        assert part in text


def test_a_table_of_fleets_shows_hosts_alarms_and_what_was_served_lately():
    text = shown(drill_screen.fleets("vanished", conductor(fleet("one"))))
    for part in ("hosts were killed", "a healthy", "client-warning", "100 %"):
        assert part in text


def lines(*looks):
    console = Console(file=io.StringIO(), width=120)
    with drill_screen.live(console) as live:
        for phase, drill in looks:
            live.sites(phase, drill)
    return console.file.getvalue().splitlines()


def test_without_a_terminal_there_is_a_line_for_each_phase_and_each_change():
    calm, moved = conductor(site("one")), conductor(site("one", dns="secondary"), outage=90.0)
    assert lines(("calm", calm), ("calm", calm), ("outage", moved)) == [
        "  ordinary traffic, before anything is broken, 30 s at most",
        "  broken, 30 s at most",
        "    10 s  DNS: secondary",
    ]


def test_a_line_names_the_site_where_there_are_several():
    calm, moved = conductor(site("one"), site("two")), conductor(site("one"), site("two", dns="secondary"))
    assert lines(("calm", calm), ("calm", moved))[1:] == ["     calm  two: DNS: secondary"]


@pytest.mark.parametrize("module", [conduct, outage, fleet_outage])
def test_every_phase_is_told_in_words(module):
    waits = [
        node.args[0].value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "wait"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert waits
    assert set(waits) <= set(drill_screen._PHASES)
