"""Answers of CloudWatch that leave out what is empty, as its API allows."""

from unittest.mock import MagicMock

import pytest
from fake_accounts import account
from sites import site

from s3_failover.config import StackRole
from s3_failover.operations.cost.measured import Measurement
from s3_failover.operations.cost.usage import told
from s3_failover.operations.deployment import Deployment, Stack
from s3_failover.operations.doctor import alarms as doctor
from s3_failover.operations.status import alarms, metrics
from s3_failover.operations.status.metrics import Metric

ALARM = {"AlarmName": "shop.example.com/a", "ActionsEnabled": True, "Namespace": "N", "MetricName": "M"}


@pytest.fixture
def cloudwatch():
    client = MagicMock()
    client.list_metrics.return_value = client.get_metric_statistics.return_value = {}
    return client


@pytest.fixture
def answers(cloudwatch):
    def answers(*pages):
        cloudwatch.get_paginator.return_value.paginate.return_value = pages
        return account(cloudwatch=cloudwatch)

    return answers


def test_no_alarms(answers):
    assert alarms.look(site(), answers({}), "us-east-1") == ()


def test_an_alarm_that_tells_nobody_and_has_no_dimensions(answers):
    deployment = Deployment(site(), answers({"MetricAlarms": [ALARM]}))
    resources = (("AWS::CloudWatch::Alarm", "shop.example.com/a"),)
    vars(deployment)["stacks"] = (Stack(StackRole.EDGE, "edge", "us-east-1", "", resources),)
    assert [each.id for each in doctor.look(deployment)] == ["DOCTOR-ALARM", "DOCTOR-ALARM-NO-DATA"]


@pytest.mark.parametrize("page", [{}, {"MetricDataResults": [{"Id": "m0"}]}])
def test_no_values(answers, page):
    assert metrics.read(answers(page), "us-east-1", [Metric("N", "M", {})]) == [()]


def test_no_datapoints(answers, monkeypatch):
    monkeypatch.setattr(Deployment, "outputs", lambda deployment: {"DistributionId": "E1"})
    measurement = Measurement(site(), answers())
    measurement.usage(told({}))
    assert len(measurement.unknown) == 4
