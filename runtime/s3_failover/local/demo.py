"""The whole way in one go: start an embedded AWS, deploy, publish, read back, stop; nothing is left behind."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from s3_failover.config import Config, Site
from s3_failover.local import server
from s3_failover.local.deploy import deploy
from s3_failover.local.fetch import Fetched, fetch
from s3_failover.local.handle import Emulator
from s3_failover.local.publish import publish, wait_for_replicas
from s3_failover.local.server import Server
from s3_failover.local.state import Say, StateDirectory, quiet


@dataclass(frozen=True)
class Step:
    """A step of the demo and how long it took, in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True)
class SiteReport:
    """What became of one site.

    Attributes:
        site: its name in the configuration.
        hostname: its hostname.
        replicated: for each replica region, the seconds until it held all objects.
        objects: what viewers got.
    """

    site: str
    hostname: str
    replicated: dict[str, float]
    objects: list[Fetched]


@dataclass
class Report:
    """All steps and sites of one demo."""

    steps: list[Step] = field(default_factory=list)
    sites: list[SiteReport] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every object came back unchanged over every way."""
        return bool(self.sites) and all(item.identical for site in self.sites for item in site.objects)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in `--json`."""
        return {"ok": self.ok, **asdict(self)}


def run(
    config: Config, path: Path, content: Path, python: Path, *, project: Path | None = None, say: Say = quiet
) -> Report:
    """Run the demo and return what came back; its files live in a temporary directory.

    Args:
        config: what `path` holds.
        path: the configuration file.
        content: the directory to publish to every site.
        python: the interpreter of the emulator's environment.
        project: the CDK project; by default the one that the current directory belongs to.
        say: gets a line at each step's begin and end.

    Raises:
        UserError: a step failed.
    """
    report = Report()
    with tempfile.TemporaryDirectory(prefix="s3-failover-demo-") as folder, contextlib.ExitStack() as stack:
        state = StateDirectory(Path(folder))
        with _step(report, "start the embedded AWS", say):
            emulator = stack.enter_context(server.running(Server(state, python)))
        with _step(report, "deploy every stack", say):
            deploy(config, path, emulator, state, project=project, say=lambda line: say(f"  {line}"))
        with _step(report, "publish, replicate and read back", say):
            report.sites.extend(_exercise(site, content, emulator) for site in config.sites)
        with _step(report, "stop the embedded AWS", say):
            stack.close()
    return report


def _exercise(site: Site, content: Path, emulator: Emulator) -> SiteReport:
    objects = publish(content, site, emulator)
    replicated = wait_for_replicas(objects, site, emulator)
    return SiteReport(site.name, site.hostname, replicated, fetch(objects, site, emulator))


@contextlib.contextmanager
def _step(report: Report, name: str, say: Say) -> Iterator[None]:
    say(name)
    begin = time.monotonic()
    yield
    seconds = time.monotonic() - begin
    report.steps.append(Step(name, seconds))
    say(f"  done in {seconds:.1f} s")
