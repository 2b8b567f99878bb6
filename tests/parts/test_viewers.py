"""Browsers and HTTP libraries at a site of each mode through an outage: what each sees is what docs/drill.md says."""

import contextlib
import functools
import os
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import parts
import pytest
from accounts import resolver_of
from viewer_programs import Curl, NewChromium, OpenChromium, OpenFirefox, java, node_fetch, python_library

from breakable_aws import faults

pytestmark = [pytest.mark.embedded, pytest.mark.long]

REGION = "eu-west-1"
DNS_MODE, HYBRID = "plain.example.com", "secure.example.com"
PATIENCE = 180
PAUSE = 1


class Errors(Enum):
    """For how long a viewer gets errors from the site in dns mode."""

    UNTIL_MOVED = "until DNS has moved"
    WHOLE = "the whole outage"


@dataclass(frozen=True)
class Kind:
    """A program, how it comes to the site, and what it sees of it in dns mode."""

    start: callable
    scheme: str
    errors: Errors


KINDS = {
    "curl, http": Kind(Curl, "http", Errors.UNTIL_MOVED),
    "curl, https": Kind(Curl, "https", Errors.WHOLE),
    "Python requests, a session": Kind(python_library("requests"), "https", Errors.WHOLE),
    "Python httpx, HTTP/2": Kind(python_library("httpx"), "https", Errors.WHOLE),
    "Java HttpClient, HTTP/1.1": Kind(java("HTTP_1_1"), "https", Errors.WHOLE),
    "Java HttpClient, HTTP/2": Kind(java("HTTP_2"), "https", Errors.WHOLE),
    "Node.js fetch": Kind(node_fetch, "https", Errors.WHOLE),
    "Node.js fetch, http": Kind(node_fetch, "http", Errors.WHOLE),
    "Chromium, a page that stays open": Kind(OpenChromium, "https", Errors.WHOLE),
    "Chromium, a new visit": Kind(NewChromium, "http", Errors.UNTIL_MOVED),
    "Firefox, a page that stays open": Kind(OpenFirefox, "https", Errors.WHOLE),
}


@dataclass(frozen=True)
class Fetch:
    began: float
    ended: float
    status: int
    what: str

    @property
    def served(self):
        return self.status == 200


@dataclass
class Viewer:
    """A viewer of both sites, and what it fetched."""

    name: str
    program: object
    seen: dict[str, list[Fetch]] = field(default_factory=lambda: {DNS_MODE: [], HYBRID: []})
    pictures: set[str] = field(default_factory=set)

    def look(self, moment):
        for site, fetches in self.seen.items():
            began = time.monotonic()
            # A page that a browser has in its cache would say nothing: it may serve it without asking.
            url = f"{KINDS[self.name].scheme}://{site}/?{len(fetches)}"
            status, what = self._ask(url, f"{site}-{moment}")
            fetches.append(Fetch(began, time.monotonic(), status, what))

    def _ask(self, url, title):
        folder = os.environ.get(parts.FOLDER)
        if not folder or title in self.pictures or not hasattr(self.program, "photographs"):
            return self.program.ask(url)
        self.pictures.add(title)
        return self.program.ask(url, Path(folder) / f"{self.name}-{title}.png".replace(" ", "-").replace(",", ""))

    def served_since(self, moment, site):
        return [each for each in self.seen[site] if each.began >= moment and each.served]


@dataclass
class Outage:
    """An outage, when it began, when DNS had moved, when it ended, and what each viewer saw."""

    viewers: dict[str, Viewer] = field(default_factory=dict)
    moment: str = "before"
    broken: float = 0.0
    moved: float = 0.0
    healed: float = 0.0

    def during(self, name, site=DNS_MODE):
        """What a viewer began to fetch in the outage and had before it ended."""
        return [each for each in self.viewers[name].seen[site] if each.began > self.broken and each.ended < self.healed]


@pytest.fixture(scope="module")
def proxy(aws):
    with aws.proxy() as url:
        yield url


@pytest.fixture(scope="module")
def outage(aws, pages, proxy, tmp_path_factory):
    """S3 of the primary region lost and healed, with every viewer that is installed on both sites."""
    found = Outage()
    with contextlib.ExitStack() as stack:
        for name, kind in KINDS.items():
            with contextlib.suppress(pytest.skip.Exception):
                program = kind.start(tmp_path_factory.mktemp("viewer"), proxy, aws.emulator.ca_file)
                stack.callback(program.close)
                found.viewers[name] = Viewer(name, program)
        stack.callback(faults.heal, aws.emulator)
        looks = (functools.partial(each.look, found.moment) for each in found.viewers.values())
        stack.enter_context(parts.repeated(*looks, pause=PAUSE))
        cname = functools.partial(leads_to, resolver_of(aws.emulator))
        until(lambda: all(v.served_since(0, s)[2:] for v in found.viewers.values() for s in (DNS_MODE, HYBRID)))
        faults.break_(aws.emulator, "s3-refuse", region=REGION)
        found.broken, found.moment = time.monotonic(), "broken"
        until(lambda: "s3-website" in cname())
        found.moved, found.moment = time.monotonic(), "moved"
        until(lambda: all(fetched(v, found.moved) >= 4 for v in found.viewers.values()))
        found.healed = time.monotonic()
        faults.heal(aws.emulator)
        until(lambda: "cloudfront" in cname())
        back, found.moment = time.monotonic(), "after"
        until(lambda: all(v.served_since(back, s)[2:] for v in found.viewers.values() for s in (DNS_MODE, HYBRID)))
    report(found)
    return found


def fetched(viewer, since):
    return sum(each.began >= since for each in viewer.seen[DNS_MODE])


def leads_to(resolver):
    return resolver.resolve(DNS_MODE, "CNAME")[0].target.to_text()


def until(holds):
    """Wait until something holds, or the patience of this test ends: who is not served then is the finding."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not holds():
        time.sleep(0.5)


def report(outage):
    rows = []
    for name, viewer in outage.viewers.items():
        for site in (DNS_MODE, HYBRID):
            during = outage.during(name, site)
            first = next((each.ended - outage.broken for each in during if each.served), None)
            failed = sum(not each.served for each in during)
            what = " ".join(sorted({f"{each.status}" for each in during}))
            rows.append((name, site, len(viewer.seen[site]), f"{failed} of {len(during)}", first, what))
    moved, healed = outage.moved - outage.broken, outage.healed - outage.broken
    header = (
        "viewer",
        "site",
        "requests",
        "failed in the outage",
        "served first after",
        f"statuses; DNS moved {moved:.0f}, healed {healed:.0f}",
    )
    parts.table("viewers", header, rows)


@pytest.fixture(params=KINDS)
def name(request, outage, tmp_path):
    if request.param not in outage.viewers:
        KINDS[request.param].start(tmp_path, "http://127.0.0.1:9", os.devnull)  # says what is missing
    return request.param


def test_no_viewer_of_the_site_in_hybrid_mode_notices(name, outage):
    fetches = outage.viewers[name].seen[HYBRID]
    # What was on its way when S3 went may have been lost with it.
    assert [each for each in fetches if not each.served and not each.began < outage.broken < each.ended] == []
    assert len(outage.during(name, HYBRID)) >= 3


def test_a_viewer_of_the_site_in_dns_mode_sees_what_the_documentation_says(name, outage):
    during = outage.during(name)
    assert not during[0].served
    served = [each for each in during if each.served]
    if KINDS[name].errors is Errors.WHOLE:
        assert served == []
    else:
        assert served == during[-len(served) :] != []


def test_every_viewer_is_served_again_after_the_outage(name, outage):
    for fetches in outage.viewers[name].seen.values():
        assert [each.status for each in fetches[-3:]] == [200] * 3


def test_chromium_comes_by_https_and_falls_back_to_http_once_dns_has_moved(outage, tmp_path):
    name = "Chromium, a new visit"
    if name not in outage.viewers:
        KINDS[name].start(tmp_path, "http://127.0.0.1:9", os.devnull)
    fetches = [each for each in outage.viewers[name].seen[DNS_MODE] if each.served]
    assert {urlsplit(each.what).scheme for each in fetches if each.ended < outage.broken} == {"https"}
    assert {urlsplit(each.what).scheme for each in outage.during(name) if each.served} == {"http"}
