"""The hosts of a fleet, from the drill's side: their processes, their relays, and what they tell."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import s3_failover
from breakable_aws import places, server, surroundings
from breakable_aws.clock import EmbeddedClock
from breakable_aws.gate import Gate
from breakable_aws.handle import Emulator
from s3_failover.drill.timeline import Lane
from s3_failover.errors import UserError
from s3_failover.local.drill.fleet.host import Settings
from s3_failover.local.drill.fleet.promises import DrilledFleet
from s3_failover.local.drill.fleet.records import OK, HostRequest
from s3_failover.local.drill.fleet.relay import Relays

KEY = "drill/fleet.txt"
BODY = b"what every host reads\n" * 50

HEALTHY, FAILING, CUT_OFF, GONE = "healthy", "failing", "cut off", "gone"
"""What a host's client knows of its regions: none fails, some fail, all fail; and a host that does not run."""

_FAREWELL = 20.0
"""Real seconds that a host may take to end after it is asked to."""


class Host:
    """One host: a process that can be started, stopped and killed, with relays of its own."""

    def __init__(
        self, settings: Settings, relays: dict[str, Gate], emulator: Emulator, clock: EmbeddedClock, log: Path
    ) -> None:
        self.name = settings.host
        self.relays = relays
        self.requests: list[HostRequest] = []
        self.lane = Lane(settings.host, "host")
        self._settings = settings
        self._emulator = emulator
        self._clock = clock
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started, and neither stopped nor killed."""
        return self._process is not None

    @property
    def reads(self) -> bool:
        """Whether its last request succeeded, and no region fails for it."""
        return self.runs and bool(self.requests) and self.requests[-1].result == OK and self.lane.state == HEALTHY

    def start(self) -> None:
        """Start the process; it reads a second or so later."""
        with self._log.open("ab") as log:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "s3_failover.local.drill.fleet.host"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_environment(self._emulator),
                # Ctrl+C is for the drill, which then stops its hosts.
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()
        assert process.stdin
        process.stdin.write(self._settings.dump())
        process.stdin.flush()

    def tell(self) -> None:
        """Tell it to end, without waiting for that."""
        if self._process and self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()

    def stop(self) -> None:
        """Let it end: it closes its client, and publishes what must still be said."""
        self.tell()
        self._end(_FAREWELL)

    def kill(self) -> None:
        """Kill it with SIGKILL: it says nothing any more."""
        if self._process:
            self._process.kill()
        self.tell()
        self._end(_FAREWELL)

    def require_alive(self) -> None:
        """Do nothing while it runs as it should.

        Raises:
            UserError: it ended by itself; with its last lines.
        """
        if self._process and self._process.poll() is not None:
            message = f"{self.name} ended by itself with exit code {self._process.returncode}"
            raise UserError(f"{message}, expected it to read until it is told to end{server.tail(self._log)}")

    def _end(self, patience: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._reader:
            self._reader.join()
        if process.stdout:
            process.stdout.close()
        self.lane.look(self._clock.now(), GONE)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            try:
                request = HostRequest.load(line)
            except (ValueError, TypeError):
                continue
            self.lane.look(request.ended, self._state(request))
            self.requests.append(request)

    def _state(self, request: HostRequest) -> str:
        if not request.failing:
            return HEALTHY
        return CUT_OFF if len(request.failing) == len(self.relays) else FAILING


class Fleet:
    """All hosts of one site, and the object that they read."""

    def __init__(
        self, drilled: DrilledFleet, emulator: Emulator, clock: EmbeddedClock, relays: Relays, folder: Path
    ) -> None:
        self._relays = relays
        targets = {
            region: places.find(emulator, f"s3.{region}.amazonaws.com", "api").port for region in drilled.regions
        }
        common = _settings(drilled, clock)
        self.hosts = {}
        for name in drilled.hosts:
            ways = {region: relays.open(port) for region, port in targets.items()}
            settings = replace(
                common,
                host=name,
                directory=str(folder / name),
                regions=[
                    (region, drilled.buckets(emulator.account)[region], f"http://127.0.0.1:{relay.port}")
                    for region, relay in ways.items()
                ],
            )
            self.hosts[name] = Host(settings, ways, emulator, clock, folder / f"{name}.log")

    def start(self) -> None:
        """Start every host that does not run."""
        for host in self.hosts.values():
            if not host.runs:
                host.start()

    def stop(self, names: Collection[str] | None = None) -> None:
        """Stop hosts, by default all of them."""
        hosts = [host for name, host in self.hosts.items() if names is None or name in names]
        for host in hosts:
            host.tell()
        for host in hosts:
            host.stop()

    def kill(self, name: str) -> None:
        """Kill a host with SIGKILL."""
        self.hosts[name].kill()

    def cut(self, names: Collection[str], regions: Collection[str]) -> None:
        """Cut hosts off from regions."""
        self._relays.cut(*(self.hosts[name].relays[region] for name in names for region in regions))

    def restore(self) -> None:
        """Give every host its ways back."""
        self._relays.restore(*(relay for host in self.hosts.values() for relay in host.relays.values()))

    @property
    def read(self) -> bool:
        """Whether every host that runs reads, and no region fails for any."""
        return all(host.reads for host in self.hosts.values() if host.runs)

    def require_alive(self) -> None:
        """Do nothing while all hosts run as they should; raise UserError if one ended by itself."""
        for host in self.hosts.values():
            host.require_alive()

    @property
    def requests(self) -> dict[str, Sequence[HostRequest]]:
        """What each host has told so far."""
        return {name: list(host.requests) for name, host in self.hosts.items()}


def _settings(drilled: DrilledFleet, clock: EmbeddedClock) -> Settings:
    """Return what is the same for every host of a site."""
    return Settings(
        host="",
        service=drilled.site.client_service,
        metrics_region=drilled.site.client_alarm_region,
        directory="",
        regions=[],
        key=KEY,
        sha256=hashlib.sha256(BODY).hexdigest(),
        probe_key=drilled.site.health_key,
        pace=drilled.pace,
        started=clock.started,
        speed=clock.speed,
    )


def _environment(emulator: Emulator) -> dict[str, str]:
    source = str(Path(s3_failover.__file__).parents[1])
    path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
    return {**surroundings.for_application(emulator), "PYTHONPATH": path}


def wait_until_read(fleet: Fleet, *, patience: float) -> None:
    """Wait until every host has read once; raise UserError if one ended, or did not within so many real seconds."""
    end = time.monotonic() + patience
    while not all(host.requests for host in fleet.hosts.values()):
        fleet.require_alive()
        if time.monotonic() > end:
            silent = ", ".join(name for name, host in fleet.hosts.items() if not host.requests)
            raise UserError(f"{silent} did not read within {patience:g} s, expected a machine with less to do")
        time.sleep(0.05)
