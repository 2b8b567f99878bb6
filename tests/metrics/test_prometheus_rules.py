import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from s3_failover.metrics.prometheus import PrometheusMetrics

ALERTS = Path(__file__).parents[2] / "docs" / "alerts"
RULES = (ALERTS / "prometheus-rules.yml").read_text()
TESTS = (ALERTS / "prometheus-rules.test.yml").read_text()

needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)"
)


def promtool(*arguments, cwd=ALERTS):
    return subprocess.run(["promtool", *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@needs_promtool
def test_the_rules_are_valid():
    checked = promtool("check", "rules", "prometheus-rules.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@needs_promtool
def test_the_rules_do_what_their_scenarios_say():
    tested = promtool("test", "rules", "prometheus-rules.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


@needs_promtool
@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (", 3)", ", 2)"),
        (", 3)", ", 4)"),
        ("clamp_max(count by (job) (host:s3_failover_all_regions_failing:last10m), 3)", "vector(3)"),
        ("(.*?)(?::[0-9]+)?", "(.*)"),
        ('host!=""', 'host="never"'),
        ('host=""', 'host="never"'),
        ("last_over_time(", "max_over_time("),
        ("[10m]", "[20m]"),
        ("[10m]", "[2m]"),
        ("> 3600", "> 360000"),
        ("host:s3_failover_exhausted:increase5m > 0", "host:s3_failover_exhausted:increase5m > 5"),
        ("increase(", "max_over_time("),
        ("host:s3_failover_all_regions_failing:last10m == 1", "host:s3_failover_all_regions_failing:last10m == 2"),
        ("on (job) group_left ()", "on () group_left ()"),
        ("for: 1m", "for: 5m"),
        ("keep_firing_for: 5m", "keep_firing_for: 20m"),
        ("for: 10m\n", "for: 1m\n"),
        ("for: 3m", "for: 20m"),
        ("local|misconfigured", "local"),
        ("local|misconfigured", "misconfigured"),
        ("local|misconfigured", "local|misconfigured|not_found"),
        (
            "host_result:s3_failover_requests_failed:increase5m > 0",
            "host_result:s3_failover_requests_failed:increase5m > 9",
        ),
    ],
)
def test_the_scenarios_notice_rules_that_are_wrong(what, instead, tmp_path):
    assert what in RULES
    (tmp_path / "prometheus-rules.yml").write_text(RULES.replace(what, instead))
    (tmp_path / "prometheus-rules.test.yml").write_text(TESTS)
    assert promtool("test", "rules", "prometheus-rules.test.yml", cwd=tmp_path).returncode != 0


def test_every_metric_that_the_rules_and_their_tests_name_is_exported():
    registry = CollectorRegistry()
    sink = PrometheusMetrics(registry)
    sink.on_start(["us-east-1"])
    exported = {sample.name for family in registry.collect() for sample in family.samples}
    named = {name for text in (RULES, TESTS) for name in re.findall(r"(?<![\w:])s3_failover_[a-z_]+(?![\w:])", text)}
    assert "s3_failover_region_failing" in named
    assert named <= exported
