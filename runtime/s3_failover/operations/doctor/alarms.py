"""Checks whether every alarm reaches a recipient."""

import json
from collections.abc import Iterator
from typing import Any

from s3_failover.errors import UserError
from s3_failover.names.metrics import NAMESPACE
from s3_failover.names.stacks import TOPICS
from s3_failover.operations.deployment import Deployment, Stack
from s3_failover.operations.doctor.finding import DEPLOY, DoctorFinding, Findings
from s3_failover.operations.refusals import DeniedError, explained
from s3_failover.operations.status.alarms import described

TEST_SUBJECT = "s3-failover: a test, nothing is wrong"


def look(deployment: Deployment) -> Findings:
    """Return which alarms notify no topic, and which wait for data that no source publishes."""
    for stack in deployment.stacks:
        cloudwatch = deployment.client("cloudwatch", stack.region)
        names = [name for kind in _KINDS for name in stack.of(kind)]
        topics = set(stack.of(_TOPIC))
        if not names:
            continue
        with explained(f"look at the alarms in {stack.region}", service="cloudwatch"):
            alarms = described(cloudwatch, AlarmNames=names)
        for missing in sorted(set(names) - {alarm["AlarmName"] for alarm in alarms}):
            yield DoctorFinding(
                "DOCTOR-ALARM", f"alarm {missing} in {stack.region}", "is not there, expected one", DEPLOY
            )
        for alarm in alarms:
            yield from _alarm(alarm, topics, stack)
            yield from _data(cloudwatch, alarm, stack)


_KINDS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_TOPIC = "AWS::SNS::Topic"


def _alarm(alarm: dict[str, Any], topics: set[str], stack: Stack) -> Findings:
    where = f"alarm {alarm['AlarmName']} in {stack.region}"
    if not alarm["ActionsEnabled"]:
        yield DoctorFinding("DOCTOR-ALARM", where, "has its actions disabled, expected them enabled", DEPLOY)
    actions = alarm.get("AlarmActions", ())
    if not topics & set(actions):
        what = f"tells {', '.join(actions) or 'no topic'}, expected a topic of its stack"
        yield DoctorFinding("DOCTOR-ALARM", where, what, DEPLOY)


def _data(cloudwatch: Any, alarm: dict[str, Any], stack: Stack) -> Findings:
    # What has no data while all is well is meant to be silent, and says so. ACM publishes twice a day, and the
    # certificate is looked at itself.
    silent = alarm.get("TreatMissingData") == "notBreaching" or alarm.get("Namespace") == "AWS/CertificateManager"
    if silent or "MetricName" not in alarm:
        return
    wanted = [{"Name": each["Name"], "Value": each["Value"]} for each in alarm.get("Dimensions", ())]
    with explained(f"list the metrics in {stack.region}", service="cloudwatch"):
        found = cloudwatch.list_metrics(
            Namespace=alarm["Namespace"], MetricName=alarm["MetricName"], Dimensions=wanted
        ).get("Metrics")
    if not found:
        metric = f"{alarm['Namespace']} {alarm['MetricName']}"
        what = f"watches {metric}, for which there is no data here, expected some within a day of use"
        remedy = _HOSTS if alarm["Namespace"] == NAMESPACE else _PUBLISH
        yield DoctorFinding("DOCTOR-ALARM-NO-DATA", f"alarm {alarm['AlarmName']} in {stack.region}", what, remedy)


_HOSTS = "start a host that reads through the client with metrics for this service and region (docs/metrics.md)"
_PUBLISH = "publish something and look again; then see that the metric is published in this region"


def subscribers(deployment: Deployment) -> Findings:
    """Return the topics without a confirmed subscription, where alarms notify no existing topic.

    Raises:
        UserError: a stack does not output their ARNs.
    """
    for stack in deployment.stacks:
        for severity, key in TOPICS.items() if any(stack.of(_TOPIC)) else ():
            arn = stack.outputs[key]
            others = [each for each in _of(deployment, severity, "topics") if each.split(":")[3] == stack.region]
            if not others and not _is_heard(deployment, stack, arn):
                what = f"has no confirmed subscription to {arn.rpartition(':')[2]}, expected at least one"
                remedy = _subscribe(deployment, severity, arn, stack.region)
                yield DoctorFinding("DOCTOR-SUBSCRIBERS", f"{stack.name} in {stack.region}", what, remedy)


def _subscribe(deployment: Deployment, severity: str, arn: str, region: str) -> str:
    """Return how a topic gets a subscriber.

    SNS deletes what is not confirmed after two days (SNS Developer Guide, sns-delete-subscription-topic), and
    CloudFormation believes that it is still there.
    """
    emails, endpoints = _of(deployment, severity, "emails"), _of(deployment, severity, "endpoints")
    if not (emails or endpoints):
        return f"set alarms.{severity}_emails of sites.{deployment.site.name}, then {DEPLOY}; or subscribe what you use"
    again = f"aws sns subscribe --region {region} --topic-arn {arn} --protocol"
    mails = [f"`{again} email --notification-endpoint {each}`" for each in emails]
    posts = [f"`{again} https --notification-endpoint {each}`" for each in endpoints]
    confirm = "confirm the e-mail from AWS" if emails else "have the endpoint confirm the request from AWS"
    return f"{confirm}; after two days, when it has expired, ask for a new one: {', '.join([*mails, *posts])}"


def _of(deployment: Deployment, severity: str, what: str) -> tuple[str, ...]:
    """Return the recipients of a severity that are of one kind: emails, endpoints or topics."""
    found: tuple[str, ...] = getattr(deployment.site.alarms, f"{severity}_{what}")
    return found


def _is_heard(deployment: Deployment, stack: Stack, arn: str) -> bool:
    with explained(f"list the subscriptions of {arn}", service="sns"):
        client = deployment.client("sns", stack.region)
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        # One that waits for its confirmation has that word instead of an ARN.
        return any(each["SubscriptionArn"].startswith("arn:") for page in pages for each in page["Subscriptions"])


def topics(deployment: Deployment) -> Iterator[tuple[Stack, str]]:
    """Return every topic of a site."""
    for stack in deployment.stacks:
        for arn in stack.of(_TOPIC):
            yield stack, arn


def fire_test(deployment: Deployment, tested: list[str]) -> Findings:
    """Send a test through every topic, and return which do not take it.

    `tested` gets the topics that took it.

    Raises:
        DeniedError: a permission is missing for some topics; the others got the test before.
    """
    denied = None
    for stack, arn in topics(deployment):
        test = f"This is a test of the alarms of {deployment.site.hostname}, sent by `s3-failover doctor --fire-test`."
        try:
            with explained(f"publish to {arn}", service="sns"):
                deployment.client("sns", stack.region).publish(
                    TopicArn=arn, Subject=TEST_SUBJECT, Message=json.dumps({"S3FailoverTest": test})
                )
            tested.append(arn)
        except DeniedError as error:
            denied = error
        except UserError as error:
            yield DoctorFinding("DOCTOR-ALARM", arn, f"does not take a test: {error}", DEPLOY)
    if denied is not None:
        raise denied
