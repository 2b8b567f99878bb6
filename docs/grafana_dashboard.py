"""Writes docs/alerts/grafana-dashboard.json: a Grafana dashboard of the Prometheus rules and of every exported metric.

`python docs/grafana_dashboard.py` writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry, Metric

from s3_failover.metrics.prometheus import PrometheusMetrics

RULES = Path(__file__).parent / "alerts" / "prometheus-rules.yml"
DASHBOARD = RULES.with_name("grafana-dashboard.json")

_SCRAPE_JOB = 'job="my-service"'
"""What users of the rules replace; the dashboard has a variable in its place."""
_JOB = 'job=~"$job"'
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT, _IN_A_ROW = 8, 8, 3
_INTERNAL = frozenset({"le", "quantile"})

Panel = dict[str, Any]


def render() -> str:
    """Return the dashboard in JSON."""
    dashboard = {
        "uid": "s3-failover-clients",
        "title": "S3 failover: what clients see",
        "description": "The alerts of prometheus-rules.yml, what they are made of, and every metric of the client.",
        "tags": ["s3-failover"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": list(_placed(_rows())),
    }
    return json.dumps(dashboard, indent=2) + "\n"


def rules() -> list[dict[str, Any]]:
    """Return the rules of the file, in its order."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expression(rule: dict[str, Any]) -> str:
    """Return a rule's expression as the dashboard has it."""
    return str(rule["expr"]).strip().replace(_SCRAPE_JOB, 'job="$job"')


def families() -> list[Metric]:
    """Return the metrics that a client exports; those about single regions have one of them."""
    registry = CollectorRegistry()
    PrometheusMetrics(registry).on_start(["us-east-1"])
    return list(registry.collect())


def _variables() -> list[dict[str, Any]]:
    source = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    query = {"query": "label_values(s3_failover_region_failing, job)", "refId": "job"}
    job = {"name": "job", "label": "Job", "type": "query", "datasource": _SOURCE, "query": query, "refresh": 2}
    return [source, job]


def _rows() -> Iterator[tuple[str, list[Panel]]]:
    alerts = [rule for rule in rules() if "alert" in rule]
    recorded = [rule for rule in rules() if "record" in rule]
    yield "Alerts: a line is an alert that fires, or is about to", list(map(_alert, alerts))
    yield "What the alerts are made of", list(map(_recorded, recorded))
    yield "Metrics of the client", list(map(_metric, families()))


def _alert(rule: dict[str, Any]) -> Panel:
    waits = f" It fires after {rule['for']}." if "for" in rule else ""
    severity = rule["labels"]["severity"]
    text = f"{severity.capitalize()}. {rule['annotations']['description']}{waits}"
    panel = _panel(rule["alert"], text, [expression(rule)])
    panel["fieldConfig"]["defaults"] |= {"noValue": "does not fire", "color": _color(severity)}
    return panel


def _color(severity: str) -> dict[str, str]:
    return {"mode": "fixed", "fixedColor": "red" if severity == "critical" else "orange"}


def _recorded(rule: dict[str, Any]) -> Panel:
    return _panel(rule["record"], "The rule of this name records it.", [expression(rule)])


def _metric(family: Metric) -> Panel:
    return _panel(family.name, family.documentation, list(_queries(family)))


def _queries(family: Metric) -> Iterator[str]:
    labels = sorted({label for sample in family.samples for label in sample.labels} - _INTERNAL)
    by = ", ".join(["job", *labels])
    if family.type == "counter":
        yield f"sum by ({by}) (rate({family.name}_total{{{_JOB}}}[$__rate_interval]))"
    elif family.type == "histogram":
        for quantile in (0.5, 0.99):
            rates = f"sum by ({by}, le) (rate({family.name}_bucket{{{_JOB}}}[$__rate_interval]))"
            yield f"histogram_quantile({quantile}, {rates})"
    elif family.name.endswith("_timestamp_seconds"):
        yield f"time() - max by ({by}) ({family.name}{{{_JOB}}} > 0)"
    else:
        yield f"sum by ({by}) ({family.name}{{{_JOB}}})"


def _panel(title: str, description: str, queries: list[str]) -> Panel:
    targets = [{"refId": chr(ord("A") + number), "expr": query} for number, query in enumerate(queries)]
    return {
        "type": "timeseries",
        "title": title,
        "description": description,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"min": 0}, "overrides": []},
        "targets": [{**target, "datasource": _SOURCE} for target in targets],
    }


def _placed(rows: Iterable[tuple[str, list[Panel]]]) -> Iterator[Panel]:
    """Return the panels with their places, below a heading for each row."""
    top, number = 0, 0
    for title, panels in rows:
        number += 1
        heading = {"h": 1, "w": _WIDTH * _IN_A_ROW, "x": 0, "y": top}
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": heading, "panels": []}
        for index, panel in enumerate(panels):
            number += 1
            row, column = divmod(index, _IN_A_ROW)
            place = {"h": _HEIGHT, "w": _WIDTH, "x": column * _WIDTH, "y": top + 1 + row * _HEIGHT}
            yield {"id": number, **panel, "gridPos": place}
        top += 1 + -(-len(panels) // _IN_A_ROW) * _HEIGHT


if __name__ == "__main__":
    DASHBOARD.write_text(render(), encoding="utf-8")
