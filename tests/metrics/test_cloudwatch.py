import logging
import time
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from metric_hosts import MINUTE, REGIONS, attempt, fail, heal, request

from s3_failover.client.objects import Outcome
from s3_failover.client.results import RegionHealth, Result
from s3_failover.metrics import CloudWatchMetrics, host_policy

PER_REGION = {"RegionFailing", "RegionMisconfigured", "Attempts", "FailedAttempts", "Ejections"}


def test_each_metric_has_one_datapoint_per_minute_at_its_start_and_no_host_among_its_dimensions(
    sink, clock, cloudwatch
):
    sink()
    clock.run(150)
    seen = [
        (datum["MetricName"], tuple(item["Value"] for item in datum["Dimensions"]), datum["Timestamp"])
        for call in cloudwatch.calls
        for datum in call["MetricData"]
    ]
    minutes = [datetime.fromtimestamp(MINUTE + 60 * n, UTC) for n in range(3)]
    expected = [
        (name, ("ivr",), minute)
        for name in ("AllRegionsFailing", "Exhausted", "LocalFaults", "Refused")
        for minute in minutes
    ]
    expected += [(name, ("ivr", region), minute) for name in PER_REGION for region in REGIONS for minute in minutes]
    assert sorted(seen, key=str) == sorted(expected, key=str)


def test_everything_is_published_as_0_before_the_first_request(sink, clock, cloudwatch):
    sink()
    clock.run(60)
    values = {(datum["MetricName"], datum["Value"]) for call in cloudwatch.calls for datum in call["MetricData"]}
    assert values == {(name, 0.0) for name in PER_REGION | {"AllRegionsFailing", "Exhausted", "LocalFaults", "Refused"}}


def test_gauges_are_repeated_every_minute_and_counts_are_published_once(sink, clock, cloudwatch):
    one = sink()
    clock.run(60)
    fail(one, "us-east-1")
    one.on_attempt(attempt("us-west-2"))
    one.on_request(request(duration=0.25))
    clock.run(180)
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 0, 1: 1, 2: 1, 3: 1}
    assert cloudwatch.values("RegionFailing", "us-west-2") == {0: 0, 1: 0, 2: 0, 3: 0}
    assert cloudwatch.values("AllRegionsFailing") == {0: 0, 1: 0, 2: 0, 3: 0}
    assert cloudwatch.values("Attempts", "us-east-1") == {0: 0, 1: 1, 2: 0, 3: 0}
    assert cloudwatch.values("FailedAttempts", "us-east-1") == {0: 0, 1: 1, 2: 0, 3: 0}
    assert cloudwatch.values("FailedAttempts", "us-west-2") == {0: 0, 1: 0, 2: 0, 3: 0}
    assert cloudwatch.values("Ejections", "us-east-1") == {0: 0, 1: 1, 2: 0, 3: 0}
    assert cloudwatch.values("Latency") == {1: pytest.approx(250, rel=0.07)}
    heal(one, "us-east-1")
    clock.run(60)
    assert cloudwatch.values("RegionFailing", "us-east-1")[4] == 0


def test_all_regions_failing_is_what_one_client_says_and_exhausted_counts_its_requests(sink, clock, cloudwatch):
    one = sink()
    fail(one, *REGIONS, exhausted=True)
    one.on_request(request(Result.ALL_REGIONS_FAILED))
    one.on_request(request(Result.DEADLINE_EXCEEDED))
    clock.run(60)
    assert cloudwatch.values("AllRegionsFailing") == {0: 1}
    assert cloudwatch.values("Exhausted") == {0: 3}


@pytest.mark.parametrize(("result", "name"), [(Result.LOCAL, "LocalFaults"), (Result.MISCONFIGURED, "Refused")])
def test_a_request_that_fails_although_no_region_does_is_counted_and_published_at_once(
    sink, clock, cloudwatch, result, name
):
    one = sink()
    clock.run(30)
    one.on_request(request(result))
    one.on_close()
    assert {value for value in cloudwatch.values(name).values() if value} == {1}
    assert not any(cloudwatch.values("Exhausted").values())


@pytest.mark.parametrize("result", [Result.NOT_FOUND, Result.REJECTED, Result.CANCELLED, Result.SUCCESS])
def test_an_answer_is_no_failure(sink, clock, cloudwatch, result):
    sink().on_request(request(result))
    clock.run(60)
    for name in ("Exhausted", "LocalFaults", "Refused"):
        assert not any(cloudwatch.values(name).values())


def test_two_clients_of_a_process_are_one_host_and_do_not_make_all_regions_fail_together(sink, clock, cloudwatch):
    one, other = sink(), sink()
    fail(one, "us-east-1", "us-west-2")
    fail(other, "eu-west-1")
    clock.run(60)
    assert [cloudwatch.values("RegionFailing", region) for region in REGIONS] == [{0: 1}, {0: 1}, {0: 1}]
    assert cloudwatch.values("AllRegionsFailing") == {0: 0}


def test_a_misconfigured_region_has_a_gauge_of_its_own(sink, clock, cloudwatch):
    one = sink()
    one.on_attempt(attempt("us-east-1", Outcome.MISCONFIGURED))
    one.on_region_change(RegionHealth("us-east-1", misconfigured=True))
    clock.run(60)
    assert cloudwatch.values("RegionMisconfigured", "us-east-1") == {0: 1}
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 0}
    assert cloudwatch.values("FailedAttempts", "us-east-1") == {0: 0}


def test_the_age_of_the_last_attempt_is_published_once_there_was_one_and_local_faults_do_not_renew_it(
    sink, clock, cloudwatch
):
    one = sink()
    clock.run(60)
    one.on_attempt(attempt("us-east-1"))
    clock.run(60)
    one.on_attempt(attempt("us-east-1", Outcome.LOCAL))
    clock.run(60)
    ages = cloudwatch.values("SecondsSinceLastAttempt", "us-east-1")
    assert list(ages) == [1, 2]
    assert 60 <= ages[2] - ages[1] <= 60.01
    assert cloudwatch.values("SecondsSinceLastAttempt", "us-west-2") == {}


def test_latencies_are_values_and_counts_from_which_percentiles_can_be_computed(sink, clock, cloudwatch):
    one = sink()
    for duration in [0.01] * 98 + [2.0, 90_000.0]:
        one.on_request(request(duration=duration))
    clock.run(60)
    datum = next(item for item in cloudwatch.calls[0]["MetricData"] if item["MetricName"] == "Latency")
    assert datum["Values"][:2] == [pytest.approx(10, rel=0.07), pytest.approx(2000, rel=0.07)]
    assert datum["Counts"] == [98, 1, 1]
    assert datum["Unit"] == "Milliseconds"


def test_hosts_publish_in_their_own_second_which_is_one_of_the_first_21(sink, clock, cloudwatch):
    seconds = {}
    for number in range(4):
        calls = len(cloudwatch.calls)
        one = sink(f"host-{number}")
        clock.run(60)  # from the second minute on, it knows that it is the one who publishes
        calls, moments = len(cloudwatch.calls), []
        for _ in range(120):
            clock.run(1)
            if len(cloudwatch.calls) > calls:
                calls = len(cloudwatch.calls)
                moments.append(int(clock.now()) % 60)
        one.on_close()
        seconds[number] = moments
    assert all(len(moments) == 2 and len(set(moments)) == 1 for moments in seconds.values())
    assert all(0 <= moments[0] <= 21 for moments in seconds.values())
    assert len({moments[0] for moments in seconds.values()}) > 1


@pytest.fixture
def refused():
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutMetricData")


def test_counts_wait_while_cloudwatch_refuses_and_gauges_do_not_pile_up(sink, clock, cloudwatch, refused):
    one = sink()
    fail(one, *REGIONS, exhausted=True)
    cloudwatch.fails_with = refused
    clock.run(180)
    assert len(cloudwatch.calls) == 3  # one a minute, none made again
    cloudwatch.calls.clear()
    cloudwatch.fails_with = None
    clock.run(120)
    assert cloudwatch.values("Exhausted") == {3: 1, 4: 0}
    assert cloudwatch.values("AllRegionsFailing") == {3: 1, 4: 1}


def test_an_outage_of_cloudwatch_is_logged_once_and_its_end_too(sink, clock, cloudwatch, refused, caplog):
    caplog.set_level(logging.INFO, "s3_failover.metrics")
    sink()
    cloudwatch.fails_with = refused
    clock.run(240)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "AccessDenied" in caplog.text
    cloudwatch.fails_with = None
    clock.run(120)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ConnectTimeoutError(endpoint_url="x"), 2),
        (ReadTimeoutError(endpoint_url="x"), 1),
        (ClientError({"Error": {"Code": "Throttling"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "P"), 2),
        (ClientError({"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "P"), 2),
        (ClientError({"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "P"), 1),
    ],
)
def test_a_call_is_made_again_once_when_it_surely_left_nothing_and_never_when_it_may_have(
    sink, clock, cloudwatch, error, calls, monkeypatch
):
    monkeypatch.setattr("s3_failover.metrics.cloudwatch._PAUSE", 0)
    sink()
    cloudwatch.fails_with = error
    clock.run(60)
    assert len(cloudwatch.calls) == calls


def test_a_clock_that_is_set_back_does_not_silence_a_host_for_long(sink, clock, cloudwatch):
    sink()
    clock.run(60)
    clock.set_back(3600)
    clock.run(120)
    assert sorted(cloudwatch.values("AllRegionsFailing")) == [-59, -58, 0]


def test_a_second_client_is_refused_while_the_first_is_open(sink):
    one = sink()
    with pytest.raises(ValueError, match="expected one CloudWatchMetrics per client"):
        one.on_start(REGIONS)


def test_a_sink_serves_another_client_after_the_first_is_closed(sink, clock, cloudwatch):
    one = sink()
    clock.run(60)
    one.on_close()
    one.on_start(["ap-south-1"])
    clock.run(60)
    assert cloudwatch.values("RegionFailing", "ap-south-1") == {1: 0}
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 0}


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"service": ""}, "service is ''"),
        ({"service": "café"}, "printable ASCII"),
        ({"service": ":x"}, "no colon"),
        ({"region": "Oregon"}, "region is 'Oregon', expected the name of one, like us-west-2"),
        ({"host": ""}, "host is ''"),
        ({"namespace": "AWS/S3"}, "where only AWS publishes"),
        ({"namespace": "a b"}, "namespace is 'a b', expected at most 255 letters, digits and"),
        ({"interval": 30}, "a multiple of 60"),
        ({"interval": 90}, "a multiple of 60"),
    ],
)
def test_what_cloudwatch_would_refuse_is_refused_at_once(named, message):
    arguments = {"service": "ivr", "region": "us-west-2"} | named
    with pytest.raises(ValueError, match=message):
        CloudWatchMetrics(arguments.pop("service"), arguments.pop("region"), **arguments)


def test_the_policy_allows_to_publish_in_one_namespace_of_one_region_and_nothing_else():
    (statement,) = host_policy("us-west-2", "Mine")["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "cloudwatch:PutMetricData")
    limits = {"cloudwatch:namespace": "Mine", "aws:RequestedRegion": "us-west-2"}
    assert statement["Condition"] == {"StringEquals": limits}


def test_a_session_makes_a_client_with_short_timeouts_and_no_retries_of_its_own(tmp_path):
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x")
    made = CloudWatchMetrics("ivr", "us-west-2", session=session, directory=tmp_path)._made()
    assert made.meta.region_name == "us-west-2"
    assert (made.meta.config.connect_timeout, made.meta.config.read_timeout) == (2, 5)
    assert made.meta.config.retries["total_max_attempts"] == 1
    made.close()


def test_an_endpoint_that_hangs_delays_no_hook(tmp_path, silent_endpoint):
    client = boto3.client(
        "cloudwatch",
        "us-west-2",
        endpoint_url=silent_endpoint.url,
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    # Time runs so fast that the publisher is at the endpoint all the time.
    one = CloudWatchMetrics("ivr", "us-west-2", client=client, directory=tmp_path, clock=silent_endpoint.clock)
    one.on_start(REGIONS)
    silent_endpoint.asked.wait(20)
    assert silent_endpoint.asked.is_set()
    began = time.perf_counter()
    for _ in range(1000):
        one.on_attempt(attempt())
        one.on_request(request())
        fail(one, "us-east-1", exhausted=True)
    assert time.perf_counter() - began < 30  # one wait for the endpoint alone would be longer
    silent_endpoint.let_go()
    one.on_close()
    client.close()
