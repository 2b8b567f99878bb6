import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from cdk_templates import new_stack, properties, resources, text

from s3_failover_constructs import AlarmTopics, EdgeAlarms, Endpoint, FailoverHealthChecks, FailoverWhen


def alarms(region="us-east-1", failover_when=FailoverWhen.PRIMARY_OR_DISTRIBUTION):
    stack = new_stack(region)
    checks = FailoverHealthChecks(
        stack,
        "Checks",
        name="site",
        primary=Endpoint("primary.example.com"),
        distribution=Endpoint("cdn.example.com"),
        secondary=Endpoint("secondary.example.com"),
        health_key="health.txt",
        failover_when=failover_when,
    )
    EdgeAlarms(
        stack,
        "Alarms",
        name="site",
        failover=checks.failover,
        primary=checks.primary,
        distribution_check=checks.distribution,
        secondary=checks.secondary,
        distribution=cloudfront.Distribution.from_distribution_attributes(
            stack, "Cdn", distribution_id="E1", domain_name="d1.cloudfront.net"
        ),
        notifications=AlarmTopics(stack, "Topics", display_name="site"),
    )
    return stack


def by_name(stack):
    return {a["Properties"]["AlarmName"]: a["Properties"] for a in resources(stack, "AWS::CloudWatch::Alarm").values()}


def severity(alarm):
    return text(alarm["AlarmActions"])[len("<Topics") :].rstrip("0123456789ABCDEF>")


def test_failover_wakes_somebody_and_single_checks_warn():
    found = {name: severity(alarm) for name, alarm in by_name(alarms()).items()}
    assert found == {
        "site/failover-unhealthy": "Critical",
        "site/primary-unhealthy": "Warning",
        "site/distribution-unhealthy": "Warning",
        "site/secondary-unhealthy": "Warning",
        "site/cdn-5xx": "Warning",
    }


def test_one_alarm_says_it_where_the_distribution_alone_decides():
    found = by_name(alarms(failover_when=FailoverWhen.DISTRIBUTION))
    assert "site/distribution-unhealthy" not in found
    assert text(found["site/failover-unhealthy"]["Dimensions"][0]["Value"]).startswith("<ChecksDistribution")


def test_no_healthy_leg_is_critical():
    composite = properties(alarms(), "AWS::CloudWatch::CompositeAlarm")
    assert severity(composite) == "Critical"
    rule = text(composite["AlarmRule"])
    assert rule.count("ALARM(") == 2
    assert " AND " in rule
    assert "AlarmsFailover" in rule
    assert "AlarmsSecondary" in rule


def test_health_alarms_watch_the_status_of_their_check_and_keep_their_state_without_data():
    for name, alarm in by_name(alarms()).items():
        if name.endswith("unhealthy"):
            assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Route53", "HealthCheckStatus")
            assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Minimum", "LessThanThreshold")
            assert alarm["Threshold"] == 1
            assert alarm["TreatMissingData"] == "ignore"


def test_cdn_error_alarm_uses_the_global_dimensions_and_is_quiet_without_viewers():
    alarm = by_name(alarms())["site/cdn-5xx"]
    assert {d["Name"]: d["Value"] for d in alarm["Dimensions"]} == {"DistributionId": "E1", "Region": "Global"}
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (3, 5, 5)
    assert alarm["TreatMissingData"] == "notBreaching"


def test_fails_outside_us_east_1_where_the_metrics_are_not_published():
    with pytest.raises(ValueError, match="need a stack in us-east-1, got eu-west-1"):
        alarms(region="eu-west-1")


def beside(**given):
    """The alarms of a distribution, with a certificate or a capacity."""
    stack = new_stack(region="us-east-1")
    cdn = cloudfront.Distribution.from_distribution_attributes(
        stack, "Cdn", distribution_id="E1", domain_name="d1.cloudfront.net"
    )
    arn = "arn:aws:acm:us-east-1:111111111111:certificate/1"
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
    topics = AlarmTopics(stack, "Topics", display_name="site")
    EdgeAlarms(stack, "Alarms", name="site", distribution=cdn, certificate=certificate, notifications=topics, **given)
    return by_name(stack)


def test_a_certificate_that_was_not_renewed_warns_and_keeps_warning_when_it_has_ended():
    alarm = beside(certificate_days=20)["site/certificate-expires"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/CertificateManager", "DaysToExpiry")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (20, "LessThanThreshold")
    assert (alarm["Statistic"], alarm["Period"], alarm["TreatMissingData"]) == ("Minimum", 86400, "ignore")
    assert severity(alarm) == "Warning"
    assert "less than 20 days" in alarm["AlarmDescription"]


def test_more_requests_than_the_secondary_answers_warn_where_that_is_known():
    alarm = beside(secondary_requests_per_second=5500)["site/secondary-capacity"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Requests", "Sum", 60)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (5500 * 60, "GreaterThanThreshold")
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (3, 5)
    assert severity(alarm) == "Warning"
    assert "more than 5,500 requests a second" in alarm["AlarmDescription"]
    assert "site/secondary-capacity" not in beside()
