"""What a dashboard shows after a drill: the embedded CloudWatch has data for every graph."""

import json
from datetime import timedelta

import pytest
from accounts import account_of
from drills import Drills, missed

from s3_failover.local.drill import session

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITE = """
[sites.shop]
hostname        = "shop.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
clients         = {}
"""
SILENT_WHILE_WELL = {"replication-failed-to-eu-central-1"}
"""S3 publishes no failures while nothing fails (S3 User Guide, repl-metrics)."""


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """The account after a drill with viewers and one with clients."""
    running = []
    with Drills(tmp_path_factory.mktemp("dashboards"), SITE, prepare=lambda _, aws: running.append(aws)) as drills:
        for name in ("primary-s3-refuse", "fleet-region-down"):
            (site,) = drills.run(session.named(name)).scenarios[0].sites
            assert missed(site) == []
        yield account_of(running[-1])


def widgets(account, kind):
    cloudwatch = account.client("cloudwatch", "eu-central-1")
    (entry,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]
    return [each["properties"] for each in json.loads(body)["widgets"] if each["type"] == kind]


def alarm_of(account, arn, region=None):
    _, _, _, place, number, _, name = arn.split(":", 6)
    assert (region or place, number) == (place, account.id)
    found = account.client("cloudwatch", place).describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = (*found["MetricAlarms"], *found["CompositeAlarms"])
    return alarm


def values(account, region, alarm):
    metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
    statistic = {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}
    now = account.now()
    (result,) = account.client("cloudwatch", region).get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": statistic}], StartTime=now - timedelta(hours=3), EndTime=now
    )["MetricDataResults"]
    return result["Values"]


def test_every_graph_has_data(account):
    silent = set()
    for graph in widgets(account, "metric"):
        (arn,) = graph["annotations"]["alarms"]
        alarm = alarm_of(account, arn, graph["region"])
        if not values(account, graph["region"], alarm):
            silent.add(alarm["AlarmName"].partition("/")[2])
    assert silent <= SILENT_WHILE_WELL


def test_every_state_is_that_of_an_alarm_that_is_there(account):
    states = [alarm_of(account, arn)["StateValue"] for each in widgets(account, "alarm") for arn in each["alarms"]]
    assert len(states) > 15
    assert set(states) <= {"OK", "ALARM", "INSUFFICIENT_DATA"}
