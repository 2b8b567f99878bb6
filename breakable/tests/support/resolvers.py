"""Resolvers that other people wrote, each in front of the embedded DNS, on a port of its own on loopback."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ZONES = ("example.com", "cloudfront.net", "amazonaws.com")
"""What docs/local.md says that a resolver must ask the embedded DNS for."""


def unbound(kind, names):
    def arguments(folder, port, upstream):
        zones = "".join(
            f'{kind}:\n  name: "{name}"\n  {kind.removesuffix("-zone")}-addr: 127.0.0.1@{upstream}\n' for name in names
        )
        server = (
            f'server:\n  interface: 127.0.0.1\n  port: {port}\n  do-daemonize: no\n  username: ""\n  chroot: ""\n'
            f'  directory: "{folder}"\n  pidfile: ""\n  use-syslog: no\n  do-not-query-localhost: no\n'
            '  module-config: "iterator"\n  local-zone: "example.com." transparent\n  cache-max-negative-ttl: 1\n'
            "remote-control:\n  control-enable: no\n"
        )
        return ["-d", "-c", written(folder / "unbound.conf", server + zones)]

    return arguments


def bind(folder, port, upstream):
    zones = "".join(
        f'zone "{name}" {{ type forward; forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; }};\n'
        for name in ZONES
    )
    options = (
        f'options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; '
        "pid-file none; session-keyfile none; dnssec-validation no; recursion yes; };\ncontrols { };\n"
    )
    return ["-g", "-n", "1", "-c", written(folder / "named.conf", options + zones)]


def powerdns(folder, port, upstream):
    zones = ",".join(f"{name}=127.0.0.1:{upstream}" for name in ZONES)
    lines = ["local-address=127.0.0.1", f"local-port={port}", f"socket-dir={folder}", f"forward-zones={zones}"]
    lines += ["dnssec=off", "hint-file=no", "dont-query=", "webserver=no", "threads=1"]
    written(folder / "recursor.conf", "\n".join(lines) + "\n")
    return [f"--config-dir={folder}", "--daemon=no"]


def dnsmasq(folder, port, upstream):
    zones = [f"--server=/{name}/127.0.0.1#{upstream}" for name in ZONES]
    here = ["--listen-address=127.0.0.1", "--bind-interfaces", f"--port={port}"]
    alone = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=", "--pid-file="]
    return [*alone, *here, *zones]


def knot(folder, port, upstream):
    zones = "{" + ", ".join(f"'{name}'" for name in ZONES) + "}"
    text = (
        f"net.listen('127.0.0.1', {port})\ntrust_anchors.remove('.')\ncache.size = 10 * MB\ncache.min_ttl(1)\n"
        f"policy.add(policy.suffix(policy.STUB('127.0.0.1@{upstream}'), policy.todnames({zones})))\n"
    )
    return ["-n", "-c", written(folder / "kresd.conf", text), str(folder)]


def dnsdist(folder, port, upstream):
    text = (
        f"setLocal('127.0.0.1:{port}')\nsetSecurityPollSuffix('')\n"
        f"newServer{{address='127.0.0.1:{upstream}', checkName='example.com.'}}\n"
        "getPool(''):setCache(newPacketCache(10000))\n"
    )
    return ["--supervised", "--disable-syslog", "-C", written(folder / "dnsdist.conf", text)]


def smartdns(folder, port, upstream):
    lines = [f"bind 127.0.0.1:{port}", f"bind-tcp 127.0.0.1:{port}", f"server 127.0.0.1:{upstream}"]
    lines += [
        "speed-check-mode none",
        "dualstack-ip-selection no",
        "serve-expired no",
        "prefetch-domain no",
        "rr-ttl-min 1",
    ]
    lines += ["log-level warn", f"log-file {folder}/log", f"cache-file {folder}/cache"]
    return ["-f", "-x", "-p", "-", "-c", written(folder / "smartdns.conf", "\n".join(lines) + "\n")]


@dataclass(frozen=True)
class Resolver:
    """A program, its Debian package, and its arguments by a folder, its own port and that of the embedded DNS."""

    program: str
    package: str
    arguments: Callable[[Path, int, int], list[str]]


RESOLVERS = {
    "unbound, stub zones": Resolver("unbound", "unbound", unbound("stub-zone", ZONES)),
    "unbound, forward zone": Resolver("unbound", "unbound", unbound("forward-zone", (".",))),
    "BIND": Resolver("named", "bind9", bind),
    "PowerDNS Recursor": Resolver("pdns_recursor", "pdns-recursor", powerdns),
    "dnsmasq": Resolver("dnsmasq", "dnsmasq-base", dnsmasq),
    "Knot Resolver": Resolver("kresd", "knot-resolver", knot),
    "dnsdist": Resolver("dnsdist", "dnsdist", dnsdist),
    "SmartDNS": Resolver("smartdns", "smartdns", smartdns),
}

HONOURING = [name for name in RESOLVERS if name != "SmartDNS"]
"""Those that keep no record longer than its TTL; SmartDNS keeps a CNAME for as long as the address behind it."""


def written(path, text):
    path.write_text(text)
    return str(path)


def program(name):
    """Return the path of a server, which a user's PATH may leave out; None if it is not installed."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))


def installed(name):
    """Whether a resolver is installed."""
    return program(RESOLVERS[name].program) is not None


def require(name):
    """Skip where a resolver is not installed."""
    if not installed(name):
        found = RESOLVERS[name]
        pytest.skip(f"{found.program} is not installed (Debian: {found.package})")


@contextlib.contextmanager
def running(name, folder, upstream):
    """Run a resolver for the length of a block, once it listens; yields its port. Skips where it is not installed."""
    require(name)
    found, port = RESOLVERS[name], free_port()
    log = folder / "output"
    try:
        with started([program(found.program), *found.arguments(folder, port, upstream)], log) as process:
            await_listener(process, port, log)
            yield port
    finally:
        print(log.read_text(errors="replace"))  # noqa: T201 - pytest shows it when the test fails


@contextlib.contextmanager
def started(command, log, environment=None):
    """Run a program for the length of a block, with its output in a file; yields its process."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_listener(process, port, log):
    end = time.monotonic() + 120
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, f"it ended: {log.read_text(errors='replace')}"
        assert time.monotonic() < end, f"it does not listen: {log.read_text(errors='replace')}"
        time.sleep(0.05)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
