"""`local proxy` in front of deployed sites: curl, an HTTP library and an SDK go the way that viewers go."""

import http.client
import shutil
import ssl
import subprocess
from urllib.parse import urlsplit

import boto3
import pytest
import run_keys
from botocore.config import Config

from breakable_aws import faults
from s3_failover.config import Mode

pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("resolver")]

KEY = "greeting.txt"


@pytest.fixture(scope="module")
def proxy(aws):
    """The URL of a running proxy, which Ctrl-C ends."""
    with aws.proxy() as url:
        yield url


@pytest.fixture
def healthy(aws):
    yield aws.emulator
    faults.heal(aws.emulator)


def fetched(proxy, url, ca=None):
    """Return the status and the body that a library gets through a proxy, by CONNECT for https."""
    asked, way = urlsplit(url), urlsplit(proxy)
    if asked.scheme == "https":
        connection = http.client.HTTPSConnection(way.netloc, timeout=60, context=ssl.create_default_context(cafile=ca))
        connection.set_tunnel(asked.hostname, 443)
        target = asked.path
    else:
        connection, target = http.client.HTTPConnection(way.netloc, timeout=60), url
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_both_schemes_lead_to_the_distribution(aws, site, proxy):
    site.put(KEY, b"hello")
    url = f"{site.site.hostname}/{KEY}"
    # The distribution of a hybrid site sends viewers to https.
    assert fetched(proxy, f"http://{url}")[0] == (200 if site.site.mode is Mode.DNS else 301)
    assert fetched(proxy, f"https://{url}", aws.emulator.ca_file) == (200, "hello")


def test_names_of_aws_lead_to_their_services(aws, hybrid, proxy):
    hybrid.put(KEY, b"hello")
    distribution, region = hybrid.output("DistributionDomainName"), hybrid.site.replica_regions[0]
    website = f"{hybrid.site.hostname}.s3-website.{region}.amazonaws.com"
    assert fetched(proxy, f"https://{distribution}/{KEY}", aws.emulator.ca_file) == (200, "hello")
    assert fetched(proxy, f"http://{website}/{KEY}") == (200, "hello")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_takes_it_as_it_is(aws, hybrid, proxy):
    hybrid.put(KEY, b"hello")
    command = ["curl", "--location", "--silent", "--show-error", "--max-time", "60", "--proxy", proxy, "--noproxy", ""]
    for url in (f"http://{hybrid.site.hostname}/{KEY}", f"https://{hybrid.site.hostname}/{KEY}"):
        answer = subprocess.run([*command, "--cacert", aws.emulator.ca_file, url], capture_output=True, check=False)
        assert (answer.returncode, answer.stdout, answer.stderr) == (0, b"hello", b"")


def test_an_sdk_signs_for_the_region_that_its_name_has_and_meets_its_faults(aws, hybrid, proxy, healthy):
    hybrid.put(KEY, b"hello")
    s3 = boto3.client(
        "s3",
        region_name=hybrid.site.primary_region,
        use_ssl=False,
        **run_keys.of(aws.emulator.secret, aws.emulator.account),
        config=Config(proxies={"http": proxy}, retries={"total_max_attempts": 1}),
    )
    try:
        assert s3.get_object(Bucket=hybrid.primary, Key=KEY)["Body"].read() == b"hello"
        faults.break_(healthy, "s3-refuse", region=hybrid.site.primary_region)
        with pytest.raises(Exception, match="502"):
            s3.get_object(Bucket=hybrid.primary, Key=KEY)
    finally:
        s3.close()


def test_a_leg_that_is_gone_is_a_bad_gateway(dns, proxy, healthy):
    region = dns.site.replica_regions[0]
    website = f"http://{dns.site.hostname}.s3-website.{region}.amazonaws.com/"
    faults.break_(healthy, "s3-refuse", region=region)
    status, told = fetched(proxy, website)
    assert (status, "no connection to" in told) == (502, True)


@pytest.mark.parametrize(
    "url", ["http://www.example.edu/", "http://127.0.0.1/", "http://localhost/", "http://localhost:22/"]
)
def test_the_world_outside_is_refused(proxy, url):
    status, told = fetched(proxy, url)
    assert status == 403
    assert "embedded AWS" in told


def test_a_tunnel_to_the_world_outside_is_refused(aws, proxy):
    with pytest.raises(OSError, match="403"):
        fetched(proxy, "https://www.example.edu/", aws.emulator.ca_file)
