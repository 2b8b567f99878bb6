"""Resolvers that other people wrote, in front of the embedded DNS, as docs/local.md says: each follows the chain."""

import contextlib
import shutil
import socket
import subprocess
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns_servers
import pytest

from breakable_aws.route53.answers import answer
from breakable_aws.route53.snapshot import Snapshot, Zone

ZONES = ("example.com", "cloudfront.net", "amazonaws.com")
DISTRIBUTION, WEBSITE = "d1.cloudfront.net.", "www.example.com.s3-website.eu-central-1.amazonaws.com."
TTL = 1


def record(name, kind, *values, **more):
    return {"Name": name, "Type": kind, "TTL": TTL, "ResourceRecords": [{"Value": v} for v in values], **more}


def pair(role, target):
    return record("www.example.com.", "CNAME", target, Failover=role, SetIdentifier=role, HealthCheckId=role)


SITE = Snapshot(
    zones=(
        Zone(
            "example.com.",
            (
                record("example.com.", "SOA", "ns-1.example.net. hostmaster.example.com. 1 7200 900 1209600 1"),
                record("example.com.", "NS", "ns-1.example.net.", "ns-2.example.net."),
                pair("PRIMARY", DISTRIBUTION),
                pair("SECONDARY", WEBSITE),
            ),
        ),
    )
)


@pytest.fixture
def sick():
    """The health checks that are unhealthy."""
    return set()


@pytest.fixture
def authority(sick):
    """The embedded DNS: its port."""
    with dns_servers.running(lambda name, kind: answer(SITE, name, kind, lambda check: check not in sick)) as server:
        yield server.port


def unbound(kind, names):
    def start(folder, port, upstream):
        zones = "".join(
            f'{kind}:\n  name: "{name}"\n  {kind.removesuffix("-zone")}-addr: 127.0.0.1@{upstream}\n' for name in names
        )
        server = (
            f'server:\n  interface: 127.0.0.1\n  port: {port}\n  do-daemonize: no\n  username: ""\n  chroot: ""\n'
            f'  directory: "{folder}"\n  pidfile: ""\n  use-syslog: no\n  do-not-query-localhost: no\n'
            '  module-config: "iterator"\n  local-zone: "example.com." transparent\n  cache-max-negative-ttl: 1\n'
            "remote-control:\n  control-enable: no\n"
        )
        return [
            "unbound",
            "-d",
            "-c",
            written(folder / "unbound.conf", server + zones),
        ]

    return start


def bind(folder, port, upstream):
    zones = "".join(
        f'zone "{name}" {{ type forward; forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; }};\n'
        for name in ZONES
    )
    options = (
        f'options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; '
        "pid-file none; session-keyfile none; dnssec-validation no; recursion yes; };\ncontrols { };\n"
    )
    return ["named", "-g", "-n", "1", "-c", written(folder / "named.conf", options + zones)]


def powerdns(folder, port, upstream):
    zones = ",".join(f"{name}=127.0.0.1:{upstream}" for name in ZONES)
    lines = ["local-address=127.0.0.1", f"local-port={port}", f"socket-dir={folder}", f"forward-zones={zones}"]
    lines += ["dnssec=off", "hint-file=no", "dont-query=", "webserver=no", "threads=1"]
    written(folder / "recursor.conf", "\n".join(lines) + "\n")
    return ["pdns_recursor", f"--config-dir={folder}", "--daemon=no"]


def dnsmasq(folder, port, upstream):
    zones = [f"--server=/{name}/127.0.0.1#{upstream}" for name in ZONES]
    here = ["--listen-address=127.0.0.1", "--bind-interfaces", f"--port={port}"]
    return [
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--user=",
        "--pid-file=",
        *here,
        *zones,
    ]


def knot(folder, port, upstream):
    zones = "{" + ", ".join(f"'{name}'" for name in ZONES) + "}"
    text = (
        f"net.listen('127.0.0.1', {port})\ntrust_anchors.remove('.')\ncache.size = 10 * MB\n"
        f"policy.add(policy.suffix(policy.STUB('127.0.0.1@{upstream}'), policy.todnames({zones})))\n"
    )
    return ["kresd", "-n", "-c", written(folder / "kresd.conf", text), str(folder)]


RESOLVERS = {
    "unbound, stub zones": unbound("stub-zone", ZONES),
    "unbound, forward zone": unbound("forward-zone", (".",)),
    "BIND": bind,
    "PowerDNS Recursor": powerdns,
    "dnsmasq": dnsmasq,
    "Knot Resolver": knot,
}


def written(path, text):
    path.write_text(text)
    return str(path)


@contextlib.contextmanager
def running(command, port):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        end = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        print(process.communicate(timeout=30)[0])  # noqa: T201 - pytest shows it when the test fails


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ask(port, name, kind):
    query = dns.message.make_query(name, kind)
    return dns.query.udp_with_fallback(query, "127.0.0.1", port=port, timeout=20)[0]


def values(port, kind, name="www.example.com"):
    found = ask(port, name, kind)
    assert found.rcode() == dns.rcode.NOERROR, found
    return [item.to_text() for rrset in found.answer for item in rrset]


@pytest.mark.parametrize("name", RESOLVERS)
def test_a_resolver_follows_a_site_there_and_back(name, authority, sick, tmp_path):
    port = free_port()
    with running(RESOLVERS[name](tmp_path, port, authority), port):
        assert values(port, "A") == [DISTRIBUTION, "127.0.0.1"]
        assert values(port, "AAAA") == [DISTRIBUTION, "::ffff:127.0.0.1"]
        assert values(port, "TXT") == [DISTRIBUTION]
        assert values(port, "HTTPS") == [DISTRIBUTION]
        assert values(port, "CNAME") == [DISTRIBUTION]
        assert values(port, "A", DISTRIBUTION) == ["127.0.0.1"]
        for now, expected in (({"PRIMARY"}, WEBSITE), (set(), DISTRIBUTION)):
            sick.clear()
            sick.update(now)
            until(lambda expected=expected: values(port, "A") == [expected, "127.0.0.1"])


def until(holds):
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)
