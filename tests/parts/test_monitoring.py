"""Prometheus and Alertmanager with the rules of docs/alerts: what they report of hosts whose regions are lost."""

import contextlib
import http.server
import json
import os
import shutil
import sys
import time
from pathlib import Path

import parts
import pytest
import resolvers
from serving import serving

from breakable_aws import faults, surroundings

pytestmark = [pytest.mark.embedded, pytest.mark.long]

RULES = Path(__file__).parents[2] / "docs" / "alerts" / "prometheus-rules.yml"
HOST = Path(__file__).with_name("programs") / "host.py"
JOB = "my-service"
"""The job that the rules name, to be replaced by a user's own."""
PRIMARY, REPLICA = "eu-west-1", "eu-central-1"
HOSTS = ("host-1", "host-2", "host-3")
ASTRAY, NAMELESS = "host-of-another-bucket", "host-without-credentials"
PATIENCE = 240
"""Seconds that an alert may take: S3RegionMisconfigured waits for three minutes."""
KEPT = 300
"""Seconds that the rules keep an alert firing when its reason is gone."""

PROMETHEUS = """
global: {{scrape_interval: 5s, evaluation_interval: 5s}}
rule_files: [{rules}]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]
scrape_configs:
  - job_name: {job}
    static_configs:
"""
ALERTMANAGER = """
route: {{receiver: test, group_by: ["..."], group_wait: 1s, group_interval: 5s}}
receivers:
  - name: test
    webhook_configs: [{{url: "http://127.0.0.1:{receiver}/", send_resolved: true}}]
"""


class Receiver(http.server.ThreadingHTTPServer):
    """Where Alertmanager sends notifications: when each came, its state, the alert, and the region or host."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Notification)
        self.began = time.monotonic()
        self.notes = []
        self.critical = set()

    def note(self, state, alert, of):
        self.notes.append((time.monotonic() - self.began, state, alert, of))

    def have(self, state, alert, of):
        return any(note[1:] == (state, alert, of) for note in self.notes)


class _Notification(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for alert in json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"]:
            labels = alert["labels"]
            self.server.note(alert["status"], labels["alertname"], labels.get("host") or labels.get("region"))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def host_environment(aws, credentials=True):
    """The environment of a shell after `s3-failover local up`."""
    found = surroundings.for_application(aws.emulator) | {
        "S3_FAILOVER_LOCAL": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return {name: value for name, value in found.items() if credentials or ("KEY" not in name and "TOKEN" not in name)}


@pytest.fixture(scope="module")
def notes(aws, pages, tmp_path_factory):
    """What Alertmanager told of five hosts, while the primary region was lost, then both, and after they were healed."""
    for program, package in (("prometheus", "prometheus"), ("prometheus-alertmanager", "prometheus-alertmanager")):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed (Debian: {package})")
    folder = tmp_path_factory.mktemp("monitoring")
    with contextlib.ExitStack() as stack:
        receiver = stack.enter_context(serving(Receiver()))
        stack.callback(faults.heal, aws.emulator)
        monitor(stack, folder, receiver.server_address[1], hosts(stack, folder, aws))
        drill(aws, receiver)
    rows = [(f"{at:.0f} s", *rest) for at, *rest in receiver.notes]
    parts.table("alerts", ("after", "state", "alert", "region or host"), rows)
    return receiver


def hosts(stack, folder, aws):
    """Start every host, and return their ports by their names."""
    config, found = str(folder / "failover.toml"), {}
    Path(config).write_text(parts.SITES)
    for name in (*HOSTS, ASTRAY, NAMELESS):
        port = found[name] = resolvers.free_port()
        more = ["no-such-bucket"] if name == ASTRAY else []
        command = [sys.executable, str(HOST), str(port), config, "plain", *more]
        log, environment = folder / name, host_environment(aws, credentials=name != NAMELESS)
        resolvers.await_listener(stack.enter_context(resolvers.started(command, log, environment)), port, log)
    return found


def monitor(stack, folder, receiver, targets):
    """Start Prometheus and Alertmanager."""
    port, other = resolvers.free_port(), resolvers.free_port()
    text = PROMETHEUS.format(rules=RULES, alertmanager=other, job=JOB)
    for name, target in targets.items():
        text += f'      - {{targets: ["127.0.0.1:{target}"], labels: {{host: {name}}}}}\n'
    (folder / "prometheus.yml").write_text(text)
    (folder / "alertmanager.yml").write_text(ALERTMANAGER.format(receiver=receiver))
    commands = {
        other: ["prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", "--cluster.listen-address="],
        port: ["prometheus", f"--config.file={folder}/prometheus.yml"],
    }
    for number, command in commands.items():
        log, data = folder / f"{command[0]}.log", folder / command[0]
        kept = "--storage.tsdb.path" if command[0] == "prometheus" else "--storage.path"
        whole = [*command, f"--web.listen-address=127.0.0.1:{number}", f"{kept}={data}"]
        resolvers.await_listener(stack.enter_context(resolvers.started(whole, log)), number, log)


def drill(aws, receiver):
    """Lose the primary region, then both, and heal them; wait for each alert as long as it may take.

    The host of another bucket meets the outage like the others: its own alert begins to count when it is over.
    """
    lose(aws, receiver, PRIMARY)
    until(lambda: receiver.have("firing", "S3RegionFailing", PRIMARY), PATIENCE)
    receiver.critical = {of for _, _, alert, of in receiver.notes if alert == "S3AllRegionsFailing"}
    lose(aws, receiver, REPLICA)
    until(lambda: all(receiver.have("firing", "S3AllRegionsFailing", each) for each in HOSTS), PATIENCE)
    faults.heal(aws.emulator)
    receiver.note("healed", "", "both regions")
    until(lambda: receiver.have("firing", "S3RegionMisconfigured", PRIMARY), PATIENCE)
    until(lambda: receiver.have("resolved", "S3RegionFailing", PRIMARY), KEPT + PATIENCE)


def lose(aws, receiver, region):
    faults.break_(aws.emulator, "s3-refuse", region=region)
    receiver.note("lost", "", region)


def until(holds, patience):
    """Wait until something holds, or its time is up: what did not happen then is the finding."""
    end = time.monotonic() + patience
    while time.monotonic() < end and not holds():
        time.sleep(0.5)


def test_a_lost_region_is_reported_and_over_by_itself(notes):
    assert notes.have("firing", "S3RegionFailing", PRIMARY)
    assert notes.have("resolved", "S3RegionFailing", PRIMARY)


def test_one_lost_region_is_critical_only_for_a_host_that_the_other_one_refuses(notes):
    assert notes.critical <= {ASTRAY}


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_lost_every_region_is_critical(notes, host):
    """It is over ten minutes after the last request that failed, which is too long for a test."""
    assert notes.have("firing", "S3AllRegionsFailing", host)


def test_a_host_that_asks_for_another_bucket_is_reported(notes):
    assert notes.have("firing", "S3RegionMisconfigured", PRIMARY)
    assert notes.have("firing", "S3RequestsFailing", ASTRAY)


def test_a_host_without_credentials_is_reported(notes):
    assert notes.have("firing", "S3RequestsFailing", NAMELESS)


def test_hosts_that_report_are_not_absent(notes):
    assert [note for note in notes.notes if note[2] == "S3FailoverMetricsAbsent"] == []
