"""A site whose stacks are destroyed on purpose, and that comes back to the content it left, as docs/operate/deploy.md says.

The tests of a site depend on each other and run in the order of this file.
"""

import json
from urllib.parse import urlsplit

import pytest
import viewers
from embedded_aws import DeployedSite

from s3_failover.config import SecondaryType, load

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITE = """
[sites.back]
hostname        = "{kind}.back.example.net"
account         = "123456789012"
primary_region  = "eu-west-1"
replica_regions = ["us-west-2", "eu-central-1"]
hosted_zone     = {{ id = "Z0BACK000ABCDEFGHIJK", name = "example.net" }}
mode            = "dns"
{special}
{more}
"""
KINDS = {
    "website": 'mode = "dns"',
    "https": 'mode = "hybrid"\nencryption = "kms"\nsecondary = { type = "https" }',
}
LARGE = bytes(range(251)) * 20_000
"""More than the https secondary hands out itself: it redirects viewers to a URL that its function signs."""


class Returning:
    """A site with content, and what of it there was before its stacks went."""

    def __init__(self, aws, directory, kind):
        self.aws, self.directory, self.kind = aws, directory, kind
        self.file = directory / "failover.toml"
        self.site = aws.deploy(self.text(), directory)["back"]
        self.content = directory / "content"
        self.content.mkdir()
        (self.content / "large.bin").write_bytes(LARGE)
        for edition in ("first", "second"):
            (self.content / "page.html").write_text(edition)
            self.publish()
        self.site.put("gone.txt", b"deleted later")
        self.site.s3.delete_object(Bucket=self.site.primary, Key="gone.txt")
        self.before = self.versions()

    def text(self, more=""):
        return SITE.format(kind=self.kind, special=KINDS[self.kind], more=more)

    def write(self, more=""):
        """Change the configuration file."""
        self.file.write_text(self.text(more))
        self.site = DeployedSite(self.aws, load(self.file).sites[0])

    def cdk(self, command, *options):
        """Run a command of the CDK CLI for all stacks, which must end well."""
        outcome = self.aws.cdk(command, self.directory, *options)
        assert outcome.code == 0, "\n".join(outcome.lines)

    def deploy(self, *options):
        self.cdk("deploy", "--require-approval", "never", *options)

    def command(self, *arguments):
        """Run a command of ours; return its exit code and what it printed."""
        with self.aws.command(*arguments, "--config", str(self.file), "--local") as running:
            printed, told = running.communicate(timeout=120)
        assert "Traceback" not in told
        return running.returncode, printed or told

    def publish(self):
        """Publish the content, and have it proven on both legs and in every replica."""
        code, printed = self.command("publish", str(self.content), "--json")
        assert code == 0, printed
        document = json.loads(printed)
        assert document["proof"] == {"distribution": "", "secondary": ""}
        assert set(document["replicated"]) == set(self.site.site.replica_regions)
        return [upload["key"] for upload in document["uploads"]]

    def versions(self):
        """Every version and delete marker of every copy but the health object's, which each deployment may write."""
        return {region: self._versions_in(region) for region in self.site.copies}

    def _versions_in(self, region):
        pages = self.aws.client("s3", region).get_paginator("list_object_versions")
        return {
            (each["Key"], each["VersionId"], each.get("ETag"))
            for page in pages.paginate(Bucket=self.site.copies[region])
            for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if each["Key"] != self.site.site.health_key
        }


@pytest.fixture(scope="module", params=KINDS)
def returning(aws, tmp_path_factory, request):
    return Returning(aws, tmp_path_factory.mktemp("back"), request.param)


def test_protected_stacks_refuse_to_go(returning):
    identifier = returning.site.output("DistributionId")
    regions = json.dumps(list(returning.site.copies))
    returning.write(f'distribution_id = "{identifier}"\nprotected_regions = {regions}')
    returning.deploy()
    stacks = returning.site.stacks()
    assert sum(stack["EnableTerminationProtection"] for stack in stacks.values()) == 4
    assert returning.aws.cdk("destroy", returning.directory, "--force").code != 0


def test_without_protection_every_stack_goes_and_all_content_stays(returning):
    returning.write()
    returning.deploy()
    returning.cdk("destroy", "--force")
    assert returning.site.stacks() == {}
    assert returning.versions() == returning.before
    assert all(len(versions) == 5 for versions in returning.before.values())


def test_a_deployment_that_imports_brings_the_site_back(returning):
    returning.deploy("--import-existing-resources")
    assert {stack["StackStatus"] for stack in returning.site.stacks().values()} == {"CREATE_COMPLETE"}
    assert returning.versions() == returning.before


def test_what_was_published_before_is_served_on_both_legs(returning):
    site = returning.site
    for ask in (site.distribution, site.secondary):
        assert (ask("page.html").status, ask("page.html").body) == (200, b"second")
        assert ask("gone.txt").status in (403, 404)
    assert site.distribution("large.bin").body == LARGE
    assert large_from_secondary(site).body == LARGE


def large_from_secondary(site):
    """The large object as a viewer gets it who follows a redirect."""
    answer = site.secondary("large.bin")
    if site.site.secondary.type is SecondaryType.WEBSITE:
        return answer
    assert answer.status == 307
    url, emulator = urlsplit(answer.headers["location"]), site.aws.emulator
    return viewers.ask(emulator.s3_https, url.netloc, "large.bin", ca=emulator.ca_file, query=f"?{url.query}")


def test_every_replica_holds_what_the_primary_holds(returning):
    code, printed = returning.command("verify", "--settle", "0s", "--deep")
    assert code == 0, printed


def test_what_is_published_then_replicates_and_is_served(returning):
    (returning.content / "page.html").write_text("third")
    (returning.content / "new.txt").write_text("new")
    assert returning.publish() == ["new.txt", "page.html"]
    assert {returning.site.read(region, "page.html") for region in returning.site.copies} == {b"third"}


def test_the_next_deployment_has_nothing_to_change_and_the_copies_agree(returning):
    returning.deploy()
    assert {stack["StackStatus"] for stack in returning.site.stacks().values()} == {"CREATE_COMPLETE"}
    code, printed = returning.command("verify", "--settle", "0s", "--deep")
    assert code == 0, printed


def test_the_site_can_be_protected_again(returning):
    identifier = returning.site.output("DistributionId")
    regions = json.dumps(list(returning.site.copies))
    returning.write(f'distribution_id = "{identifier}"\nprotected_regions = {regions}')
    returning.deploy()
    (returning.content / "page.html").write_text("fourth")
    assert returning.publish() == ["page.html"]
