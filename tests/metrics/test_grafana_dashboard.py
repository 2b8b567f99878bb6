"""The Grafana dashboard shows each rule and each metric, and nothing that no client exports."""

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from s3_failover.metrics.prometheus import PrometheusMetrics

DOCS = Path(__file__).parents[2] / "docs"
RULES = yaml.safe_load((DOCS / "alerts/prometheus-rules.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((DOCS / "alerts/grafana-dashboard.json").read_text())
PANELS = [each for each in DASHBOARD["panels"] if each["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]


def exported():
    registry = CollectorRegistry()
    PrometheusMetrics(registry).on_start(["us-east-1"])
    return list(registry.collect())


def generator():
    spec = importlib.util.spec_from_file_location("grafana_dashboard", DOCS / "grafana_dashboard.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_make_docs_writes():
    assert (DOCS / "alerts/grafana-dashboard.json").read_text() == generator().render()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_each_rule_is_a_panel_with_its_expression(rule):
    (panel,) = (each for each in PANELS if each["title"] in (rule.get("alert"), rule.get("record")))
    (target,) = panel["targets"]
    assert target["expr"].replace("$job", "my-service") == rule["expr"].strip()


def test_every_metric_of_a_client_is_a_panel():
    titles = {each["title"] for each in PANELS}
    assert {family.name for family in exported()} <= titles


def test_every_metric_that_the_dashboard_asks_for_is_exported_or_recorded():
    samples = {sample.name for family in exported() for sample in family.samples}
    asked = {name for query in QUERIES for name in re.findall(r"(?<![\w:])s3_failover_\w+(?![\w:])", query)}
    recorded = {name for query in QUERIES for name in re.findall(r"\w+:s3_failover_\w+:\w+", query)}
    assert asked <= samples
    assert recorded
    assert recorded <= {rule.get("record") for rule in RULES}


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    assert len({each["id"] for each in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = [
        (x, y)
        for place in (each["gridPos"] for each in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)")
def test_prometheus_understands_every_query(tmp_path):
    written = [query.replace("$__rate_interval", "5m").replace("$job", "ivr") for query in QUERIES]
    rules = [{"record": f"test:query:{number}", "expr": query} for number, query in enumerate(written)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "test", "rules": rules}]}))
    checked = subprocess.run(
        ["promtool", "check", "rules", "rules.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
