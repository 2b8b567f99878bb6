"""The demo ends with what viewers of each mode saw, in plain words."""

import pytest
from drill_reports import outcome, report

from s3_failover.cli import demo_report
from s3_failover.local.demo import DemoReport


def hybrid():
    site = outcome()
    quiet = [site.requests[0].model_copy(update={"ok": 3, "missing": 0, "failed": 0, "recovered_after": 0})]
    return site.model_copy(update={"hostname": "www.example.com", "mode": "hybrid", "requests": quiet})


def shown(drill, capsys, tmp_path):
    demo_report.show(DemoReport(steps=[], sites=[], drill=drill), tmp_path)
    return capsys.readouterr()


def test_both_modes_are_compared_and_the_page_opens_by_its_link(capsys, tmp_path):
    drill = report()
    drill.scenarios[0].sites.insert(0, hybrid())
    out, err = shown(drill, capsys, tmp_path / "a b")
    _, _, seen = out.partition("What viewers saw:\n")
    lines = [line.strip() for line in seen.splitlines()[:4]]
    assert lines[0].startswith("www.example.com, hybrid mode, the recommended start")
    assert lines[1] == "HTTP, new connections: no failed request, of 3"
    assert lines[2].startswith("shop.example.com, dns mode, failover by DNS alone")
    assert lines[3] == "HTTP, new connections: back after 120 s; 1 of 3 requests failed"
    assert f"file://{tmp_path}/a%20b/report.html" in err


@pytest.mark.parametrize("held", [True, False])
def test_a_drill_that_fails_says_how_to_give_a_busy_computer_time(held, capsys, tmp_path):
    out, _ = shown(report(held=held), capsys, tmp_path)
    assert ("local drill primary-s3-refuse --speed 3" in out) is not held
