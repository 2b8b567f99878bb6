"""Real programs at the deployed site: one embedded AWS for all of them, at the speed of the clock on the wall."""

import time

import embedded_aws
import parts
import pytest
from accounts import resolver_of
from dns.exception import DNSException

SCRIPT = "document.write(`The page of the site, at ${location.href}`)"
"""What pictures show of a page; the site's content security policy wants it in a file of its own."""


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("embedded-aws")) as running:
        yield running


@pytest.fixture(scope="session")
def sites(aws, tmp_path_factory):
    """A site behind a CNAME and one at a zone's apex, both in dns mode, and one in hybrid mode; DNS knows all of them."""
    found = aws.deploy(parts.SITES, tmp_path_factory.mktemp("sites"))
    for site in found.values():
        # A resolver that asks too early would keep the answer that the name does not exist for 15 minutes.
        known(resolver_of(aws.emulator), site.site.hostname)
    return found


@pytest.fixture(scope="session")
def pages(sites):
    """A page in every site, the sites by their names."""
    for site in sites.values():
        name = site.site.hostname
        page = f'<!doctype html><title>{name}</title><h1>{name}</h1><p><script src="where.js"></script>'
        site.put("where.js", SCRIPT.encode(), ContentType="text/javascript")
        site.put("index.html", page.encode(), ContentType="text/html")
    return sites


def known(resolver, name):
    patience = time.monotonic() + 60
    while True:
        try:
            return resolver.resolve(name, "A")
        except DNSException:
            assert time.monotonic() < patience
            time.sleep(0.5)
