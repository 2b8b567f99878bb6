"""The worker in `examples/worker`, against regions that fail."""

import importlib.util
import io
import json
import os
import tempfile
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("worker", Path(__file__).parents[2] / "examples/worker/worker.py")
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)

TEMPLATE = "letters/welcome.txt"


def jobs(*names, template=TEMPLATE):
    return [json.dumps({"template": template, "name": name}) for name in names]


@pytest.fixture
def cache(tmp_path):
    directory = tmp_path / "cache"
    directory.mkdir()
    return directory


@pytest.fixture
def run(client, server, cache, tmp_path, monkeypatch):
    """Runs the worker, and returns its exit code and its letters."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where a host remembers an outage
    server.put(TEMPLATE, b"Dear $name.\n")

    def worked(lines):
        letters = io.StringIO()
        return worker.work(client, lines, cache, letters), letters.getvalue().splitlines()

    return worked


def test_a_lost_region_costs_no_letter(run, server):
    server.regions[0].fault("refuse")
    assert run(jobs("Ada", "Grace")) == (worker.DONE, ["Dear Ada.", "Dear Grace."])


def test_a_job_that_can_never_succeed_is_left_out(run, caplog):
    wrong = ["no JSON", json.dumps({"template": TEMPLATE}), *jobs("Ada", template="letters/none.txt")]
    assert run([*wrong, *jobs("Grace")]) == (worker.SOME_FAILED, ["Dear Grace."])
    assert [record.args[0] for record in caplog.records if record.name == "letters"] == [1, 2, 3]


def test_no_region_and_no_old_copy_leave_the_jobs_for_later(run, server, caplog):
    for region in server.regions:
        region.fault("refuse")
    assert run(jobs("Ada", "Grace")) == (worker.TRY_AGAIN, [])
    assert "stopped before job 1" in caplog.text


def test_an_old_copy_serves_through_an_outage_of_every_region(run, server, cache, caplog):
    assert run(jobs("Ada"))[0] == worker.DONE
    os.utime(cache / TEMPLATE, (0, 0))
    for region in server.regions:
        region.fault("refuse")
    assert run(jobs("Grace")) == (worker.DONE, ["Dear Grace."])
    assert "serving" in caplog.text
