import os
import subprocess
import sys
from pathlib import Path

import pytest
from metric_hosts import MINUTE, attempt, fail, heal, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from s3_failover.client.objects import Outcome, Phase
from s3_failover.client.results import Result
from s3_failover.metrics.prometheus import PrometheusMetrics

SUPPORT = Path(__file__).parents[1] / "support"
RUNTIME = Path(__file__).parents[2] / "runtime"
GOLDEN = Path(__file__).with_name("exposition.txt")
BOTH = ("us-east-1", "us-west-2")


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def sink(registry):
    made = PrometheusMetrics(registry)
    made.on_start(BOTH)
    yield made
    made.on_close()


def test_the_exposition_is_as_it_always_was(sink, registry):
    sink.on_attempt(attempt("us-west-2"))
    fail(sink, "us-east-1", exhausted=True)
    sink.on_request(request(duration=0.3))
    sink.on_hedge(won=True)
    text = generate_latest(registry).decode()
    ours = [line for line in text.splitlines(keepends=True) if "_created" not in line]
    assert "".join(ours) == GOLDEN.read_text()


def test_every_label_set_is_there_from_the_start_with_0(sink, registry):
    samples = [sample for family in registry.collect() for sample in family.samples if "_created" not in sample.name]
    assert all(sample.value == 0 for sample in samples)
    labels = {(sample.name, *sample.labels.values()) for sample in samples}
    for region in BOTH:
        assert ("s3_failover_region_failing", region) in labels
        assert ("s3_failover_region_last_attempt_timestamp_seconds", region) in labels
        assert ("s3_failover_attempts_total", region, "timeout", "connect") in labels
        assert ("s3_failover_ejections_total", region) in labels
    assert {("s3_failover_requests_total", str(result)) for result in Result} <= labels
    assert {("s3_failover_hedges_total", "won"), ("s3_failover_hedges_total", "lost")} <= labels


def value(registry, name, **labels):
    return registry.get_sample_value(f"s3_failover_{name}", labels)


def test_gauges_follow_the_client(sink, registry):
    fail(sink, *BOTH)
    assert value(registry, "region_failing", region="us-east-1") == 1
    assert value(registry, "region_ejected", region="us-east-1") == 1
    assert value(registry, "all_regions_failing") == 1
    heal(sink, "us-east-1")
    assert value(registry, "region_failing", region="us-east-1") == 0
    assert value(registry, "all_regions_failing") == 0
    sink.on_close()
    assert value(registry, "region_failing", region="us-west-2") == 0


def test_clients_of_one_registry_are_seen_as_one(sink, registry):
    other = PrometheusMetrics(registry)
    other.on_start(["us-east-1"])
    fail(sink, "us-west-2")
    fail(other, "us-east-1")
    assert value(registry, "all_regions_failing") == 1  # of the other one's single region
    heal(sink, "us-west-2")
    assert value(registry, "region_failing", region="us-east-1") == 1
    other.on_close()
    assert value(registry, "region_failing", region="us-east-1") == 0
    assert value(registry, "attempts_total", region="us-east-1", outcome="timeout", phase="headers") == 1


def test_the_last_attempt_is_when_the_region_last_answered_or_failed(sink, registry):
    sink.on_attempt(attempt("us-east-1", Outcome.LOCAL))
    assert value(registry, "region_last_attempt_timestamp_seconds", region="us-east-1") == 0
    sink.on_attempt(attempt("us-east-1"))
    assert value(registry, "region_last_attempt_timestamp_seconds", region="us-east-1") == MINUTE + 0.02


def test_an_unusual_way_to_end_is_counted_too(sink, registry):
    sink.on_attempt(attempt("us-east-1", Outcome.LOCAL, Phase.VERIFY))
    assert value(registry, "attempts_total", region="us-east-1", outcome="local", phase="verify") == 1


WORKER = """
import sys
from metric_hosts import fail, heal, request
from prometheus_client import CollectorRegistry
from s3_failover.metrics.prometheus import PrometheusMetrics

sink = PrometheusMetrics(CollectorRegistry())
sink.on_start(["us-east-1", "us-west-2"])
for line in sys.stdin:
    {"fail": fail, "heal": heal}[line.split()[0]](sink, *line.split()[1:])
    print("done", flush=True)
"""


@pytest.fixture
def worker(tmp_path):
    """Starts worker processes of one host in prometheus_client's multiprocess mode."""
    running = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": f"{RUNTIME}:{SUPPORT}", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        )
        running.append(process)

        def tell(order):
            process.stdin.write(order + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        tell("heal")
        return process, tell

    yield start
    for process in running:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


SCRAPE = """
import sys
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
for pid in sys.argv[1:]:
    multiprocess.mark_process_dead(pid)
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def scrape(directory, *dead):
    text = subprocess.run(
        [sys.executable, "-c", SCRAPE, *map(str, dead)],
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(directory)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, *map(sample.labels.get, sorted(sample.labels))): sample.value for sample in samples}


def test_worker_processes_are_one_host_that_fails_while_one_of_them_says_so(worker, tmp_path):
    (_, one), (_, other), _ = worker(), worker(), worker()
    assert scrape(tmp_path)["s3_failover_region_failing", "us-east-1"] == 0
    one("fail us-east-1")
    other("fail us-east-1")
    other("heal us-east-1")
    found = scrape(tmp_path)
    assert found["s3_failover_region_failing", "us-east-1"] == 1
    assert found["s3_failover_attempts_total", "timeout", "headers", "us-east-1"] == 2
    one("heal us-east-1")
    assert scrape(tmp_path)["s3_failover_region_failing", "us-east-1"] == 0


def test_two_workers_that_each_fail_for_one_region_do_not_fail_for_all(worker, tmp_path):
    (_, one), (_, other) = worker(), worker()
    one("fail us-east-1")
    other("fail us-west-2")
    assert scrape(tmp_path)["s3_failover_all_regions_failing",] == 0
    one("fail us-west-2")
    assert scrape(tmp_path)["s3_failover_all_regions_failing",] == 1


def test_the_gauges_of_a_dead_worker_go_and_its_counters_stay(worker, tmp_path):
    (process, one), _ = worker(), worker()
    one("fail us-east-1 us-west-2")
    process.kill()
    process.wait()
    found = scrape(tmp_path, process.pid)
    assert found["s3_failover_all_regions_failing",] == 0
    assert found["s3_failover_attempts_total", "timeout", "headers", "us-east-1"] == 1
