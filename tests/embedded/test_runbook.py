"""The commands of each page of the runbook, run in order on a deployed site, in the trouble that the page is about."""

import itertools
import re
import shlex
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import embedded_aws
import pytest
from cdk_templates import ROOT

from breakable_aws import faults

pytestmark = [pytest.mark.embedded, pytest.mark.long]

PRIMARY, REPLICA = "eu-west-1", "eu-central-1"
SITE = """
[sites.shop]
hostname              = "shop.example.com"
primary_region        = "eu-west-1"
replica_regions       = ["eu-central-1"]
hosted_zone           = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode                  = "dns"
replication           = { two_way = true }
health_check_interval = 10
"""
RUNBOOK = ROOT / "docs" / "runbook"
PAGES = {
    path.stem: re.findall(r"^\$ s3-failover (.*)$", path.read_text(), re.MULTILINE)
    for path in sorted(RUNBOOK.glob("*.md"))
}
PATIENCE = 300


@dataclass(frozen=True)
class Ends:
    """What a command of a page must end with, and say; `options` are what the page leaves to the reader."""

    codes: tuple
    words: str
    options: str = ""


SERVED_BY_SECONDARY = Ends((3,), "the secondary serves")
HEALTHY = Ends((0, 1), "")
FAULTS = {
    "control-planes": ("control-planes-down", None),
    "errors": ("s3-refuse", PRIMARY),
    "evacuate": ("region-down", "us-east-1"),
    "leave": ("region-down", PRIMARY),
    "publish": ("s3-refuse", PRIMARY),
    "region-down": ("region-down", PRIMARY),
}
"""What is broken while a page's commands run; for the others nothing is."""
# None is for a command that a test of its own runs: it takes minutes.
EXPECTED = {
    "account-lost": [Ends((0,), ": ok, 1 site"), HEALTHY],
    "bad-release": [Ends((0,), "answers with what was published")],
    "certificate": [HEALTHY],
    "control-planes": [
        Ends((0, 1, 3), "as CloudWatch last heard"),
        Ends((4,), "owed"),
        Ends((0,), "the same"),
    ],
    "deleted": [Ends((0,), "would restore"), Ends((0,), "restored", "--yes"), Ends((0,), "the same")],
    "drill-day": [HEALTHY, Ends((0,), "nothing was changed"), Ends((0,), "nothing to undo")],
    "errors": [SERVED_BY_SECONDARY, Ends((2,), "critical")],
    "evacuate": [Ends((0,), "evacuated", "--yes"), Ends((3,), "evacuated")],
    "leave": [Ends((0,), "nothing was changed"), None],
    "publish": [Ends((0, 1, 3, 4), "", "")],
    "region-down": [SERVED_BY_SECONDARY],
    "replication": [Ends((0,), "the same"), HEALTHY, Ends((0,), "")],
    "return": [Ends((0,), "returned", "--yes --force")],
}


class Site:
    """A site at an embedded AWS of its own, whose clock runs faster."""

    def __init__(self, aws, directory):
        self.aws, self.directory = aws, directory
        (self.site,) = aws.deploy(SITE, directory).values()
        self.content, self.releases, self.first_release = directory / "content", itertools.count(1), "1m"
        self.content.mkdir()

    def run(self, words, options=""):
        """Run a command as a reader would: with this site for SITE; return its exit code and what it printed."""
        written = {
            "SITE": "shop",
            "DIRECTORY": str(self.content),
            "REGION": REPLICA,
            "TIME": self.first_release,
            "failover.toml": str(self.file),
        }
        arguments = [written.get(word, word) for word in [*words.split(), *options.split()]]
        if arguments[0] == "publish":
            (self.content / "index.html").write_text(f"<h1>release {next(self.releases)}</h1>")
        where = [] if arguments[0] == "check" else ["--config", str(self.file), "--local"]
        return self.aws.run(*arguments, *where, timeout=PATIENCE)

    def run_until(self, words, ends):
        """Run a command until it ends as expected, or for as long as that may take."""
        end = time.monotonic() + PATIENCE
        while True:
            code, said = self.run(words, ends.options)
            if (code in ends.codes and ends.words in said) or time.monotonic() > end:
                return code, said

    @property
    def file(self):
        return self.directory / "failover.toml"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("runbook-aws"), speed=5) as running:
        made = Site(running, tmp_path_factory.mktemp("runbook-site"))
        assert made.run("publish DIRECTORY --site SITE")[0] == 0
        made.first_release = f"{datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S+00:00}"
        yield made


def test_each_page_with_commands_has_expectations_and_no_other_page_has_any():
    assert {page: len(commands) for page, commands in PAGES.items() if commands} == {
        page: len(ends) for page, ends in EXPECTED.items()
    }


# What is restored must have been there for a while, and what an evacuation begins, a return ends.
LAST = ("deleted", "evacuate", "return")


@pytest.mark.parametrize("page", [*sorted(EXPECTED.keys() - {*LAST}), *LAST])
def test_the_commands_of_a_page_do_what_it_says(site, page):
    fault = FAULTS.get(page)
    if fault is not None:
        faults.break_(site.aws.emulator, fault[0], region=fault[1])
    try:
        for command, ends in zip(PAGES[page], EXPECTED[page], strict=True):
            if ends is None:
                continue
            # In calm a command ends as it should at once; what is broken takes time to be noticed.
            code, said = site.run_until(command, ends) if fault else site.run(command, ends.options)
            assert code in ends.codes, f"{shlex.join(command.split())}: {code}: {said}"
            assert ends.words in said, said
            assert "Traceback" not in said
    finally:
        if fault is not None:
            faults.heal(site.aws.emulator)
            # A page that ends with evacuated viewers is followed by the one that brings them back.
            assert page == "evacuate" or site.run_until("status SITE", Ends((0, 1), "primary"))[0] in (0, 1)
