"""The table of changes, row by row: a deployed and published site changes and changes back.

After each deployment both legs serve everything that was published, what is written reaches every copy, and no viewer of
the distribution failed meanwhile, but where the table says so.
"""

import contextlib
import threading
from dataclasses import dataclass

import embedded_aws
import first_deployments
import pytest
import viewers
from accounts import account_of, resolver_of
from embedded_aws import eventually
from first_deployments import EDGE, PRIMARY, REPLICA

from breakable_aws import faults
from s3_failover.local import deploy, existing
from s3_failover.operations.doctor import examination
from s3_failover.operations.doctor.finding import Severity
from s3_failover.operations.doctor.stacks import COMPLETE

pytestmark = [pytest.mark.embedded, pytest.mark.long]

THIRD = "eu-central-1"
PAGES = {"index.html": b"<h1>home</h1>", "docs/index.html": b"docs", "error.html": b"missing", "_a/b.txt": b"b"}
HTTPS = 'secondary = { type = "https" }'
EXTERNAL = 'secondary = { type = "external", hostname = "cdn.example.com" }'
WEBSITE = 'secondary = { type = "website" }'


@dataclass(frozen=True)
class Row:
    """A change: what the configuration has before and after, and what fills a copy that the guard misses there and back.

    `there` and `back` are `backfill`, `publish`, `accept` for a copy that the guard cannot look at, or None. `swaps` are
    texts of the rest of the configuration, and what takes the place of each; those of `base` do so from the beginning.
    The way back may need an option of `cdk deploy`.
    """

    before: str = ""
    after: str = ""
    there: str | None = None
    back: str | None = None
    base: tuple = ()
    swaps: tuple = ()
    option: str | None = None
    backfill: bool = False
    """Whether a replica that viewers are not sent to has to be filled by hand."""

    def forth(self):
        return ((f"\n{self.before}\n", f"\n{self.after}\n"), *self.swaps)

    def return_(self):
        return [(new, old) for old, new in self.forth()]


REGIONS = (f'primary_region  = "{PRIMARY}"', f'replica_regions = ["{REPLICA}"]')
EXCHANGED = (f'primary_region  = "{REPLICA}"', f'replica_regions = ["{PRIMARY}"]')
TWO = f'["{REPLICA}", "{THIRD}"]'
ELSEWHERE = "222222222222"
ACCOUNT = ("\nclients", '\naccount = "123456789012"\nclients')
CERTIFICATE = ("\nclients", f'\ncertificate_arn = "arn:aws:acm:{EDGE}:123456789012:certificate/before"\nclients')
ZONE = 'id = "Z0FIRST00ABCDEFGHIJK"'


ROWS = {
    "mode": Row('mode = "dns"', 'mode = "hybrid"'),
    "website-https": Row(WEBSITE, HTTPS, "backfill"),
    "website-external": Row(WEBSITE, EXTERNAL, "backfill"),
    "https-external": Row(HTTPS, EXTERNAL),
    "a-further-replica": Row(swaps=((f'["{REPLICA}"]', TWO),), backfill=True),
    "another-first-replica": Row(HTTPS, HTTPS, "backfill", swaps=((f'["{REPLICA}"]', f'["{THIRD}"]'),)),
    "another-primary": Row(HTTPS, HTTPS, "publish", swaps=((f'= "{PRIMARY}"', f'= "{THIRD}"'),)),
    "engine": Row("", 'replication = { engine = "lambda" }'),
    "two-way": Row("", "replication = { two_way = true }"),
    "prefixes": Row("", 'replication = { prefixes = ["_s3-failover/", "docs/", "index.html", "error.html", "_a/"] }'),
    "encryption": Row(HTTPS, f'{HTTPS}\nencryption = "kms"'),
    "two-checks-a-minute": Row("health_check_interval = 30", "health_check_interval = 10"),
    "health-key": Row(f'mode = "hybrid"\n{HTTPS}', f'mode = "hybrid"\n{HTTPS}\nhealth_key = "status.txt"'),
    "documents": Row("", 'error_document = "docs/index.html"'),
    "viewers": Row("", 'price_class = "100"\nrecord_ttl = 30\nhealth_check_threshold = 2'),
    "cdn": Row("", 'cdn = { directories = "redirect", security_headers = true, cors_origins = ["*"] }'),
    "retention": Row("", "noncurrent_version_days = 7\naccess_log_days = 7"),
    "another-order-of-replicas": Row(
        HTTPS,
        f"{HTTPS}\n# another order",
        base=((f'["{REPLICA}"]', TWO),),
        swaps=((TWO, f'["{THIRD}", "{REPLICA}"]'),),
    ),
    "primary-and-replica-exchanged": Row(
        HTTPS, f"{HTTPS}\n# exchanged", "publish", swaps=tuple(zip(REGIONS, EXCHANGED, strict=True))
    ),
    "another-zone": Row(swaps=((ZONE, 'id = "Z0SECOND0ABCDEFGHIJK"'),)),
    "record-name": Row(
        'record_name = "before.example.net"',
        'record_name = "after.example.net"',
        base=(
            ("record-name.example.com", "record-name.example.org"),
            (f'{ZONE}, name = "example.com"', 'id = "Z0OTHER00ABCDEFGHIJK", name = "example.net"'),
            CERTIFICATE,
        ),
    ),
    "clients": Row("", "# no clients", swaps=(("clients         = {}", "# clients = {}"),)),
    "mails": Row("", "# mails", swaps=(("team@example.com", "others@example.com"),)),
    "tags": Row("", 'tags = { team = "web" }'),
    "time-control": Row("", "replication = { time_control = true, delete_markers = false }"),
    "origin": Row("", "origin_connect_timeout = 1\norigin_read_timeout = 3\norigin_completion_timeout = 60"),
    "existing-primary": Row(HTTPS, f'{HTTPS}\nexisting = {{ primary_bucket = "changes-own-content" }}', "publish"),
    "existing-primary-with-the-hostname": Row(
        HTTPS, f'{HTTPS}\nexisting = {{ primary_bucket = "existing-primary-with-the-hostname.example.com" }}', "publish"
    ),
    "replica-account": Row(EXTERNAL, f'{EXTERNAL}\nreplica_account = "{ELSEWHERE}"', "accept", base=(ACCOUNT,)),
    "existing-primary-with-dots": Row(
        HTTPS, f'{HTTPS}\nexisting = {{ primary_bucket = "own.content.example" }}', "publish"
    ),
    "existing-logs": Row(
        "",
        'existing = { cdn_log_bucket = "changes-own-logs" }',
        base=(ACCOUNT,),
        option="--import-existing-resources",
    ),
}


@dataclass
class Changing:
    """A deployed site whose configuration changes."""

    now: first_deployments.Deployment

    def write(self, changes):
        self.now = first_deployments.changed(self.now, *changes)
        site, emulator = self.now.site.site, self.now.aws.emulator
        for zone in deploy.zones([site]):
            deploy.create_zone(emulator, zone)
        existing.before(emulator, site)

    def deploy(self, fill, *options):
        """Deploy; where the guard stops it, fill the copy as it says, and deploy again."""
        code, printed = self.run(*options)
        if fill is None:
            assert code == 0, printed
            return
        assert code != 0, printed
        reason = "cannot compare the copies" if fill == "accept" else "lacks what"
        assert reason in " ".join(printed.split()), printed
        assert self.serves(), "the former copies are served while the new ones are filled"
        self.fill(fill)
        if fill == "accept":
            self.write([("\nclients", "\naccept_empty_copies = true\nclients")])
        code, printed = self.run()
        assert code == 0, printed

    def run(self, *options):
        """Deploy, and put the rules on a bucket that the site does not own, as `s3-failover policies` prints them."""
        outcome = self.now.run(*options)
        if self.now.site.site.existing.primary_bucket:
            existing.after(self.now.aws.emulator, self.now.site.site)
        return outcome

    def fill(self, how):
        """Do what the guard says: publish to the new primary, or copy every object onto itself there."""
        site = self.now.site
        if how == "publish":
            publish(site)
            return
        for key in PAGES:
            body = site.read(site.site.primary_region, key)
            site.put(key, body, ContentType="text/html")

    def serves(self):
        """Whether the distribution serves every page."""
        return {key: self.now.site.distribution(key).body for key in PAGES} == PAGES

    def is_whole(self):
        """Assert that every copy has every page and that both legs serve them, and that new content arrives."""
        site = self.now.site
        for region in site.copies:
            assert {key: eventually(lambda r=region, k=key: site.read(r, k)) for key in PAGES} == PAGES, region
        assert self.serves()
        if site.site.secondary.type != "external":
            assert {key: site.secondary(key).body for key in PAGES} == PAGES
        statuses = set(self.now.statuses().values())
        assert statuses <= COMPLETE, self.now.statuses()
        self.survives()

    def secondary(self, key):
        """Ask the secondary under a name that no other region's has: a former https secondary answers the hostname too."""
        site, emulator = self.now.site, self.now.aws.emulator
        if site.site.secondary.type == "https":
            return viewers.ask(emulator.api_gateway_https, site.site.endpoint_check_name, key, ca=emulator.ca_file)
        return site.secondary(key)

    def survives(self):
        """Assert that viewers get every page without S3 of the primary: from the secondary, and where the mode says so
        from the distribution.
        """
        site = self.now.site
        broken = faults.break_(self.now.aws.emulator, "s3-refuse", region=site.site.primary_region)
        try:
            if site.site.secondary.type != "external":
                assert {key: self.secondary(key).body for key in PAGES} == PAGES
            if site.site.mode == "hybrid":
                assert self.serves()
        finally:
            faults.heal(self.now.aws.emulator, broken.id)


def publish(site):
    for key, body in PAGES.items():
        site.put(key, body, ContentType="text/html") if site.site.versioned else site.s3.put_object(
            Bucket=site.primary, Key=key, Body=body
        )


@pytest.fixture(scope="module")
def bootstrapped(tmp_path_factory):
    """An embedded AWS of its own: these tests break S3 of whole regions."""
    with embedded_aws.started(tmp_path_factory.mktemp("changing-aws")) as aws:
        first_deployments.bootstrap(aws, EDGE, PRIMARY, REPLICA, THIRD)
        first_deployments.bootstrap(aws, REPLICA, account=ELSEWHERE)
        yield aws


@contextlib.contextmanager
def no_viewer_fails(site):
    """Assert that the distribution serves the first page all the time."""
    over, failed = threading.Event(), []

    def view():
        while not over.wait(0.1):
            answer = site.distribution("index.html")
            if (answer.status, answer.body) != (200, PAGES["index.html"]):
                failed.append((answer.status, answer.body[:80]))

    viewer = threading.Thread(target=view)
    viewer.start()
    try:
        yield
    finally:
        over.set()
        viewer.join()
    assert failed == []


def critical(deployment):
    """What doctor finds that an outage would bring to viewers."""
    emulator = deployment.aws.emulator
    site = deployment.site.site
    found = examination.examine(site, account_of(emulator), resolver=resolver_of(emulator), say=lambda line: None)
    return [finding for finding in found.findings if finding.severity is Severity.CRITICAL]


def is_well(deployment):
    """Assert that doctor finds nothing that an outage would bring to viewers, once DNS has read what is deployed."""
    with contextlib.suppress(AssertionError):
        first_deployments.until(lambda: critical(deployment) == [], seconds=120)
    assert critical(deployment) == []


@pytest.mark.parametrize("name", ROWS)
def test_a_site_changes_and_changes_back(bootstrapped, tmp_path, name):
    row = ROWS[name]
    kind = "without a mode" if "mode =" in row.before else "plain"
    changing = Changing(
        first_deployments.prepare(bootstrapped, tmp_path, name, kind=kind, more=row.before, changes=row.base)
    )
    changing.deploy(None)
    publish(changing.now.site)
    changing.is_whole()
    hostname = changing.now.site
    changing.write(row.forth())
    with no_viewer_fails(hostname):
        changing.deploy(row.there)
        if row.backfill:
            changing.fill("backfill")
    changing.is_whole()
    is_well(changing.now)
    changing.write(row.return_())
    with no_viewer_fails(hostname):
        changing.deploy(row.back, *([row.option] if row.option else []))
    changing.is_whole()
    is_well(changing.now)


def test_another_hostname_is_another_site_and_the_former_one_goes_on(bootstrapped, tmp_path):
    changing = Changing(first_deployments.prepare(bootstrapped, tmp_path, "former-name", kind="plain"))
    changing.now.succeeds()
    publish(changing.now.site)
    former = changing.now
    with no_viewer_fails(former.site):
        changing.write([("former-name.example.com", "new-name.example.com")])
        changing.deploy(None)
    publish(changing.now.site)
    for each in (changing.now, former):
        Changing(each).is_whole()
        is_well(each)
    with no_viewer_fails(former.site), no_viewer_fails(changing.now.site):
        changing.write([("new-name.example.com", "former-name.example.com")])
        changing.deploy(None)
    changing.is_whole()
    is_well(changing.now)


def test_a_site_that_is_taken_out_of_the_file_goes_on_and_is_as_it_was_when_it_returns(bootstrapped, tmp_path):
    staying = Changing(first_deployments.prepare(bootstrapped, tmp_path, "staying", kind="plain"))
    path = tmp_path / "failover.toml"
    alone = path.read_text()
    leaving = first_deployments.prepare(bootstrapped, tmp_path, "leaving", kind="plain")
    both = alone + path.read_text().replace("[sites.first]", "[sites.second]")
    path.write_text(both)
    staying.deploy(None)
    for site in (staying.now.site, leaving.site):
        publish(site)
    before = leaving.statuses()
    for text in (alone, both):
        with no_viewer_fails(staying.now.site), no_viewer_fails(leaving.site):
            path.write_text(text)
            staying.deploy(None)
        for each in (staying.now, leaving):
            Changing(each).is_whole()
            is_well(each)
        assert leaving.statuses() == before


def test_the_hostname_becomes_a_cname_in_its_zone_and_has_the_records_again(bootstrapped, tmp_path):
    changing = Changing(first_deployments.prepare(bootstrapped, tmp_path, "cname-in-the-zone", kind="plain"))
    changing.deploy(None)
    publish(changing.now.site)
    setting = ("\nclients", '\nrecord_name = "records-in-the-zone.example.com"\nclients')
    changing.write([setting])
    changing.deploy(None)
    change_cname(changing.now.site, "CREATE")
    changing.is_whole()
    is_well(changing.now)
    changing.write([(setting[1], setting[0])])
    code, printed = changing.run()
    assert code != 0
    assert "CNAME" in printed, printed
    assert changing.serves()
    change_cname(changing.now.site, "DELETE")
    changing.deploy(None)
    changing.is_whole()
    is_well(changing.now)


def change_cname(deployed, action):
    """Create or delete the CNAME of the hostname in the site's zone."""
    site = deployed.site
    record = {"Name": site.hostname, "Type": "CNAME", "TTL": 1}
    record["ResourceRecords"] = [{"Value": "records-in-the-zone.example.com"}]
    deployed.aws.client("route53").change_resource_record_sets(
        HostedZoneId=site.hosted_zone.id, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )
