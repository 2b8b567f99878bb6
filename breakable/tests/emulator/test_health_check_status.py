from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

CHECKED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def check(embedded):
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com", "ResourcePath": "/health"}
    stack = embedded.deploy(
        {"C": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": config}}},
        outputs={"Id": {"Value": {"Ref": "C"}}},
    )
    return embedded.output(stack, "Id")


def observation(status, ip="15.177.0.1", region="us-east-1", checked="2026-01-02T03:04:05.000000Z"):
    return {"region": region, "ip": ip, "status": status, "checked_time": checked}


def push(embedded, check, *observations, **more):
    status = {"healthy": True, "percent_healthy": 100.0, "observations": observations} | more
    return embedded.api("PUT", f"/_breakable/health-checks/{check}/status", status)


def test_before_any_checker_has_looked_nothing_is_observed(embedded, check):
    route53 = embedded.client("route53")
    assert route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"] == []
    assert route53.get_health_check_last_failure_reason(HealthCheckId=check)["HealthCheckObservations"] == []


def test_what_the_checkers_see_is_told_on(embedded, check):
    good = "Success: HTTP Status Code 200, OK"
    assert push(embedded, check, observation(good), observation(good, "15.177.0.2", checked=1767323045.0))[0] == 200
    seen = embedded.client("route53").get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    assert seen == [
        {"Region": "us-east-1", "IPAddress": ip, "StatusReport": {"Status": good, "CheckedTime": CHECKED}}
        for ip in ("15.177.0.1", "15.177.0.2")
    ]


def test_the_last_failure_is_remembered_after_it_is_over(embedded, check):
    bad = "Failure: Connection timed out."
    push(embedded, check, observation(bad), observation("Success: OK", "15.177.0.2"))
    push(embedded, check, observation("Success: OK"), observation("Success: OK", "15.177.0.2"))
    route53 = embedded.client("route53")
    last = route53.get_health_check_last_failure_reason(HealthCheckId=check)["HealthCheckObservations"]
    assert [(one["IPAddress"], one["StatusReport"]["Status"]) for one in last] == [("15.177.0.1", bad)]
    now = route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    assert {one["StatusReport"]["Status"] for one in now} == {"Success: OK"}


@pytest.mark.parametrize("call", ["get_health_check_status", "get_health_check_last_failure_reason"])
def test_a_check_that_does_not_exist_has_no_status(embedded, call):
    with pytest.raises(ClientError) as caught:
        getattr(embedded.client("route53"), call)(HealthCheckId="nobody")
    assert caught.value.response["Error"]["Code"] == "NoSuchHealthCheck"
    assert push(embedded, "nobody", observation("Success"))[0] == 404


@pytest.mark.parametrize(
    "more",
    [
        {"observations": [{"region": "us-east-1"}]},
        {"observations": [observation("Success", checked="yesterday")]},
        {"observations": 1},
        {"percent_healthy": "many"},
    ],
)
def test_a_status_that_is_none_is_refused_and_changes_nothing(embedded, check, more):
    push(embedded, check, observation("Success: kept"))
    status, answer = push(embedded, check, **more)
    assert status == 400
    assert "expected" in answer["error"]
    assert embedded.api("GET", f"/_breakable/health-checks/{check}/status")[1]["observations"][0]["status"] == (
        "Success: kept"
    )


def test_the_account_tells_how_many_checks_it_may_have_and_has(embedded, check):
    route53 = embedded.client("route53")
    told = route53.get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")
    assert told["Limit"] == {"Type": "MAX_HEALTH_CHECKS_BY_OWNER", "Value": 200}
    checks = [each for page in route53.get_paginator("list_health_checks").paginate() for each in page["HealthChecks"]]
    assert told["Count"] == len(checks)
    assert check in {each["Id"] for each in checks}
