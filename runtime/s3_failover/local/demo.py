"""The whole way in one go: start an embedded AWS, deploy, publish, read back, lose a region and get it back, stop."""

import contextlib
import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import computed_field

from breakable_aws import server
from breakable_aws.server import Server
from breakable_aws.state import Say, StateDirectory, quiet
from s3_failover.config import Config, Site
from s3_failover.drill.report import DrillReport
from s3_failover.local.account import account_of
from s3_failover.local.deploy import deploy
from s3_failover.local.drill import session
from s3_failover.local.drill.session import Show
from s3_failover.operations import legs
from s3_failover.operations.account import Account
from s3_failover.operations.content import Rules, files
from s3_failover.operations.legs import LegAddress
from s3_failover.operations.publish import Publication, PublishOptions
from s3_failover.results import Result, part

SCENARIO = "primary-s3-refuse"
"""What the demo drills."""

_WATCHED = """viewers ask every site for its files all the time, by HTTP and HTTPS, over new connections and kept ones
  Seconds count from the outage, and pass {speed:g} times as fast as on the wall."""


@part
class Step:
    """A step of the demo and how long it took, in seconds."""

    name: str
    seconds: float


@part
class DemoRead:
    """One object over one leg."""

    status: int
    """The HTTP status; 0 if there was no answer."""
    identical: bool
    """Whether the bytes were the published ones."""
    seconds: float
    """From connecting to the last byte."""
    error: str
    """Why there was no answer, or an empty string."""


@part
class DemoReadBack:
    """One object over both legs: `distribution` (HTTPS) and `secondary` (HTTP from an S3 website, else HTTPS)."""

    key: str
    size: int
    sha256: str
    distribution: DemoRead
    secondary: DemoRead

    @property
    def identical(self) -> bool:
        """Whether both legs gave the published bytes."""
        return self.distribution.identical and self.secondary.identical


@part
class SiteReport:
    """The outcome for one site."""

    site: str
    """Its name in the configuration."""
    hostname: str
    replicated: dict[str, float]
    """For each replica region, the seconds until it had all objects."""
    objects: list[DemoReadBack]
    """What viewers got."""
    secondary: str = "http"
    """The scheme by which the secondary was read."""


class DemoReport(Result):
    """All steps and sites of one demo, and its drill if there was one."""

    steps: list[Step]
    sites: list[SiteReport]
    drill: DrillReport | None

    @computed_field
    @property
    def ok(self) -> bool:
        """Whether every object came back unchanged over every way, and the drill passed."""
        drilled = self.drill is None or self.drill.held
        return drilled and bool(self.sites) and all(item.identical for site in self.sites for item in site.objects)


def run(
    config: Config,
    path: Path,
    content: Path,
    python: Path,
    *,
    project: Path | None = None,
    drilled: bool = True,
    show: Show | None = None,
    say: Say = quiet,
) -> DemoReport:
    """Run the demo and return what came back; its files live in a temporary directory.

    `drilled` is whether the primary region's S3 is lost and healed at the end; `show` opens a live view of that. The
    project is by default the one that the current directory belongs to.

    Raises:
        UserError: a step failed.
    """
    steps: list[Step] = []
    sites: list[SiteReport] = []
    drill = None
    with tempfile.TemporaryDirectory(prefix="s3-failover-demo-") as folder, contextlib.ExitStack() as stack:
        state = StateDirectory(Path(folder))
        with _step(steps, "start the embedded AWS", say):
            speed = session.speed_here() if drilled else 1.0
            emulator = stack.enter_context(server.running(Server(state, python, speed=speed)))
        with _step(steps, "deploy every stack", say, _sites(config)):
            deploy(config, path, emulator, state, project=project, say=lambda line: say(f"  {line}"))
        with _step(steps, "publish, replicate and read back", say, f"the files of {content.name}, by both ways"):
            account = account_of(emulator)
            sites.extend(_exercise(site, content, account) for site in config.sites)
        if drilled:
            with _step(steps, "lose the primary region's S3, and get it back", say, _WATCHED.format(speed=speed)):
                drill = session.run(session.named(SCENARIO), config, path, emulator, show=show)
        with _step(steps, "stop the embedded AWS", say):
            stack.close()
    return DemoReport(steps=steps, sites=sites, drill=drill)


def _sites(config: Config) -> str:
    """Return what is deployed, as in `www.example.com in hybrid mode and assets.example.com in dns mode`."""
    return " and ".join(f"{site.hostname} in {site.mode} mode" for site in config.sites)


def _exercise(site: Site, content: Path, account: Account) -> SiteReport:
    publication = Publication(site, account, PublishOptions(rules=Rules.of(site)))
    published = publication.run(publication.changes(content), say=quiet)
    scheme = "https" if site.secondary.kind.speaks_https else "http"
    return SiteReport(site.name, site.hostname, dict(published.replicated), read_back(site, account, content), scheme)


def read_back(site: Site, account: Account, content: Path) -> list[DemoReadBack]:
    """Return what viewers of a site get for each file that was published."""
    distribution, secondary = legs.legs(site, account)
    found = []
    for file in files(content, Rules.of(site)):
        body = file.path.read_bytes()
        reads = (_read(leg, file.key, body) for leg in (distribution, secondary))
        found.append(DemoReadBack(file.key, file.size, hashlib.sha256(body).hexdigest(), *reads))
    return found


def _read(leg: LegAddress, key: str, body: bytes) -> DemoRead:
    answer = leg.get(key)
    return DemoRead(answer.status, answer.status == 200 and answer.body == body, answer.seconds, answer.error)


@contextlib.contextmanager
def _step(steps: list[Step], name: str, say: Say, about: str = "") -> Iterator[None]:
    say(f"{name}: {about}" if about else name)
    begin = time.monotonic()
    yield
    seconds = time.monotonic() - begin
    steps.append(Step(name, seconds))
    say(f"  done in {seconds:.1f} s")
