"""docs/operate/moving.md, done as it says on the embedded AWS, while viewers follow DNS and check every byte."""

import contextlib
import itertools
import json
import threading
import time
from pathlib import Path

import embedded_aws
import first_deployments
import pytest
from consoles import Reader
from dns.exception import DNSException, Timeout
from embedded_aws import ROOT, DeployedSite, eventually
from first_deployments import EDGE, PRIMARY, REPLICA, until
from sites import site

from s3_failover.config import load
from s3_failover.local import deploy
from s3_failover.local.account import account_of, clock_of
from s3_failover.operations import resolvers
from s3_failover.operations.legs import LegAddress
from s3_failover.operations.resolvers import NameServer

pytestmark = [pytest.mark.embedded, pytest.mark.long]

PAGE = Path(ROOT, "docs", "operate", "moving.md").read_text()
PAGES = {"index.html": b"<h1>home</h1>", "docs/page.html": b"docs", "_a/b.txt": b"b"}
ZONE = "Z0123456789ABCDEFGHIJ"
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
SPEED = 4
"""No faster than sockets run: a time to live is over in seconds, and no check gives up before an answer can come."""

SHOP = f"""
[sites.shop]
hostname        = "shop.example.com"
account         = "123456789012"
primary_region  = "{PRIMARY}"
replica_regions = ["{REPLICA}"]
hosted_zone     = {{ id = "{ZONE}", name = "example.com" }}
mode            = "dns"
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """An embedded AWS of its own, whose clock runs faster."""
    with embedded_aws.started(tmp_path_factory.mktemp("moving-aws"), speed=SPEED) as aws:
        first_deployments.bootstrap(aws, EDGE, PRIMARY, REPLICA)
        yield aws


class Distribution:
    """A distribution of the account that no stack has, with a bucket that it alone reads."""

    def __init__(self, aws, bucket, alias, names):
        self.aws, self.bucket = aws, bucket
        s3, cloudfront = aws.client("s3", PRIMARY), aws.client("cloudfront")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": PRIMARY})
        signing = {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}
        control = cloudfront.create_origin_access_control(OriginAccessControlConfig={"Name": bucket, **signing})
        self.id = first_deployments.old_distribution(
            aws,
            alias,
            origin=f"{bucket}.s3.{PRIMARY}.amazonaws.com",
            control=control["OriginAccessControl"]["Id"],
            names=names,
        )
        self.domain = cloudfront.get_distribution(Id=self.id)["Distribution"]["DomainName"]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [self.statement]}))

    @property
    def statement(self):
        """What lets the distribution read its bucket."""
        arn = f"arn:aws:cloudfront::{self.aws.emulator.account}:distribution/{self.id}"
        return {
            "Sid": "TheOtherDistributionReads",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{self.bucket}/*",
            "Condition": {"StringEquals": {"aws:SourceArn": arn}},
        }


class Viewers:
    """Two viewers of a hostname who resolve it, follow it and check every byte: one asks DNS each time, the other one's
    resolver keeps what it got for its time to live.
    """

    def __init__(self, emulator, hostname):
        self.account, self.hostname = account_of(emulator), hostname
        self.server = NameServer("embedded DNS", "127.0.0.1", emulator.dns_port)
        self.clock = clock_of(emulator)
        self.kept, self.expires = "", 0.0
        self.ways = [lambda: self.asked().target, self.cached]
        self.seen, self.failed, self.over = [0, 0], [], threading.Event()

    def asked(self):
        """Ask DNS now."""
        answer = self.server.ask(self.hostname)
        return resolvers.heard(self.server, site(hostname=self.hostname), answer, self.account)

    def cached(self):
        """Ask DNS when the time to live of its last answer is over."""
        if self.clock.now() >= self.expires:
            heard = self.asked()
            self.kept, self.expires = heard.target, self.clock.now() + heard.lifetime
        return self.kept

    def leads(self, target):
        """Wait until DNS leads both viewers to a name."""
        until(lambda: [way() for way in self.ways] == [target] * 2)

    @contextlib.contextmanager
    def watching(self):
        """View all the time; at the end no viewer must have failed or got other bytes."""
        threads = [threading.Thread(target=self._view, args=(number,)) for number in range(len(self.ways))]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        assert self.failed == []
        assert min(self.seen) >= len(PAGES)

    def _view(self, number):
        tls = self.account.tls()
        for key in itertools.cycle(PAGES):
            if self.over.wait(0.1):
                return
            try:
                address = self.account.reach(patiently(self.ways[number]), 443)
                found = LegAddress("viewers", self.hostname, *address, tls, timeout=60).get(key)
                answer = (found.status, found.body) if found.status else found.error
            except (OSError, DNSException) as error:
                answer = repr(error)
            self.seen[number] += 1
            if answer != (200, PAGES[key]):
                self.failed.append((time.strftime("%X"), number, key, answer))


def patiently(ask, attempts=6):
    """Ask again where no answer came in time, as resolvers do: that says nothing but that the computer is busy."""
    for attempt in range(1, attempts + 1):
        try:
            return ask()
        except (OSError, DNSException) as error:
            if not isinstance(error, (TimeoutError, Timeout)) or attempt == attempts:
                raise
    return None


def publish(aws, bucket):
    for key, body in PAGES.items():
        aws.client("s3", PRIMARY).put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/html")


def records(aws, name):
    """The records of a name."""
    found = aws.client("route53").list_resource_record_sets(HostedZoneId=ZONE, StartRecordName=name)
    return [record for record in found["ResourceRecordSets"] if record["Name"] == f"{name}."]


def aliased(name, distribution):
    """The records of a site on CloudFront, as most have them."""
    target = {"HostedZoneId": CLOUDFRONT_ZONE, "DNSName": f"{distribution.domain}.", "EvaluateTargetHealth": False}
    return [{"Name": f"{name}.", "Type": kind, "AliasTarget": target} for kind in ("A", "AAAA")]


def site_of(aws, directory):
    (site,) = load(directory / "failover.toml").sites
    return DeployedSite(aws, site)


def with_zone(aws, directory, text):
    """Write a configuration, and make its zone."""
    (directory / "failover.toml").write_text(text)
    for zone in deploy.zones([site_of(aws, directory).site]):
        deploy.create_zone(aws.emulator, zone)


def of_kind(directory, kind):
    """The body of the printed document of a kind."""
    documents = json.loads((directory / "documents.json").read_text())["documents"]
    return next(document["body"] for document in documents if document["kind"] == kind)


def test_a_live_site_moves_in(aws, tmp_path):
    with_zone(aws, tmp_path, SHOP)
    old = Distribution(aws, "www.example.com", "www.example.com", ["www.example.com", "*.example.com"])
    publish(aws, old.bucket)
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": each} for each in aliased("www.example.com", old)]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)
    viewers = Viewers(aws.emulator, "www.example.com")
    changes = iter([{"Aliases": {"Quantity": 1, "Items": ["*.example.com"]}}, {"Enabled": False}])

    def admitted(policy):
        statements = of_kind(tmp_path, "bucket-policy")["Statement"]
        return policy | {"Statement": [*policy["Statement"], *statements]}

    def leads_to_the_site():
        viewers.leads(site_of(aws, tmp_path).output("DistributionDomainName"))

    def checks_have_seen_the_health_object():
        until(lambda: checks_succeed(site_of(aws, tmp_path)))

    reader = Reader(
        aws,
        tmp_path,
        known={"E1OLDEXAMPLE": old.id, "d111111abcdef8.cloudfront.net": old.domain},
        edits={
            "policy.json": admitted,
            "old.json": lambda config: config | next(changes),
            "replication.json": lambda _: of_kind(tmp_path, "bucket-replication"),
        },
        before={
            "aws route53 wait": leads_to_the_site,
            "s3-failover doctor": checks_have_seen_the_health_object,
        },
    )
    until(lambda: known(viewers))
    with viewers.watching():
        reader.follow(PAGE, "Moving a live site in")
    site = site_of(aws, tmp_path)
    assert {key: eventually(lambda k=key: site.read(REPLICA, k)) for key in PAGES} == PAGES
    assert {key: site.secondary(key).body for key in PAGES} == PAGES
    (record,) = records(aws, "www.example.com")
    assert record["ResourceRecords"] == [{"Value": "www-failover.example.com"}]


def checks_succeed(site):
    """Whether every checker of every check of a site succeeded lately."""
    route53 = site.aws.client("route53")
    told = [
        each["StatusReport"]["Status"]
        for check in site.health_checks()
        for each in route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    ]
    return bool(told) and all(status.startswith("Success") for status in told)


def known(viewers):
    """Whether the embedded DNS, which reads what is deployed now and then, knows the hostname."""
    try:
        return bool(viewers.ways[0]())
    except OSError:
        return False


def test_a_site_is_left(aws, tmp_path):
    with_zone(aws, tmp_path, SHOP)
    reader = Reader(aws, tmp_path)
    reader.deploy()
    site = site_of(aws, tmp_path)
    publish(aws, site.primary)
    protection = f'distribution_id = "{site.output("DistributionId")}"\nprotected_regions = ["{PRIMARY}", "{REPLICA}"]'
    (tmp_path / "failover.toml").write_text(f"{SHOP}{protection}")
    reader.deploy()
    next_ = Distribution(aws, "shop-next", "", ["*.example.com"])
    viewers = Viewers(aws.emulator, "shop.example.com")
    before = {each["Failover"]: each for each in records(aws, "shop.example.com")}
    reader.known = {
        "E2NEXTEXAMPLE": next_.id,
        "d222222abcdef8.cloudfront.net": next_.domain,
        "d333333abcdef8.cloudfront.net": site.output("DistributionDomainName"),
        "11111111-2222-3333-4444-555555555555": before["PRIMARY"]["HealthCheckId"],
    }
    kept = {}

    def without_protection():
        (tmp_path / "failover.toml").write_text(SHOP)

    def the_time_to_live_is_over():
        viewers.leads(next_.domain)

    def days_go_by():
        kept.update({key: site.read(PRIMARY, key) for key in PAGES})
        expire(aws, site.primary)

    reader.before = {
        "npx cdk deploy": without_protection,
        "npx cdk destroy": the_time_to_live_is_over,
        "aws s3api delete-bucket": days_go_by,
    }
    until(lambda: known(viewers))
    with viewers.watching():
        reader.follow(PAGE, "Leaving")
    assert site.stacks() == {}
    assert kept == PAGES
    assert {key: site.read(REPLICA, key) for key in PAGES} == PAGES
    (record,) = records(aws, "shop.example.com")
    assert record["ResourceRecords"] == [{"Value": next_.domain}]


def expire(aws, bucket):
    """Do what the bucket's lifecycle rule says; it must be one that leaves nothing."""
    s3 = aws.client("s3", PRIMARY)
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["Status"], rule["Filter"]["Prefix"]) == ("Enabled", "")
    assert rule["Expiration"]["Days"] == rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
