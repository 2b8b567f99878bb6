"""First deployments that fail for a reason, and are repeated by the same command."""

import contextlib
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from aws_cdk import App
from aws_cdk.cx_api import CloudAssembly
from belongings import everything, orphans
from botocore.exceptions import ClientError
from embedded_aws import ROOT, Aws, DeployedSite, synthesize
from site_stacks import add_site

from breakable_aws import cdk, faults, node, surroundings
from breakable_aws.faults import FailingResource
from s3_failover.config import StackRole, load
from s3_failover.local import deploy, outside
from s3_failover.operations.doctor.stacks import COMPLETE
from s3_failover_constructs.health_object.handler.index import PATIENCE

PRIMARY, REPLICA, EDGE = "eu-west-1", "us-west-2", "us-east-1"
ZONE = "Z0FIRST00ABCDEFGHIJK"

KINDS = {
    "website": 'mode = "dns"',
    "https": 'mode = "hybrid"\nsecondary = { type = "https" }\nencryption = "kms"',
    "external": 'mode = "hybrid"\nsecondary = { type = "external", hostname = "cdn.example.com" }',
    "two-way": 'mode = "dns"\nreplication = { two_way = true }',
    "function": 'mode = "dns"\nreplication = { engine = "lambda" }',
    "zone": 'mode = "dns"',
    "plain": 'mode = "dns"',
    "without a mode": "",
}
"""What kinds of sites there are, by what is special about them."""


@dataclass(frozen=True)
class Deployment:
    """A site that was never deployed before, with the files of its deployment."""

    aws: Aws
    directory: Path
    site: DeployedSite
    before: set

    def run(self, *options):
        """Deploy as README says; return the exit code and what the CLI printed."""
        outcome = self.aws.cdk("deploy", self.directory, "--require-approval", "never", *options)
        return outcome.code, "\n".join(outcome.lines)

    def fails(self, *options):
        """Deploy, which must fail; return what the CLI printed."""
        code, printed = self.run(*options)
        assert code != 0, printed
        return printed

    def succeeds(self, *options):
        """Deploy, which must end well, with every stack complete, everything served and nothing left over."""
        code, printed = self.run(*options)
        assert code == 0, printed
        statuses = self.statuses()
        assert set(statuses.values()) <= COMPLETE, statuses
        self.has_nothing_left_over()
        key = self.site.site.health_key
        versions = {self.site.head(region, key)["ETag"] for region in self.site.copies}
        assert len(versions) == 1
        assert self.site.distribution(key).status == 200
        return printed

    def synthesize(self):
        """Write the cloud assembly as a deployment would, and return its directory."""
        return synthesize([self.site.site], self.directory / "cdk.out")

    def statuses(self):
        return {name: stack["StackStatus"] for name, stack in self.site.stacks().items()}

    def status(self, role, region):
        return self.statuses().get(self.site.site.naming.stack(role, region))

    def has_nothing_left_over(self):
        """Assert that nothing exists since before the first deployment that belongs to no stack."""
        left = orphans(self.aws, self.before)
        assert not left, sorted(left)

    @contextlib.contextmanager
    def failing(self, resource, role, region, message="refused by a test", **more):
        """Have a resource of one of the site's stacks fail."""
        stack = self.site.site.naming.stack(role, region)
        broken = faults.break_(
            self.aws.emulator, "resource-fails", failing=FailingResource(resource, stack, message, **more)
        )
        try:
            yield
        finally:
            faults.heal(self.aws.emulator, broken.id)


def text(name, kind="website", more=""):
    """The configuration of a site of a kind."""
    hostname, zone = f"{name}.example.com", f'id = "{ZONE}", name = "example.com"'
    if kind == "zone":
        hostname, zone = f"www.{name}.example.com", f'name = "{name}.example.com", create = true'
        zone += f', parent = {{ id = "{ZONE}", name = "example.com" }}'
    return f"""
[sites.first]
hostname        = "{hostname}"
primary_region  = "{PRIMARY}"
replica_regions = ["{REPLICA}"]
hosted_zone     = {{ {zone} }}
alarms          = {{ warning_emails = ["team@example.com"], critical_emails = ["pager@example.com"] }}
clients         = {{}}
{KINDS[kind]}
{more}
"""


def prepare(aws, directory, name, kind="website", more="", changes=()):
    """Write the configuration of a site that is not deployed, with what it takes for granted."""
    path = directory / "failover.toml"
    path.write_text(replaced(text(name, kind, more), changes))
    (site,) = load(path).sites
    for zone in deploy.zones([site]):
        deploy.create_zone(aws.emulator, zone)
    outside.set_up(aws.emulator, site)
    return Deployment(aws, directory, DeployedSite(aws, site), everything(aws))


def bootstrap(aws, *regions, account=None):
    """Bootstrap regions as README says, in the embedded AWS's account or another one."""
    keys = {} if account is None else {"AWS_ACCESS_KEY_ID": account}
    tool = cdk.Cdk(
        project=ROOT,
        script=cdk.script(ROOT),
        environment=surroundings.for_cdk(aws.emulator) | keys,
        log=aws.state.root / "bootstrap.log",
        emulator_runs=lambda: aws.emulator.alive,
    )
    tool.bootstrap(account or aws.emulator.account, regions)


def resource_types(deployment, role, region):
    """The types of a stack's resources, as the cloud assembly has them after a deployment that made none of them."""
    site = deployment.site.site
    app = App(outdir=str(deployment.directory / "templates"))
    add_site(app, site)
    template = app.synth().get_stack_by_name(site.naming.stack(role, region)).template
    return sorted({resource["Type"] for resource in template["Resources"].values()})


def hurry(deployment, assembly, seconds):
    """Have the writer of the health object in a cloud assembly give up after some seconds."""
    stack = deployment.site.site.naming.stack(StackRole.PRIMARY, deployment.site.site.primary_region)
    path = Path(CloudAssembly(str(assembly)).get_stack_by_name(stack).template_full_path)
    changed, count = re.subn(rf"(\\nPATIENCE = )({PATIENCE})(\\n)", rf"\g<1>{seconds}\g<3>", path.read_text())
    assert count == 1
    path.write_text(changed)


def start(deployment):
    """Begin to deploy, in a process that a person could interrupt."""
    aws = deployment.aws
    command = [str(node.find()), str(cdk.script(ROOT)), "deploy", "--all", "--ci", "--no-notices"]
    files = [
        "-c",
        f"config={deployment.directory / 'failover.toml'}",
        "--output",
        str(deployment.directory / "cdk.out"),
    ]
    return subprocess.Popen(
        [*command, "--require-approval", "never", *files],
        cwd=ROOT,
        env=surroundings.for_cdk(aws.emulator),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def interrupt(process):
    """Press Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)


def until(holds, seconds=120):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


def old_distribution(aws, alias, *, origin="old.s3.amazonaws.com", control="", names=()):
    """A distribution of an old site that has an alias, or none; return its id.

    Its certificate covers the alias, or the given names; an origin access control signs its requests to the origin.
    """
    first, *more = names or (alias,)
    certificate = aws.client("acm").request_certificate(
        DomainName=first, ValidationMethod="DNS", **({"SubjectAlternativeNames": more} if more else {})
    )["CertificateArn"]
    access = {"OriginAccessControlId": control} if control else {}
    only = {"Id": "o", "DomainName": origin, "S3OriginConfig": {"OriginAccessIdentity": ""}, **access}
    behavior = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    config = {
        "CallerReference": alias or first,
        "Comment": "old",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Aliases": {"Quantity": 1, "Items": [alias]} if alias else {"Quantity": 0},
        "Origins": {"Quantity": 1, "Items": [only]},
        "DefaultCacheBehavior": behavior,
        "ViewerCertificate": {"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only"},
    }
    return aws.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["Id"]


def remove(aws, identifier):
    """Disable and delete a distribution, and its certificate."""
    cloudfront = aws.client("cloudfront")
    found = cloudfront.get_distribution_config(Id=identifier)
    config = found["DistributionConfig"] | {"Enabled": False}
    tag = cloudfront.update_distribution(Id=identifier, IfMatch=found["ETag"], DistributionConfig=config)["ETag"]
    cloudfront.delete_distribution(Id=identifier, IfMatch=tag)
    aws.client("acm").delete_certificate(CertificateArn=config["ViewerCertificate"]["ACMCertificateArn"])


def replaced(text, changes):
    """A text with others in place of some of its parts."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def changed(deployment, *changes):
    """The same site with other texts in its configuration: each change is a text and what takes its place."""
    path = deployment.directory / "failover.toml"
    path.write_text(replaced(path.read_text(), changes))
    (site,) = load(path).sites
    outside.set_up(deployment.aws.emulator, site)
    return replace(deployment, site=DeployedSite(deployment.aws, site))


def put(s3, bucket, key, body):
    """Put an object; tell whether its bucket exists."""
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "404"):
            raise
        return False
    return True
