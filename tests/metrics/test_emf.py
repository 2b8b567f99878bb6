"""The embedded metric format, checked against its specification in CloudWatch's user guide."""

import io
import json
import logging

import pytest
from metric_hosts import MINUTE, REGIONS, attempt, fail, request

from s3_failover.metrics import EmfMetrics
from s3_failover.metrics.emf import quantiles

UNITS = {"Count", "Seconds", "Milliseconds"}

GOLDEN = [
    '{"_aws":{"Timestamp":1800000060000,"CloudWatchMetrics":[{"Namespace":"S3Failover","Dimensions":[["Service"]],'
    '"Metrics":[{"Name":"AllRegionsFailing","Unit":"Count"},{"Name":"Exhausted","Unit":"Count"},'
    '{"Name":"LocalFaults","Unit":"Count"},{"Name":"Refused","Unit":"Count"},{"Name":"Latency","Unit":"Milliseconds"}]}]},"Service":"ivr","Host":"host-1","AllRegionsFailing":1.0,'
    '"Exhausted":1.0,"LocalFaults":0.0,"Refused":0.0,"Latency":[18.89,98.27]}',
    '{"_aws":{"Timestamp":1800000060000,"CloudWatchMetrics":[{"Namespace":"S3Failover",'
    '"Dimensions":[["Service","Region"]],"Metrics":[{"Name":"RegionFailing","Unit":"Count"},'
    '{"Name":"RegionMisconfigured","Unit":"Count"},{"Name":"Attempts","Unit":"Count"},'
    '{"Name":"FailedAttempts","Unit":"Count"},{"Name":"Ejections","Unit":"Count"},'
    '{"Name":"SecondsSinceLastAttempt","Unit":"Seconds"}]}]},"Service":"ivr","Region":"us-east-1","Host":"host-1",'
    '"RegionFailing":1.0,"RegionMisconfigured":0.0,"Attempts":2.0,"FailedAttempts":1.0,"Ejections":1.0,'
    '"SecondsSinceLastAttempt":3.0}',
]


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def start(tmp_path, clock, stream):
    """Makes EMF sinks of one region; they end with the test."""
    made = []

    def make(regions=("us-east-1",), **named):
        named = {"host": "host-1", "stream": stream, "clock": clock, "directory": tmp_path / "shared"} | named
        made.append(EmfMetrics("ivr", **named))
        made[-1].on_start(regions)
        return made[-1]

    yield make
    for one in made:
        one.on_close()


def valid(line):
    """Return a line's document after checking each rule of the specification."""
    assert "\n" not in line and len(line) < 256 * 1024
    document = json.loads(line)
    assert set(document["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(document["_aws"]["Timestamp"], int)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 255
        assert directive["Dimensions"]
        assert all(
            len(keys) <= 9 and all(isinstance(document[key], str) for key in keys) for keys in directive["Dimensions"]
        )
        assert len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert set(metric) == {"Name", "Unit"} and metric["Unit"] in UNITS
            target = document[metric["Name"]]
            values = target if isinstance(target, list) else [target]
            assert 1 <= len(values) <= 100
            assert all(isinstance(value, int | float) for value in values)
    return document


def test_a_minute_is_a_line_for_the_service_and_one_for_each_region(start, clock, stream):
    start(REGIONS)
    clock.run(120)
    documents = [valid(line) for line in stream.getvalue().splitlines()]
    assert [(document["_aws"]["Timestamp"] / 1000, document.get("Region")) for document in documents] == [
        (MINUTE + minute, region) for minute in (0, 60) for region in (None, *sorted(REGIONS))
    ]


def test_lines_are_as_they_always_were(start, clock, stream):
    one = start()
    clock.run(60)
    stream.truncate(0)
    stream.seek(0)
    second = one._publisher._second
    clock.run(second - 3 if second >= 3 else 57 + second)
    one.on_attempt(attempt("us-east-1"))
    one.on_request(request(duration=0.02))
    fail(one, "us-east-1")
    one.on_request(request("all_regions_failed", duration=0.1))
    clock.run(10)
    lines = stream.getvalue().splitlines()[-2:]
    assert [valid(line) and line for line in lines] == GOLDEN


def test_the_host_is_a_property_and_no_dimension(start, clock, stream):
    start()
    clock.run(60)
    for document in map(valid, stream.getvalue().splitlines()):
        assert document["Host"] == "host-1"
        assert document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] in ([["Service"]], [["Service", "Region"]])


def test_a_line_never_has_more_than_100_latencies_and_they_are_spread_in_rank(start, clock, stream):
    one = start()
    for duration in [0.01] * 890 + [0.1] * 100 + [5.0] * 10:
        one.on_request(request(duration=duration))
    clock.run(60)
    latencies = valid(stream.getvalue().splitlines()[0])["Latency"]
    assert [latencies.count(value) for value in sorted(set(latencies))] == [89, 10, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (((1.0, 1),), [1.0]),
        (((1.0, 2), (3.0, 1)), [1.0, 1.0, 3.0]),
        (((1.0, 100),), [1.0] * 100),
        (((1.0, 1000), (2.0, 1000)), [1.0] * 50 + [2.0] * 50),
    ],
)
def test_quantiles_stand_for_all_values(values, expected):
    assert quantiles(values) == expected


def test_lines_go_to_the_standard_output_as_it_is_then(start, clock, capsys):
    start(stream=None)
    clock.run(60)
    assert [valid(line)["Service"] for line in capsys.readouterr().out.splitlines()] == ["ivr", "ivr"]


def test_lines_are_appended_to_a_file_that_may_be_rotated(start, clock, tmp_path):
    start(stream=None, path=tmp_path / "lines")
    clock.run(60)
    (tmp_path / "lines").rename(tmp_path / "lines.1")
    clock.run(60)
    assert all(len((tmp_path / name).read_text().splitlines()) == 2 for name in ("lines", "lines.1"))


def test_a_stream_that_is_closed_is_reported_once_and_counts_wait(start, clock, stream, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    one = start(stream=None, path=tmp_path / "there" / "lines")
    fail(one, "us-east-1", exhausted=True)
    clock.run(180)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    (tmp_path / "there").mkdir()
    clock.run(60)
    assert valid((tmp_path / "there" / "lines").read_text().splitlines()[0])["Exhausted"] == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_stream_and_a_path_are_too_much(tmp_path, stream):
    with pytest.raises(ValueError, match="got both a stream and the path"):
        EmfMetrics("ivr", stream=stream, path=tmp_path / "lines")
