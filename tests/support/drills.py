"""Drills on deployments of their own, as fast as this machine lets time run."""

import contextlib
import os

import emulator_environment
from botocore.exceptions import BotoCoreError
from cdk_templates import ROOT

from breakable_aws import server
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory
from s3_failover.config import load
from s3_failover.errors import UserError
from s3_failover.local.deploy import deploy
from s3_failover.local.drill import session

SPEEDS = (20, 8, 3, 1)
SLOWER = (10, 4, 2, 1)
"""How fast time runs, and how fast from each drill on that did not hold; slower where functions serve viewers.

At twenty times its speed a checker's timeout is a fifth of a second, which a busy machine may take to answer. What is
not held then is drilled again with more time; what is not held at any speed is not held.
"""


@contextlib.contextmanager
def deployed(folder, sites, *, speed):
    """Deploy a configuration to an embedded AWS of its own; give the configuration and the AWS."""
    path = folder / "failover.toml"
    path.write_text(sites)
    config, state = load(path), StateDirectory(folder / f"speed-{speed}")
    with server.running(Server(state, emulator_environment.interpreter(), speed=speed)) as emulator:
        deploy(config, path, emulator, state, project=ROOT)
        yield config, emulator


def within_reach(speeds):
    """Return the speeds to try here: a machine with much else to do would miss the first, and pay for a deployment."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    out_of_reach = sum(load > limit for limit in (1.5, 4))
    return list(speeds[min(out_of_reach, len(speeds) - 1) :])


class Drills:
    """Deploys a configuration, and again when time must run slower, and runs scenarios on it."""

    def __init__(self, folder, sites, *, speeds=SPEEDS, prepare=lambda config, emulator: None):
        self._prepare = prepare
        self._folder = folder
        self._path = folder / "failover.toml"
        self._path.write_text(sites)
        self._config = load(self._path)
        self._speeds = within_reach(speeds)
        self._stack = contextlib.ExitStack()
        self._emulator = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def run(self, scenarios):
        """Return the report of scenarios: the first that held, or that of the slowest time."""
        while len(self._speeds) > 1:
            # Sites that do not become calm are too busy as well, and an AWS that does not answer in time.
            with contextlib.suppress(UserError, BotoCoreError):
                report = self._run(scenarios)
                if report.held:
                    return report
            self._stack.close()
            self._emulator = None
            del self._speeds[0]
        return self._run(scenarios)

    def _run(self, scenarios):
        if self._emulator is None:
            speed = self._speeds[0]
            state = StateDirectory(self._folder / f"speed-{speed}")
            running = Server(state, emulator_environment.interpreter(), speed=speed)
            self._emulator = self._stack.enter_context(server.running(running))
            deploy(self._config, self._path, self._emulator, state, project=ROOT)
            self._prepare(self._config, self._emulator)
        return session.run(scenarios, self._config, self._path, self._emulator)


def missed(outcome):
    """Return the expectations of a site that were not held."""
    return [f"{outcome.site}: {item.expectation}; seen: {item.seen}" for item in outcome.expectations if not item.held]
