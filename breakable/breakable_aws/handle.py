"""A running emulator's addresses and processes, and the file that keeps them between commands."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from breakable_aws import processes, secret
from breakable_aws.state import write_private


@dataclass(frozen=True)
class Emulator:
    """A running emulator and the places where it answers, all on 127.0.0.1.

    Attributes:
        endpoint: URL of the AWS APIs.
        account: the account everything lives in.
        cloudfront_http: port where distributions answer by Host.
        cloudfront_https: the same with TLS, for the hostnames of the distributions.
        s3_http: port where buckets answer by Host, website endpoints included.
        s3_https: the same with TLS.
        ca_file: the authority that signed the certificates of the TLS ports.
        pid: the process, leader of a process group of its own.
        started: when the process started, in seconds since the epoch; tells it from a later one with the same id.
        speed: how much faster than the clock on the wall embedded time runs.
        clock_started: when embedded time began, in seconds since the epoch.
        secret: what callers of the API must know: the secret access key of its run.
        api_gateway_https: port where API Gateway answers by custom domain name, with TLS; it speaks nothing else.
        dns_port: where Route 53's authoritative DNS answers, over UDP and TCP; 0 before it runs.
        dns_pid: the process of Route 53's data plane; 0 before it runs.
        dns_started: when that process started, as `started`.
    """

    endpoint: str
    account: str
    cloudfront_http: int
    cloudfront_https: int
    s3_http: int
    s3_https: int
    ca_file: str
    pid: int
    started: float
    speed: float = 1.0
    clock_started: float = 0.0
    secret: str = field(default="", repr=False)
    api_gateway_https: int = 0
    dns_port: int = 0
    dns_pid: int = 0
    dns_started: float = 0.0

    @classmethod
    def from_ready(cls, ready: Mapping[str, Any], pid: int) -> Emulator:
        """Return the emulator that a ready file describes.

        Raises:
            KeyError, TypeError, ValueError: the file holds something else.
            OSError: the secret cannot be read.
        """
        return cls(
            endpoint=ready["endpoint"],
            account=ready["account"],
            cloudfront_http=int(ready["cloudfront"]["http"]),
            cloudfront_https=int(ready["cloudfront"]["https"]),
            s3_http=int(ready["s3"]["http"]),
            s3_https=int(ready["s3"]["https"]),
            api_gateway_https=int(ready["api_gateway"]["https"]),
            ca_file=ready["ca_file"],
            secret=Path(ready["secret_file"]).read_text(),
            pid=pid,
            started=psutil.Process(pid).create_time(),
            speed=float(ready.get("speed", 1.0)),
            clock_started=float(ready.get("started", 0.0)),
        )

    @property
    def alive(self) -> bool:
        """Whether its process still runs."""
        return processes.alive(self.pid, self.started)

    @property
    def dns_alive(self) -> bool:
        """Whether the process of Route 53's data plane still runs."""
        return self.dns_pid > 0 and processes.alive(self.dns_pid, self.dns_started)

    def answers(self, *, timeout: float = 5.0) -> bool:
        """Whether its API answers an HTTP request, whatever the answer, within `timeout` seconds."""
        url = urlsplit(self.endpoint)
        # Not urllib: it would send the request through a proxy named in the environment.
        connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=timeout)
        try:
            connection.request("GET", "/_ministack/health", headers=secret.headers(self.secret))
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return it in the form that `--json` prints: without the secret."""
        return {name: value for name, value in asdict(self).items() if name != "secret"}


def save(emulator: Emulator, path: Path) -> None:
    """Write the run file; readers see the old one or the new one."""
    write_private(path, json.dumps(asdict(emulator), indent=2) + "\n")


def load(path: Path) -> Emulator | None:
    """Return what the run file says, or None if there is none or it is unreadable; the process may be gone."""
    try:
        return Emulator(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
