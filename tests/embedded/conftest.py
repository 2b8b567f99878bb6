"""The embedded AWS with two sites, deployed once by the real `cdk bootstrap` and `cdk deploy --all`.

Tests share the deployment: each uses keys of its own and puts back what it changes.
"""

import contextlib
import json
import time

import embedded_aws
import pytest
from accounts import account_of, resolver_of
from dns.exception import DNSException

SITES = """
[sites.shop]
hostname        = "shop.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1", "us-west-2", "ap-southeast-2"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
alarms          = { warning_emails = ["team@example.com"], critical_emails = ["pager@example.com"] }
clients         = { service = "kiosk", alarm_region = "sa-east-1", fleet_size = 2 }

[sites.docs]
hostname        = "docs.example.org"
primary_region  = "us-east-1"
replica_regions = ["us-east-2"]
hosted_zone     = { id = "Z09876543210ABCDEFGHI", name = "example.org" }
mode            = "hybrid"
clients         = {}
"""


WIKI = """
primary_region  = "eu-north-1"
replica_regions = ["eu-west-3"]
hosted_zone     = { id = "Z01122334455ABCDEFGHI", name = "example.net" }
mode            = "dns"
"""
WIKI_CDN = """
directories             = "redirect"
object_redirects        = true
security_headers        = true
content_security_policy = "default-src 'self'"
cors_origins            = ["*"]
denied_countries        = ["AQ"]
unguarded_secondary     = true
maintenance_page        = "maintenance.html"
"""
CDN_SITES = f"""
[sites.wiki]
hostname        = "wiki.example.net"
{WIKI}
[sites.wiki.cdn]
{WIKI_CDN}
maintenance     = false
log_prefix      = "cdn/wiki"

[sites.shut]
hostname        = "shut.example.net"
{WIKI}
[sites.shut.cdn]
{WIKI_CDN}
maintenance     = true

[sites.app]
hostname        = "app.example.net"
primary_region  = "eu-north-1"
replica_regions = ["eu-west-3"]
hosted_zone     = {{ id = "Z01122334455ABCDEFGHI", name = "example.net" }}
mode            = "hybrid"
cdn             = {{ single_page_app = true, cache_policy = "disabled", cors_origins = ["https://shop.example.com"] }}

[sites.safe]
hostname        = "safe.example.net"
primary_region  = "eu-north-1"
replica_regions = ["eu-west-3"]
hosted_zone     = {{ id = "Z01122334455ABCDEFGHI", name = "example.net" }}
mode            = "dns"
secondary       = {{ type = "https" }}
"""
"""Sites that use what the table `cdn` offers, one of them during maintenance, and one whose secondary speaks HTTPS."""


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("embedded-aws")) as running:
        yield running


@pytest.fixture(scope="session")
def account(aws):
    """The embedded AWS as operations take it."""
    return account_of(aws.emulator)


@pytest.fixture(scope="session")
def resolver(aws, sites):
    """The embedded DNS, once it leads to the distributions of the shared sites.

    It reads what is deployed every ten seconds, and the check on a new evacuation switch is unhealthy until it has data.
    """
    found = resolver_of(aws.emulator)
    patience = time.monotonic() + 240
    for site in sites.values():
        while not leads(found, site.site.hostname, site.output("DistributionDomainName")):
            assert time.monotonic() < patience
            time.sleep(0.2)
    return found


def leads(resolver, name, target):
    try:
        return [str(each.target).rstrip(".") for each in resolver.resolve(name, "CNAME")] == [target]
    except DNSException:
        return False


@pytest.fixture(scope="session")
def sites_file(tmp_path_factory):
    """The configuration file of the shared sites."""
    return tmp_path_factory.mktemp("sites") / "failover.toml"


@pytest.fixture(scope="session")
def sites(aws, sites_file):
    return aws.deploy(SITES, sites_file.parent)


@pytest.fixture(scope="session")
def cdn_sites(aws, tmp_path_factory):
    """The sites of `CDN_SITES` by name."""
    return aws.deploy(CDN_SITES, tmp_path_factory.mktemp("cdn-sites"))


@pytest.fixture(scope="session")
def dns(sites):
    """A site in dns mode: primary in eu-west-1, three replicas."""
    return sites["shop"]


@pytest.fixture(scope="session")
def hybrid(sites):
    """A site in hybrid mode: primary in us-east-1, one replica."""
    return sites["docs"]


@pytest.fixture(scope="session", params=["dns", "hybrid"])
def site(request, sites):
    """Each of the two sites."""
    return sites[{"dns": "shop", "hybrid": "docs"}[request.param]]


@pytest.fixture
def policy_of():
    """Changes the policy of a primary bucket for the length of a block."""

    @contextlib.contextmanager
    def changed(site, change):
        before = site.s3.get_bucket_policy(Bucket=site.primary)["Policy"]
        document = json.loads(before)
        document["Statement"] = change(document["Statement"])
        site.s3.put_bucket_policy(Bucket=site.primary, Policy=json.dumps(document))
        try:
            yield
        finally:
            site.s3.put_bucket_policy(Bucket=site.primary, Policy=before)

    return changed
