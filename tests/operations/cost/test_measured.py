"""What the account tells about a site, from answers as AWS gives them; on the embedded AWS: tests/embedded/test_cost.py."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import boto3
import pytest
from botocore.stub import ANY, Stubber
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.cost.inventory import SecondaryEndpoint, inventory
from s3_failover.operations.cost.items import BillOptions
from s3_failover.operations.cost.measured import Measurement, policy
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.usage import told

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = Decimal(730) / 24
CHECKS = 15 * 120 * 24
"""Requests of health checkers a day, to one endpoint."""
SITE = site()
PRIMARY = SITE.names("123456789012").primary
STACK = "s3-failover-shop-example-com-edge-us-east-1"
GB = 2**30


class Answers:
    """An account whose clients answer what they are told to, in order, and nothing else."""

    def __init__(self):
        self._clients, self._stubs = {}, {}
        self.account = Account("123456789012", self._client, now=lambda: NOW)

    def _client(self, service, region):
        if (service, region) not in self._clients:
            client = boto3.client(service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x")
            self._clients[service, region] = client
            self._stubs[service, region] = Stubber(client)
            self._stubs[service, region].activate()
        return self._clients[service, region]

    def stub(self, service, region="us-east-1"):
        self._client(service, region)
        return self._stubs[service, region]

    def stack(self, **told):
        values = {"DistributionId": "E123", **told}
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in values.items()]
        described = {"StackName": STACK, "CreationTime": NOW, "StackStatus": "CREATE_COMPLETE", "Outputs": outputs}
        self.stub("cloudformation").add_response("describe_stacks", {"Stacks": [described]}, {"StackName": STACK})

    def traffic(self, requests, sent):
        """What the distribution published on each whole day before today, the latest day first."""
        self.stack()
        for name, values in (("Requests", requests), ("BytesDownloaded", sent)):
            self.metric("us-east-1", name, "Sum", *values, latest=MIDNIGHT - DAY, end=MIDNIGHT)

    def metric(self, region, name, statistic, *values, period=86400, latest=NOW, end=NOW):
        points = [{"Timestamp": latest - number * DAY, statistic: float(value)} for number, value in enumerate(values)]
        expected = {
            "Namespace": ANY,
            "MetricName": name,
            "Dimensions": ANY,
            "StartTime": ANY,
            "EndTime": end,
            "Period": period,
            "Statistics": [statistic],
        }
        stub = self.stub("cloudwatch", region)
        stub.add_response("get_metric_statistics", {"Datapoints": points}, expected)

    def close(self):
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()
        for client in self._clients.values():
            client.close()


@pytest.fixture
def aws():
    answers = Answers()
    yield answers
    answers.close()


def measured(aws, of=SITE, **given):
    return Measurement(of, aws.account).usage(told(given))


def test_storage_and_objects_are_the_latest_that_s3_has_published(aws):
    aws.metric("eu-west-1", "BucketSizeBytes", "Average", 50 * GB, 40 * GB)
    aws.metric("eu-central-1", "BucketSizeBytes", "Average", 49 * GB)
    aws.metric("eu-west-1", "NumberOfObjects", "Average", 1234)
    aws.traffic([100_000] * 30, [GB] * 30)
    used = measured(aws)
    assert {region: found.value for region, found in used.gb_by_region.items()} == {"eu-west-1": 50, "eu-central-1": 49}
    assert used["objects"].value == 1234
    assert used["objects"].basis is used["viewer_gb"].basis is Basis.MEASURED
    checkers = 15 * 120 * 730
    assert round(used["viewer_requests"].value) == round(100_000 * 730 / 24) - checkers
    assert round(used["viewer_gb"].value, 3) == round(Decimal(730) / 24 - Decimal(checkers * 700) / GB, 3)
    assert used.unknown == ()


def test_what_the_account_does_not_know_is_assumed_and_said(aws):
    aws.metric("eu-west-1", "BucketSizeBytes", "Average")
    aws.metric("eu-central-1", "BucketSizeBytes", "Average", GB)
    aws.metric("eu-west-1", "NumberOfObjects", "Average")
    aws.traffic([], [])
    used = measured(aws)
    assert list(used.gb_by_region) == ["eu-central-1"]
    assert used["objects"].basis is Basis.ASSUMED
    assert used["viewer_requests"].basis is used["viewer_gb"].basis is Basis.ASSUMED
    assert [each.partition(":")[0] for each in used.unknown] == [
        f"how much {PRIMARY} holds",
        f"how many objects {PRIMARY} holds",
        "what viewers do",
    ]


def viewers(aws):
    used = measured(aws, stored_gb="1", objects="2")
    return used["viewer_requests"], used["viewer_gb"], used.unknown


@pytest.mark.parametrize(
    ("requests", "sent"),
    [
        ([CHECKS] * 30, [CHECKS * 700] * 30),
        ([10] * 30, [10] * 30),
        ([CHECKS * 1.05] * 30, [GB] * 30),
        ([CHECKS * 5] * 30, [CHECKS * 700] * 30),
    ],
    ids=["as many as the checks", "less than the checks", "hardly more", "requests without bytes"],
)
def test_viewers_who_cannot_be_told_from_checkers_are_unknown_and_not_none(aws, requests, sent):
    aws.traffic(requests, sent)
    asked, got, (unknown,) = viewers(aws)
    assert (asked.value, got.value) == (1_000_000, 100)
    assert asked.basis is got.basis is Basis.ASSUMED
    assert unknown.startswith("what viewers do: health checkers make nearly all requests of the distribution in 30")


def test_neither_the_first_day_of_a_site_nor_the_one_that_runs_counts(aws):
    aws.traffic([200_000] * 10 + [3], [GB] * 10 + [1])
    asked, got, unknown = viewers(aws)
    assert round(asked.value) == round((200_000 - CHECKS) * DAYS)
    assert asked.basis is got.basis is Basis.MEASURED
    assert unknown == ()


def test_a_site_of_minutes_has_no_viewers_that_were_measured(aws):
    aws.traffic([], [])
    asked, got, (unknown,) = viewers(aws)
    assert asked.basis is got.basis is Basis.ASSUMED
    assert unknown == "what viewers do: CloudFront has not published a whole day of the distribution yet"


@pytest.mark.parametrize(("days", "said"), [(1, "1 whole day was seen"), (6, "6 whole days were seen")])
def test_few_days_stand_for_a_month_but_are_no_measurement(aws, days, said):
    aws.traffic([200_000] * days + [50_000], [GB] * days + [1])
    asked, got, (unknown,) = viewers(aws)
    assert round(asked.value) == round((200_000 - CHECKS) * DAYS)
    assert asked.basis is got.basis is Basis.ASSUMED
    assert said in unknown


def test_requests_and_bytes_are_known_together_or_not_at_all(aws):
    aws.traffic([200_000] * 30, [])
    asked, got, unknown = viewers(aws)
    assert asked.basis is got.basis is Basis.ASSUMED
    assert len(unknown) == 1


def test_days_without_requests_count_as_days(aws):
    aws.stack()
    for name, each in (("Requests", 1_000_000), ("BytesDownloaded", GB)):
        aws.metric("us-east-1", name, "Sum", each, latest=MIDNIGHT - 30 * DAY, end=MIDNIGHT)
    asked, _, unknown = viewers(aws)
    assert (asked.basis, len(unknown)) == (Basis.ASSUMED, 1)


def test_a_bucket_in_which_s3_has_seen_nothing_yet_is_unknown_and_not_empty(aws):
    aws.metric("eu-west-1", "BucketSizeBytes", "Average", 0)
    aws.metric("eu-central-1", "BucketSizeBytes", "Average", 0)
    aws.metric("eu-west-1", "NumberOfObjects", "Average", 0)
    used = measured(aws, viewer_gb="3")
    assert used.gb_by_region == {}
    assert used["stored_gb"].basis is used["objects"].basis is Basis.ASSUMED
    assert len(used.unknown) == 3


def test_a_copy_that_was_not_measured_holds_what_the_primary_does(aws):
    aws.metric("eu-west-1", "BucketSizeBytes", "Average", 50 * GB)
    aws.metric("eu-central-1", "BucketSizeBytes", "Average")
    used = measured(aws, objects="2", viewer_gb="3")
    assert {region: (found.value, found.basis) for region, found in used.gb_by_region.items()} == {
        "eu-west-1": (50, Basis.MEASURED),
        "eu-central-1": (50, Basis.ASSUMED),
    }
    assert (used["stored_gb"].value, used["stored_gb"].basis) == (50, Basis.MEASURED)


def test_what_is_given_is_not_looked_for(aws):
    used = measured(aws, stored_gb="1", objects="2", viewer_gb="3")
    assert (used["stored_gb"].value, used["objects"].value) == (1, 2)
    assert used.unknown == ()


def test_hosts_are_those_that_reported_most_lately(aws):
    of = site(more="clients = {}")
    aws.metric("eu-central-1", "AllRegionsFailing", "SampleCount", 3, 5, 4, period=60)
    used = measured(aws, of, stored_gb="1", objects="2", viewer_gb="3")
    assert used["hosts"].value == 5


def test_no_report_of_a_host_is_not_no_host(aws):
    of = site(more="clients = {}")
    aws.metric("eu-central-1", "AllRegionsFailing", "SampleCount", 0, period=60)
    used = measured(aws, of, stored_gb="1", objects="2", viewer_gb="3")
    assert (used["hosts"].value, used["hosts"].basis) == (3, Basis.ASSUMED)
    assert len(used.unknown) == 1


def check(name, kind="HTTPS", interval=30, **more):
    config = {"Type": kind, "RequestInterval": interval, "FullyQualifiedDomainName": name, **more}
    return config if kind != "CALCULATED" else {"Type": kind, "ChildHealthChecks": ["1", "2"]}


def test_health_checks_are_those_that_are_there(aws):
    deployed = {
        "1": check(f"{PRIMARY}.s3.eu-west-1.amazonaws.com"),
        "2": check("d1.cloudfront.net", "HTTPS_STR_MATCH", 10, SearchString="ok", MeasureLatency=True),
        "3": check("shop.example.com.s3-website.eu-central-1.amazonaws.com", "HTTP"),
        "4": check("", "CALCULATED"),
        "somebody's": check("elsewhere.example.org"),
        "somebody's too": check("b.s3.us-west-2.amazonaws.com"),
        "somebody's third": check("", "CALCULATED"),
    }
    aws.stub("cloudwatch").add_response("describe_alarms", {"MetricAlarms": [], "CompositeAlarms": []})
    aws.stack(
        PrimaryHealthCheckId="1", DistributionHealthCheckId="2", SecondaryHealthCheckId="3", FailoverHealthCheckId="4"
    )
    listed = [
        {"Id": each, "CallerReference": each, "HealthCheckConfig": config, "HealthCheckVersion": 1}
        for each, config in deployed.items()
    ]
    answer = {"HealthChecks": listed, "Marker": "", "IsTruncated": False, "MaxItems": "100"}
    aws.stub("route53").add_response("list_health_checks", answer)
    measurement = Measurement(SITE, aws.account)
    found, others = measurement.health_checks(inventory(SITE))
    assert {name: (each.endpoint, each.options, each.interval) for name, each in found.health_checks.items()} == {
        "primary": (SecondaryEndpoint.S3, ("https",), 30),
        "distribution": (SecondaryEndpoint.DISTRIBUTION, ("https", "string match", "fast", "latency"), 10),
        "secondary": (SecondaryEndpoint.S3, (), 30),
        "failover": (SecondaryEndpoint.CALCULATED, (), 30),
    }
    assert measurement.checks == found.health_checks
    assert [BillOptions().kind(each) for each in others] == ["other", "aws", "calculated"]
    assert [BillOptions(unverified_aws=False).kind(each) for each in others] == ["other", "aws", "calculated"]


def test_what_is_subtracted_are_the_requests_of_the_checks_that_are_deployed(aws):
    fast = SITE.model_copy(update={"health_check_interval": 10})
    measurement = Measurement(SITE, aws.account)
    measurement.checks = inventory(fast).health_checks
    aws.traffic([200_000] * 30, [GB] * 30)
    used = measurement.usage(told({"stored_gb": "1", "objects": "2"}))
    assert round(used["viewer_requests"].value) == round((200_000 - 3 * CHECKS) * DAYS)


def test_a_refusal_names_the_permission(aws):
    aws.stub("cloudwatch", "eu-west-1").add_client_error("get_metric_statistics", "AccessDenied", "not allowed", 403)
    with pytest.raises(
        UserError, match=r"read the metric BucketSizeBytes in eu-west-1: .*cloudwatch:GetMetricStatistics"
    ):
        measured(aws)


def test_the_policy_is_about_the_edge_stack_alone(aws):
    first, second = policy(SITE, aws.account)["Statement"]
    assert first["Resource"] == [f"arn:aws:cloudformation:us-east-1:123456789012:stack/{STACK}/*"]
    assert second["Action"] == [
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricStatistics",
        "route53:ListHealthChecks",
    ]
