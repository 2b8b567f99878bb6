"""Runs the data plane: `python -m breakable_aws.route53 --endpoint URL --secret-file PATH --ready-file PATH`."""

import argparse
import asyncio
import contextlib
import errno
import functools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil

from breakable_aws import aws, processes
from breakable_aws import secret as secrets
from breakable_aws.route53.admin import Admin
from breakable_aws.route53.data_plane import DataPlane
from breakable_aws.route53.dns_server import DnsServer
from breakable_aws.route53.snapshot import Reader
from breakable_aws.state import write_private

_FAST = 2.0
"""Speed from which on each region has one checker instead of two: a quick look needs no full fleet."""


def main() -> None:
    """Run until a signal, or until the owner is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True, help="URL of the embedded AWS")
    parser.add_argument("--secret-file", type=Path, required=True, help="holds the secret of its run")
    parser.add_argument("--account", default="123456789012", help="the account that everything lives in")
    parser.add_argument("--ready-file", type=Path, required=True, help="written when DNS answers")
    parser.add_argument("--dns-port", type=int, default=0, help="for UDP and TCP; 0 takes a free one")
    parser.add_argument("--owner-pid", type=int, help="ends with this process")
    options = parser.parse_args()
    try:
        asyncio.run(_run(options))
    except OSError as error:
        sys.exit(f"error: {error}")


async def _run(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    secret = options.secret_file.read_text()
    admin = Admin(options.endpoint, secret)
    clock = admin.clock()

    def client(service: str, region: str) -> Any:
        made = aws.client_at(options.endpoint, options.account, secret, service, region)
        made.meta.events.register("before-send", functools.partial(_as_part_of_aws, secret))
        return made

    plane = DataPlane(
        admin,
        Reader(client("route53", "us-east-1"), admin.outside, admin.lost),
        lambda region: client("cloudwatch", region),
        clock,
        per_region=2 if clock.speed < _FAST else 1,
    )
    dns = DnsServer(plane.answer)
    await _serve(dns, options.dns_port)
    work = [asyncio.create_task(plane.run())]
    if options.owner_pid:
        work.append(asyncio.create_task(_owner_gone(options.owner_pid)))
    write_private(options.ready_file, json.dumps({"dns_port": dns.port, "pid": os.getpid()}))
    await asyncio.wait([asyncio.create_task(ended.wait()), *work], return_when=asyncio.FIRST_COMPLETED)
    dns.stop()
    failed = [task.exception() for task in work if task.done() and not task.cancelled()]
    # Threads that wait for the embedded AWS must not keep a process that is told to end.
    with contextlib.suppress(OSError):
        options.ready_file.unlink()
    if any(failed):
        print(f"error: Route 53's data plane ended: {failed[0]!r}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(1 if any(failed) else 0)


def _as_part_of_aws(secret: str, request: Any, **_: Any) -> None:
    """Let a call pass whose credentials count as expired: what runs this process does not sign in."""
    request.headers.update(secrets.headers(secret))


async def _serve(dns: DnsServer, port: int) -> None:
    try:
        await dns.start(port)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be bound ({os.strerror(error.errno or 0)})"
        raise OSError(f"port {port} for DNS {why}: choose another with --dns-port, or leave it out") from error


async def _owner_gone(pid: int) -> None:
    # One that was killed keeps its id until its own parent takes notice.
    with contextlib.suppress(psutil.NoSuchProcess):
        started = psutil.Process(pid).create_time()
        while processes.alive(pid, started):
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    main()
