"""Commands on a machine that has no DNS resolver."""

import dns.resolver
import pytest
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations import resolvers
from s3_failover.operations.doctor import dns as doctor
from s3_failover.operations.drill import names
from s3_failover.operations.own_resolver import own_resolver

MESSAGE = r"this machine has no DNS resolver: /etc/resolv\.conf is missing or names no server; add"


@pytest.fixture(params=["missing", "empty", "without a server"])
def no_resolver(request, monkeypatch, tmp_path):
    """A resolver configuration that is none."""
    path = tmp_path / "resolv.conf"
    if request.param != "missing":
        path.write_text("" if request.param == "empty" else "search example.com\n")
    read = dns.resolver.Resolver.read_resolv_conf
    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", lambda self, _path: read(self, str(path)))
    monkeypatch.setattr(dns.resolver, "default_resolver", None)


def test_it_is_one_line_that_says_what_to_do(no_resolver):
    with pytest.raises(UserError, match=MESSAGE):
        own_resolver()


def test_a_drill_asks_public_resolvers(no_resolver, monkeypatch):
    monkeypatch.setattr(resolvers, "authoritative", lambda _zone, asked: ())
    assert names.servers(site()).first.address == resolvers.PUBLIC[0].address


def test_doctor_does_not_take_it_for_a_delegation_that_is_wrong(no_resolver):
    class Zone:
        def get_hosted_zone(self, **_):
            return {"DelegationSet": {"NameServers": ["ns-1.test"]}}

    class Patient:
        site, zone_id = site(), "Z1"

        def client(self, _service):
            return Zone()

    with pytest.raises(UserError, match=MESSAGE):
        list(doctor.served(Patient()))


def test_status_asks_the_public_resolvers(no_resolver):
    assert resolvers.servers(None) == resolvers.PUBLIC
