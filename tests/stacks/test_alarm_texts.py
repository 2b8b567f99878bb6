"""Each alarm says what to run and where the runbook says more, whatever kind of site it belongs to."""

import re
import shlex

import pytest
from cdk_templates import ROOT
from site_kinds import every_kind, every_stack
from site_stacks import find, templates
from sites import site
from typer.main import get_command

from s3_failover.cli.app import app
from s3_failover.config import alarms as config
from s3_failover.names import alarms, runbook
from s3_failover.names.alarm_texts import LONGEST

SECTIONS = set(re.findall(r"^## ([a-z0-9-]+)$", (ROOT / runbook.ADDRESS).read_text(), re.MULTILINE))
CRITICAL = {alarms.FAILOVER, alarms.STRANDED, alarms.ALL_REGIONS_FAILING, alarms.EXHAUSTED, alarms.MONITOR_FAILING}
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def text(value):
    """A description as it will be, with a long stand-in for what only a deployment knows."""
    if isinstance(value, str):
        return value
    ((function, given),) = value.items()
    return "".join(map(text, given[1])) if function == "Fn::Join" else "x" * 12


def descriptions(stacks):
    for stack in stacks:
        for kind in ALARMS:
            for alarm in find(stack, kind):
                yield alarm["AlarmName"], text(alarm["AlarmDescription"])


def is_command(words):
    """Whether the command line has a command of these words, with an argument behind them."""
    command = get_command(app)
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return False
        command, words = command.commands[words[0]], words[1:]
    return len(words) == 1 and any(each.name == "site" for each in command.params)


def test_each_alarm_names_a_command_and_a_section_that_exist():
    found = list(descriptions(stack.template for stack in every_stack()))
    assert len(found) > 300
    for name, said in found:
        command, address, section = re.fullmatch(r".+\. Run: (.+) Runbook: (\S+)#(\S+)", said).groups()
        program, *words = shlex.split(command)
        assert program == "s3-failover"
        assert is_command(words), f"{name}: {command}"
        assert (address, section in SECTIONS) == (runbook.ADDRESS, True), name
        assert f"/{section}" in name
        assert len(said) <= LONGEST, name


@pytest.mark.parametrize("critical", [True, False])
def test_the_regions_of_each_severity_are_those_of_the_alarms(critical):
    for site_ in every_kind().values():
        having = {
            region
            for role, region in site_.own_stacks
            if any((kind in CRITICAL) is critical for kind in config.kinds(site_, role, region))
        }
        assert set(config.regions(site_, critical=critical)) == having


def test_a_runbook_of_your_own_is_named_in_place_of_the_projects():
    own = "https://wiki.example.com/failover"
    found = [said for _, said in descriptions(templates(site(more=f'alarms = {{ runbook = "{own}" }}')).values())]
    assert found
    assert all(f" Runbook: {own}#" in said for said in found)


@pytest.mark.parametrize(
    "words", [["status"], ["backfill", "run"], ["status", "shop", "x"], ["nothing", "shop"], ["local", "up", "shop"]]
)
def test_what_is_no_command_for_a_site_is_found(words):
    assert not is_command(words)
