"""Writes docs/alarms.md: every alarm of a site with clients, in either engine of replication, from its templates.

`python docs/alarm_page.py` writes the page.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App

from s3_failover_stacks import add_sites

PAGE = Path(__file__).parent / "alarms.md"
_SITES = """
[sites.{engine}]
hostname        = "{engine}.example.com"
primary_region  = "us-west-2"
replica_regions = ["us-east-2"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "dns"
replication     = {{ engine = "{engine}" }}
clients         = {{}}
alarms          = {{ monitor = {monitor} }}
"""
_SIGNS = {"LessThan": "<", "LessThanOrEqualTo": "≤", "GreaterThan": ">", "GreaterThanOrEqualTo": "≥"}
_HEAD = """# Alarms

Every alarm of www.example.com with the default settings, for a primary in us-west-2 and a replica in us-east-2. An
alarm is called by the hostname and the name in the table, as in `www.example.com/failover-unhealthy`. `make docs`
writes this page from the templates.

The table [`clients`](configuration.md#clients----) adds the alarms whose names start with `client-`;
[the metrics of the client](metrics.md) explains what hosts publish. The alarms `replication-dead-letters`,
`replication-latency` and `replication-pending` without a rule belong to `replication.engine = "lambda"`; those whose
names start with `monitor-` to [`alarms.monitor`](configuration.md#alarms----). `s3-failover doctor` checks that each
alarm has actions and data. Each alarm's description also says which command to run and where its section of the
[runbook](runbook/alarms.md) is; `alarms.runbook` names a runbook of your own.

## Where they go

Each stack with alarms has a topic for warnings and one for critical alarms, and its outputs `WarningTopicArn` and
`CriticalTopicArn` name them. For each severity, [`alarms`](configuration.md#alarms----) takes

| recipient | setting | what you do |
| --- | --- | --- |
| e-mail | `critical_emails` | confirm the mail that AWS sends for each region |
| PagerDuty | `critical_endpoints` | copy the URL of a service's integration *Amazon CloudWatch* |
| another HTTPS endpoint | `critical_endpoints` | confirm as SNS asks the endpoint to |
| an existing topic | `critical_topics` | name one in each region; its policy must let CloudWatch publish |
| Slack, Teams | none | add the topics to your channel in Amazon Q Developer in chat applications |

and the same for warnings, as in `warning_emails`. PagerDuty's URL is
`https://events.pagerduty.com/integration/KEY/enqueue`; it confirms by itself, and resolves an incident when the alarm
is over.

E-mail addresses and endpoints get a message when an alarm goes off and when it is over. A first deployment sends
nothing but requests to confirm. Other subscribers of the topics, a chat channel among them, also get one message for
each new alarm that is OK. No template defines the chat channel: an account has one configuration for a channel, with
the topics of all regions and sites, and stacks in several regions cannot share it.

Quotas of the account have no alarm: [`s3-failover doctor`](operate/doctor.md) warns above `alarms.quota_percent` of
one, and [`preflight`](operate/preflight.md) counts what a deployment adds.

## All alarms

| alarm | severity | says | run | goes off when | stack |
| --- | --- | --- | --- | --- | --- |
"""


def render() -> str:
    """Return the page in Markdown."""
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in dict.fromkeys(_rows()))


def _rows() -> Iterator[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "failover.toml"
        config.write_text(
            "".join(
                _SITES.format(engine=engine, monitor=monitor)
                for engine, monitor in (("s3", "true"), ("lambda", "false"))
            ),
            encoding="utf-8",
        )
        app = App(outdir=str(Path(directory) / "assembly"))
        add_sites(app, config)
        for stack in app.synth().stacks_recursively:
            for resource in stack.template["Resources"].values():
                if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
                    yield _row(resource["Properties"], stack.hierarchical_id.partition("/")[2])


def _row(alarm: Mapping[str, Any], stack: str) -> tuple[str, ...]:
    name = alarm["AlarmName"].partition("/")[2]
    severity = "critical" if "Critical" in alarm["AlarmActions"][0]["Ref"] else "warning"
    description = re.sub(r"\b(?:s3|lambda)\.example\.com\b", "www.example.com", alarm["AlarmDescription"])
    says, command = re.match(r"(.*) Run: (.*) www\.example\.com Runbook: ", description, re.S).groups()  # type: ignore[union-attr]
    return f"`{name}`", severity, says, f"`{command}`", _condition(alarm), f"`{stack}`"


def _condition(alarm: Mapping[str, Any]) -> str:
    if "MetricName" not in alarm:
        return "both `failover-unhealthy` and `secondary-unhealthy` are in ALARM"
    sign = _SIGNS[alarm["ComparisonOperator"].removesuffix("Threshold")]
    periods, minutes = alarm["EvaluationPeriods"], alarm["Period"] // 60
    count = alarm.get("DatapointsToAlarm", periods)
    span = f"{count} of {periods} periods of {minutes} min" if periods > 1 else f"one period of {minutes} min"
    return (
        f"{alarm['Statistic']} of `{alarm['MetricName']}` ({alarm['Namespace']}) {sign} {alarm['Threshold']}, in {span}"
    )


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
