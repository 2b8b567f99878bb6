import time
from datetime import UTC, datetime

import pytest
from local_internet import break_, get, heal

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def distribution(fast):
    """A distribution with default methods before a bucket that refuses every request: (id, domain)."""
    fast.deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "traffic-origin"}}})
    origin = {
        "Id": "o",
        "DomainName": "traffic-origin.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {
        "TargetOriginId": "o",
        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "ViewerProtocolPolicy": "allow-all",
    }
    config = {"Enabled": True, "Origins": [origin], "DefaultCacheBehavior": behavior}
    resource = {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}
    outputs = {"Id": {"Value": {"Ref": "D"}}, "Domain": {"Value": {"Fn::GetAtt": ["D", "DomainName"]}}}
    stack = fast.deploy({"D": resource}, outputs=outputs)
    return fast.output(stack, "Id"), fast.output(stack, "Domain")


def statistics(emulator, identifier, name, statistic):
    """Return what was published about a distribution, by minute."""
    status = emulator.api("GET", "/_breakable/status")[1]
    now = status["started"] + (time.time() - status["started"]) * status["speed"]
    found = emulator.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/CloudFront",
        MetricName=name,
        Dimensions=[{"Name": "DistributionId", "Value": identifier}, {"Name": "Region", "Value": "Global"}],
        StartTime=datetime.fromtimestamp(now - 7200, UTC),
        EndTime=datetime.fromtimestamp(now + 60, UTC),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return {point["Timestamp"]: point[statistic] for point in found}


def test_requests_and_the_share_that_failed_are_told_for_each_distribution_and_minute(fast, distribution):
    identifier, domain = distribution
    assert statistics(fast, identifier, "Requests", "Sum") == {}
    for _ in range(3):
        assert get(fast, domain).status == 403
    assert sum(statistics(fast, identifier, "Requests", "Sum").values()) == 3
    assert set(statistics(fast, identifier, "5xxErrorRate", "Average").values()) == {0}
    break_(fast, "cdn-503")
    for _ in range(2):
        assert get(fast, domain).status == 503
    heal(fast)
    requests, rates = (
        statistics(fast, identifier, name, statistic)
        for name, statistic in (("Requests", "Sum"), ("5xxErrorRate", "Average"))
    )
    assert sum(requests.values()) == 5
    assert requests.keys() == rates.keys()
    assert sum(requests[minute] * rates[minute] / 100 for minute in requests) == pytest.approx(2)


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_a_behavior_takes_gets_and_heads_unless_it_says_more(fast, distribution, method):
    answer = get(fast, distribution[1], method=method)
    assert (answer.status, answer.headers["x-cache"]) == (403, "Error from cloudfront")
    assert b"not configured to allow the HTTP request method" in answer.body
