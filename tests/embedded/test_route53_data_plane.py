"""What Route 53's data plane makes of the deployed checks and records: answers, observations and metrics."""

import time
from datetime import UTC, datetime, timedelta

import dns.message
import dns.query
import pytest

pytestmark = pytest.mark.embedded

SUCCESS, CHECKERS = "Success: HTTP Status Code 200, OK", 16


@pytest.fixture
def checks(aws, sites):
    """The checks on legs of the shared sites, once each of their checkers has succeeded."""
    route53 = aws.client("route53")
    legs = ("Primary", "Distribution", "Secondary")
    found = [site.output(f"{leg}HealthCheckId") for site in sites.values() for leg in legs]
    assert found
    # Each checker asks once in 30 seconds, at a time of its own, and a busy machine misses some of the answers.
    patience = time.monotonic() + 300
    successful = {identifier: set() for identifier in found}
    while any(len(seen) < CHECKERS for seen in successful.values()):
        assert time.monotonic() < patience, successful
        time.sleep(1)
        for identifier, seen in successful.items():
            reports = observations(route53, identifier)
            seen |= {each["IPAddress"] for each in reports if each["StatusReport"]["Status"] == SUCCESS}
    return found


def observations(route53, identifier):
    return route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"]


def test_checkers_in_every_region_reach_the_health_object_of_every_leg(aws, checks):
    for identifier in checks:
        seen = observations(aws.client("route53"), identifier)
        assert len({each["Region"] for each in seen}) == 8
        assert len({each["IPAddress"] for each in seen}) == len(seen) == 16


def test_metrics_of_every_check_are_published_in_us_east_1(aws, checks):
    now = datetime.now(UTC)
    for identifier in checks:
        for metric, value in (("HealthCheckStatus", 1.0), ("HealthCheckPercentageHealthy", 100.0)):
            points = aws.client("cloudwatch", "us-east-1").get_metric_statistics(
                Namespace="AWS/Route53",
                MetricName=metric,
                Dimensions=[{"Name": "HealthCheckId", "Value": identifier}],
                StartTime=now - timedelta(hours=1),
                EndTime=now + timedelta(hours=1),
                Period=60,
                Statistics=["Maximum"],
            )["Datapoints"]
            assert max(each["Maximum"] for each in points) == value


def test_dns_answers_with_the_distribution_while_all_is_well(aws, site, checks):
    query = dns.message.make_query(site.site.hostname, "A")
    answer = dns.query.udp(query, "127.0.0.1", port=aws.emulator.dns_port, timeout=30)
    cname = answer.answer[0]
    assert cname.name.to_text() == f"{site.site.hostname}."
    assert cname[0].target.to_text().endswith(".cloudfront.net.")
    assert cname.ttl == site.site.record_ttl
