"""The embedded AWS as a library: start it, deploy to it, break it, and look at DNS, the edge and alarms."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breakable_aws import admin, aws, cdk, environment, faults, server, surroundings, viewer
from breakable_aws.cdk import Cdk
from breakable_aws.clock import EmbeddedClock
from breakable_aws.errors import BreakableError
from breakable_aws.faults import Broken, FailingResource
from breakable_aws.handle import Emulator
from breakable_aws.server import Server
from breakable_aws.state import Say, StateDirectory, quiet
from breakable_aws.viewer import ViewerAnswer

PYTHON = "BREAKABLE_AWS_PYTHON"
"""The environment variable that names an interpreter with the packages of `emulator/requirements.txt`."""

_LOOK_SECONDS = 0.05


def start(directory: str | Path, *, speed: float = 1.0, say: Say = quiet) -> Aws:
    """Start an embedded AWS that runs until `stop`; it is installed into the user's cache first where that is missing.

    Args:
        directory: for its files; made where it is missing, and safe to remove while nothing runs.
        speed: how much faster than the clock on the wall its time runs: intervals, thresholds and periods.
        say: gets a line of progress for what takes a while.

    Raises:
        BreakableError: it cannot be installed or started, or one runs in the directory.
    """
    starting = _server(directory, speed, say)
    return Aws(starting.start(), starting.state)


def stop(directory: str | Path) -> bool:
    """Stop the embedded AWS of a directory; return whether one ran."""
    return server.stop(_state(directory)) is not None


@contextlib.contextmanager
def running(directory: str | Path, *, speed: float = 1.0, say: Say = quiet) -> Iterator[Aws]:
    """Run an embedded AWS for the length of a block; it also ends when this process does. Arguments as for `start`.

    Raises:
        BreakableError: as for `start`.
    """
    starting = _server(directory, speed, say)
    with server.running(starting) as emulator:
        yield Aws(emulator, starting.state)


def _server(directory: str | Path, speed: float, say: Say) -> Server:
    named = os.environ.get(PYTHON)
    return Server(_state(directory), Path(named) if named else environment.ensure(say=say), speed=speed)


def _state(directory: str | Path) -> StateDirectory:
    return StateDirectory(Path(directory).absolute())


@dataclass(frozen=True)
class Aws:
    """A running embedded AWS.

    Attributes:
        emulator: its process and its ports.
        state: where its files are.
    """

    emulator: Emulator
    state: StateDirectory

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client for a service in a region; made once, and safe to share between threads."""
        return aws.client(self.emulator, service, region)

    def environment(self) -> dict[str, str]:
        """Return the whole environment of a program whose SDK shall find this AWS and no other."""
        return surroundings.for_application(self.emulator)

    def create_zone(self, zone_id: str, name: str) -> None:
        """Create a hosted zone that an app takes for granted; one that exists stays as it is.

        Raises:
            BreakableError: the id or the name is not valid.
        """
        admin.put(self.emulator, f"hosted-zones/{zone_id}", {"name": name})

    def deploy(
        self, project: str | Path, *, regions: Sequence[str], context: Mapping[str, str] | None = None, say: Say = quiet
    ) -> None:
        """Bootstrap regions and deploy all stacks of a CDK app with the real CDK CLI.

        Args:
            project: the directory of `cdk.json`; the CLI is the `aws-cdk` in the nearest `node_modules`, going up.
            regions: the regions that the app deploys to.
            context: what the app is given, as with `-c NAME=VALUE`.
            say: gets a line for each stack.

        Raises:
            BreakableError: no CDK CLI, or a resource failed; says which, in the CLI's words.
        """
        directory = Path(project).absolute()
        tool = Cdk(
            project=directory,
            script=cdk.script(_with_cli(directory)),
            environment=surroundings.for_cdk(self.emulator),
            log=self.state.cdk_log,
            emulator_runs=lambda: self.emulator.alive,
        )
        tool.bootstrap(self.emulator.account, regions, say=say)
        tool.deploy(output=self.state.cdk_out, context=context, say=say)

    def break_(
        self,
        fault: str,
        *,
        region: str | None = None,
        seconds: float | None = None,
        lag: float | None = None,
        failing: FailingResource | None = None,
    ) -> Broken:
        """Put a fault into effect for everything alike; arguments as for `breakable_aws.faults.break_`.

        Raises:
            BreakableError: no such fault, no such region, or nothing that it would hit.
        """
        return faults.break_(self.emulator, fault, region=region, seconds=seconds, lag=lag, failing=failing)

    def heal(self, identifier: str | None = None) -> None:
        """Take a fault away, by default all of them.

        Raises:
            BreakableError: there is no such fault.
        """
        faults.heal(self.emulator, identifier)

    @contextlib.contextmanager
    def broken(self, fault: str, *, region: str | None = None) -> Iterator[Broken]:
        """Have a fault in effect for the length of a block.

        Raises:
            BreakableError: as for `break_`.
        """
        made = self.break_(fault, region=region)
        try:
            yield made
        finally:
            self.heal(made.id)

    def resolve(self, name: str) -> tuple[str, ...]:
        """Return where DNS leads from a name: the names of its CNAME and alias records, one after the other.

        Raises:
            BreakableError: DNS has no such name, or does not answer.
        """
        return viewer.resolve(self.emulator, name)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> ViewerAnswer:
        """Ask for a URL as a viewer: over DNS, a new connection and TLS where the URL says so.

        Raises:
            BreakableError: DNS has no such name.
            OSError: nothing answers there, or the connection breaks.
        """
        return viewer.get(self.emulator, url, headers or {})

    def alarms(self, region: str) -> dict[str, str]:
        """Return the state of every CloudWatch alarm of a region, composite ones too, by name."""
        kinds = ["MetricAlarm", "CompositeAlarm"]
        pages = self.client("cloudwatch", region).get_paginator("describe_alarms").paginate(AlarmTypes=kinds)
        return {
            alarm["AlarmName"]: alarm["StateValue"]
            for page in pages
            for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
        }

    def until(self, holds: Callable[[], bool], *, within: float) -> float:
        """Wait until something holds, and return the embedded seconds that it took.

        Args:
            holds: asked again and again.
            within: embedded seconds that it may take.

        Raises:
            BreakableError: it does not hold by then.
        """
        clock = EmbeddedClock(self.emulator.clock_started or self.emulator.started, self.emulator.speed)
        began = clock.now()
        while not holds():
            if clock.now() - began > within:
                raise BreakableError(f"it does not hold after {within:g} seconds of the embedded AWS")
            time.sleep(_LOOK_SECONDS)
        return clock.now() - began


def _with_cli(project: Path) -> Path:
    """Return the nearest directory, going up, with a CDK CLI; the project itself where there is none."""
    found = (each for each in (project, *project.parents) if (each / "node_modules" / "aws-cdk").is_dir())
    return next(found, project)
