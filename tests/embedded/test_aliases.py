"""Sites with aliases, deployed: what viewers of an alias get before, in and after an outage."""

import contextlib
import time

import embedded_aws
import pytest

from breakable_aws import faults, viewer

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITES = "\n".join(
    f"""
    [sites.{name}]
    hostname              = "{name}.example.com"
    aliases               = ["www.{name}.example.com"]
    primary_region        = "eu-west-1"
    replica_regions       = ["eu-central-1"]
    hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
    mode                  = "dns"
    health_check_interval = 10
    secondary             = {{ type = "{name}" }}
    """
    for name in ("website", "https")
)
PAGE = b"<h1>a page</h1>"


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("aliases"), speed=5) as running:
        yield running


@pytest.fixture(scope="module")
def sites(aws, tmp_path_factory):
    deployed = aws.deploy(SITES, tmp_path_factory.mktemp("sites"))
    for site in deployed.values():
        site.put("page.html", PAGE)
    return deployed


def get(aws, url):
    """What a viewer gets now; an error of DNS or the network is None."""
    with contextlib.suppress(viewer.BreakableError, OSError):
        answer = viewer.get(aws.emulator, url, {})
        return answer.status, answer.headers.get("location"), answer.body
    return None


def until(wanted, attempt):
    """Wait until a viewer gets what is wanted; return what it got last."""
    end = time.monotonic() + 240
    while (got := attempt()) != wanted and time.monotonic() < end:
        time.sleep(0.5)
    return got


@contextlib.contextmanager
def lost_primary(aws):
    made = faults.break_(aws.emulator, "s3-refuse", region="eu-west-1")
    try:
        yield
    finally:
        faults.heal(aws.emulator, made.id)


SERVED = (200, None, PAGE)
IN_OUTAGE = {
    ("website", "http"): (301, "http://website.example.com/page.html"),
    ("https", "https"): (200, None),
}


def test_an_alias_is_served_moves_with_the_hostname_and_comes_back(aws, sites):
    urls = {(name, scheme): f"{scheme}://www.{name}.example.com/page.html" for name, scheme in IN_OUTAGE}
    for url in urls.values():
        assert until(SERVED, lambda url=url: get(aws, url)) == SERVED
    with lost_primary(aws):
        for case, expected in IN_OUTAGE.items():
            assert until(expected, lambda url=urls[case]: (get(aws, url) or ())[:2]) == expected
        # A redirect leads to the hostname, whose website serves.
        assert get(aws, "http://website.example.com/page.html") == SERVED
        assert get(aws, urls["https", "https"]) == SERVED
    for url in urls.values():
        assert until(SERVED, lambda url=url: get(aws, url)) == SERVED
