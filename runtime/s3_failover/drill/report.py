"""What a drill reports: the documented shape of `report.json`."""

from pathlib import Path
from typing import Self

from pydantic import Field

from s3_failover.results import Result

VERSION = 1

OUTAGE, HEALING = "after {:.0f} s", "{:.0f} s after healing"
"""Formats of a time in seconds since the outage began, and of one since it was healed."""


_DAY = 24 * 60


class Stage(Result):
    """A stage of the outage, in embedded seconds."""

    name: str
    """What happened, for example `DNS answer moved`."""
    after: float | None
    """Seconds after the outage, or after the healing, began; null if it was not seen."""
    since: str
    """What the seconds count from: `outage` or `healing`."""


class Requests(Result):
    """What viewers of one kind got, from the outage's begin to its healing's end."""

    kind: str
    """`http` and `https` have a new connection for each request; `kept-http`, `kept-https` and `kept-http2` (HTTP/2)
    keep theirs. `browser` comes anew, asks by HTTPS first and falls back to HTTP; `hsts` remembers HSTS, where
    the site sends it. `ttl-floor` and `serve-stale` are such browsers behind resolvers that keep answers for longer
    than the record allows."""
    scheme: str
    """The scheme that they ask by first: `http` or `https`."""
    total: int
    """All requests that began in that time."""
    ok: int
    """Answered with the newest bytes."""
    stale: int
    """Answered with the bytes of an older version."""
    missing: int
    """Told that an object published last does not exist."""
    wrong: int
    """Answered with bytes that were never published."""
    failed: int
    """Answered with an error, or not at all."""
    recovered_after: float | None
    """Seconds from the outage until requests succeeded for good: null if not before healing, 0 if none failed."""
    slowest: float
    """The longest request that succeeded, in seconds."""
    density: float = 1
    """Which share failed of the requests from the first that failed to the last; 1 if none failed."""


class HostRequests(Result):
    """What one host of a fleet got through the client, from the outage's begin to its healing's end."""

    host: str
    total: int
    """All requests that began in that time."""
    ok: int
    """Served with the published bytes, by whichever region."""
    rerouted: int
    """Of these, served by another region than the one that was asked first."""
    raised: int
    """Raised AllRegionsFailed."""
    failed: int
    """Raised anything else, or got other bytes."""
    slowest: float
    """The longest request, in seconds."""


class Band(Result):
    """A state of a lane between two times, in seconds after the outage began."""

    begin: float
    end: float
    state: str

    @classmethod
    def since(cls, outage: float, begin: float, end: float, state: str) -> Self:
        """Return a state between two times on the clock on which the outage began."""
        return cls(begin=round(begin - outage, 1), end=round(end - outage, 1), state=state)


class Track(Result):
    """One thing over time: a viewer group, a check, the DNS answer, an alarm; a host, a fleet's gauges."""

    name: str
    kind: str
    """`viewers`, `dns`, `check` or `alarm`; of a fleet also `host`, and `failing`: a region, with the number of hosts
    that fail for it as the state."""
    bands: list[Band]


class Held(Result):
    """One expectation and whether it passed."""

    expectation: str
    held: bool
    seen: str
    """What was seen instead, or as its proof."""

    @classmethod
    def within(
        cls, expectation: str, limit: float, at: float | None, since: float, *, told: str = OUTAGE, never: str = "never"
    ) -> Self:
        """Return whether something was seen within so many seconds after a time; None for what was not."""
        seen = never if at is None else told.format(at - since)
        return cls(expectation=expectation, held=at is not None and at - since <= limit, seen=seen)


class SiteOutcome(Result):
    """One site in one scenario."""

    site: str
    hostname: str
    mode: str
    expectations: list[Held]
    stages: list[Stage]
    requests: list[Requests]
    """Those of viewers; empty in the drill of a fleet."""
    hosts: list[HostRequests] = Field(default_factory=list)
    """The fleet's hosts; empty in the drill of a site."""
    warns_at: int | None = None
    """How many hosts must fail for a region to warn; null in the drill of a site."""
    tracks: list[Track]
    sentences: list[str] = Field(default_factory=list)
    """What each lane shows, in a sentence without its full stop: viewers first."""

    @property
    def held(self) -> bool:
        """Whether every expectation passed."""
        return all(item.held for item in self.expectations)


class ReplayedStep(Result):
    """A step of an incident, in the incident's time and in the drill's."""

    minute: float
    """Minutes after the incident began."""
    after: float
    """Seconds after the drill's outage began."""
    event: str
    """What happened."""
    faults: list[str]
    """What was broken from then on, as `s3-failover local break` would have it; nothing when it was over."""

    @property
    def moment(self) -> str:
        """When it was, as in `minute 169` or `day 60`."""
        return f"minute {self.minute:g}" if self.minute < _DAY else f"day {self.minute / _DAY:.3g}"


class Replay(Result):
    """An incident that happened, and how a drill replayed it."""

    date: str | None
    """When it began, ISO 8601; null for a kind of incident without a day of its own."""
    sources: list[str]
    """The addresses of reports about it."""
    place: str
    """Which region it hit, and which one of the drilled sites stands for it."""
    shortened: str
    """What the drill shortened."""
    steps: list[ReplayedStep]
    """What happened, the end last."""


class ScenarioOutcome(Result):
    """One scenario over all sites."""

    scenario: str
    title: str
    faults: list[str]
    """What was broken, as `s3-failover local break` would have it."""
    healed_after: float
    """Seconds after the outage began."""
    ended_after: float
    """Seconds after the outage began until the drill was over."""
    sites: list[SiteOutcome]
    incident: Replay | None = None
    """The incident that it replays; null for the other scenarios."""

    @property
    def held(self) -> bool:
        """Whether every expectation of every site passed."""
        return all(site.held for site in self.sites)


class Versions(Result):
    """The versions of what drilled."""

    s3_failover: str
    python: str
    boto3: str
    aws_cdk_lib: str | None
    """Null where it is not installed."""
    cdk_cli: str | None
    """That of the nearest `node_modules`; null if there is none."""


class Evidence(Result):
    """When a drill was made, of which configuration, with which versions, and who asked for it."""

    begun: str
    """By the clock on the wall: ISO 8601, UTC."""
    ended: str
    """The same."""
    asked_by: str
    """The ARN of the caller; `embedded AWS` for a drill of the embedded AWS."""
    config_sha256: str | None
    """SHA-256 of the configuration file; null for a site that was not read from a file."""
    versions: Versions


class DrillReport(Result):
    """A whole drill. Seconds are those of the configuration; in an account those are the wall clock's."""

    version: int = VERSION
    speed: float
    """How much faster than the wall clock embedded time ran; at 1 every timing is the truth."""
    config: str
    """The configuration file; in an account, the site's name."""
    evidence: Evidence
    held: bool
    """Whether every expectation passed."""
    scenarios: list[ScenarioOutcome]
    account: str | None = None
    """The account that was drilled, in which all is as AWS does it; null for a scenario of the embedded AWS."""
    asked_for: str | None = None
    """What viewers asked for, in words; null for a scenario of the embedded AWS, which publishes objects of its own."""

    def write(self, directory: Path) -> Path:
        """Write `report.json` into a directory and return its path."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "report.json"
        path.write_text(self.model_dump_json(indent=2) + "\n")
        return path
