"""Each command during each fault, as a process of its own: it ends, says what is wrong, and never that all is well.

The rows are those of `docs/faults_page.py`, from which docs/operate/faults.md is made.
"""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import embedded_aws
import fault_rows
import pytest

from breakable_aws import faults

pytestmark = [pytest.mark.embedded, pytest.mark.long]

PAGE = fault_rows.page()
PRIMARY, REPLICA = "eu-west-1", "eu-central-1"
REGIONS = {PAGE.PRIMARY: PRIMARY, PAGE.REPLICA: REPLICA, PAGE.EDGE: "us-east-1", "": None}
PATIENCE = 900
"""Seconds that a command may take: a hang takes longer, and a machine with much else to do does not."""

SITE = """
[sites.{name}]
hostname              = "{name}.example.com"
primary_region        = "eu-west-1"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "{mode}"
health_check_interval = 10
"""
SITES = {"plain": "dns", "secure": "hybrid"}


class Drilled:
    """Two sites, on an embedded AWS of their own whose time runs ten times as fast."""

    def __init__(self, aws, directory):
        self.aws, self.directory, self.numbers = aws, directory, iter(range(1000))
        self.sites = aws.deploy("".join(SITE.format(name=name, mode=SITES[name]) for name in SITES), directory)
        # No stack of a region that is lost can be asked.
        self.checks = {
            (name, role): site.output(f"{role.title()}HealthCheckId")
            for name, site in self.sites.items()
            for role in ("primary", "distribution", "secondary")
        }

    def run(self, site, command, words=None):
        """Run a command for a site; with `words`, stop it with Ctrl-C once it has printed them."""
        options = {
            "publish": [str(self.content(site)), "--site", site],
            "return": [site, "--dry-run", "--healthy", "5m"],
        }
        arguments = [command, *options.get(command, [site]), "--config", str(self.directory / "failover.toml")]
        process = self.aws.command(*arguments, "--local")
        late = threading.Timer(PATIENCE, process.kill)
        late.start()
        if words is not None:
            told = self.told_until(process, words)
            process.send_signal(signal.SIGINT)
        else:
            told = ""
        out, err = process.communicate()
        late.cancel()
        return process.returncode, " ".join(f"{out} {told} {err}".split())

    def run_until(self, site, command, holds):
        """Run a command until it comes to something, or for as long as one may take; return what it came to."""
        end, found = time.monotonic() + PATIENCE, self.run(site, command)
        while not holds(*found) and time.monotonic() < end:
            found = self.run(site, command)
        return found

    @staticmethod
    def told_until(process, words):
        told = ""
        while words not in told and (line := process.stderr.readline()):
            told += line
        return told

    def content(self, site):
        """A directory with a page of its own each time."""
        number = next(self.numbers)
        made = self.directory / f"content-{site}-{number}"
        made.mkdir()
        # Long enough that a page which drips does not come to its end.
        for name, text in (("index", "index"), ("error", "error"), ("new", f"page {number}")):
            (made / f"{name}.html").write_text(text * 2000)
        return made

    def everything(self, wanted):
        """Run commands for both sites, some at a time; return what they came to by site and command."""
        with ThreadPoolExecutor(3) as pool:
            running = {key: pool.submit(self.run, *key, words) for key, words in wanted.items()}
            return {key: each.result() for key, each in running.items()}

    def states(self, site):
        """Return the roles of the checks of a site that are unhealthy, as their checkers see them."""
        route53, found = self.aws.client("route53"), set()
        for role in ("primary", "distribution", "secondary"):
            identifier = self.checks[site, role]
            seen = route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"]
            if not any(each["StatusReport"]["Status"].startswith("Success") for each in seen):
                found.add(role)
        return found

    def until_unhealthy(self, expected):
        """Wait until exactly these checks of each site are unhealthy."""
        end = time.monotonic() + PATIENCE
        while (found := {site: self.states(site) for site in SITES}) != expected:
            assert time.monotonic() < end, f"{found}, expected {expected}"
            time.sleep(0.5)

    def until_alarms(self, *, on):
        """Wait until an alarm of each site is on, or none is."""
        cloudwatch, end = self.aws.client("cloudwatch"), time.monotonic() + PATIENCE
        for site in self.sites.values():
            named = {"AlarmNamePrefix": f"{site.site.hostname}/", "StateValue": "ALARM"}
            while bool(cloudwatch.describe_alarms(**named)["MetricAlarms"]) != on:
                assert time.monotonic() < end, site.site.name
                time.sleep(0.5)

    def heal(self):
        faults.heal(self.aws.emulator)
        self.until_unhealthy({site: set() for site in SITES})


@pytest.fixture(scope="module")
def drilled(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("drilled-aws"), speed=10) as running:
        made = Drilled(running, tmp_path_factory.mktemp("drilled-sites"))
        made.heal()
        yield made


@pytest.fixture(scope="module")
def calm(drilled):
    """What the commands say while nothing is wrong; what was published then is what they compare later."""
    published = drilled.everything({(site, "publish"): None for site in SITES})
    # Alarms and metrics of a new site come one after the other.
    looks = [(site, command) for command in ("return", "status", "doctor", "verify") for site in SITES]
    return published | {key: drilled.run_until(*key, lambda code, _, key=key: well(key, code)) for key in looks}


def well(key, code):
    """Tell whether a command says that all is well; a doctor of a new site warns."""
    return code == int(key[1] == "doctor")


def cell(row, site, command):
    """What a row expects of a site."""
    says = row.says[command]
    return says[list(SITES).index(site)] if isinstance(says, tuple) else says


def worded(drilled, site, says):
    of = drilled.sites[site]
    return says.words.format(primary=of.primary, replica=of.replicas[REPLICA]).strip()


def test_without_a_fault_all_is_well_and_no_command_says_what_it_says_in_one(drilled, calm):
    assert {key: said for key, (_, said) in calm.items() if not well(key, calm[key][0])} == {}
    said = {
        (row.fault, site, command)
        for row in PAGE.ROWS
        for site in SITES
        for command in PAGE.COMMANDS
        if not (says := cell(row, site, command)).why
        and says.words != "secondary: answers with what was published"
        and worded(drilled, site, says) in calm[site, command][1]
    }
    assert said == set()


@pytest.mark.parametrize("row", PAGE.ROWS, ids=lambda row: f"{row.fault} {row.where}".strip().replace(" ", "-"))
def test_each_command_says_what_is_wrong_and_ends(drilled, calm, row):
    lag = 1_000_000 if row.fault == "replication-lag" else None
    faults.break_(drilled.aws.emulator, row.fault, region=REGIONS[row.where], lag=lag)
    try:
        found = during(drilled, row)
    finally:
        drilled.heal()
    wrong = {
        f"{site} {command}": f"{code}: {said[-1500:]}, expected {says.code}: {words}"
        for (site, command), (code, said) in found.items()
        for says in [cell(row, site, command)]
        for words in [worded(drilled, site, says)]
        if code != says.code or words not in said or "Traceback" in said
    }
    assert wrong == {}


def during(drilled, row):
    """Run all commands once the checks have noticed a fault; what is written meanwhile is written before."""
    if any(row.unhealthy):
        drilled.until_unhealthy(dict(zip(SITES, row.unhealthy, strict=True)))
        drilled.until_alarms(on=True)
    if row.writes:
        # What the fault before has left would be wrong, too.
        drilled.until_alarms(on=False)
        for site in drilled.sites.values():
            site.s3.put_object(Bucket=site.primary, Key=f"{row.fault}.html", Body=b"late")
        until_metrics(drilled, row)
    commands = {(site, command): cell(row, site, command) for site in SITES for command in PAGE.COMMANDS}
    wanted = {key: worded(drilled, key[0], says) if says.stopped else None for key, says in commands.items()}
    return drilled.everything(wanted)


def until_metrics(drilled, row):
    """Wait until CloudWatch has what the row says of `status`."""
    for site in SITES:
        words = worded(drilled, site, cell(row, site, "status"))
        drilled.run_until(site, "status", lambda _, said, words=words: words in said)


def test_a_drill_that_is_killed_leaves_a_fault_that_heal_ends(drilled, calm):
    emulator = drilled.aws.emulator
    drill = drilled.aws.command(
        "local", "drill", "primary-s3-refuse", "--config", str(drilled.directory / "failover.toml")
    )
    end = time.monotonic() + PATIENCE
    while not faults.current(emulator) and drill.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.2)
    drill.kill()
    drill.communicate()
    assert [(left.fault, left.region) for left in faults.current(emulator)] == [("s3-refuse", PRIMARY)]
    heal = drilled.aws.command("local", "heal")
    assert (heal.communicate(timeout=PATIENCE)[0], heal.returncode) == (f"healed s3-refuse in {PRIMARY}\n", 0)
    assert faults.current(emulator) == []
    drilled.heal()
