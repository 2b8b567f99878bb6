"""A second deployment of the same configuration changes nothing."""

import pytest

pytestmark = pytest.mark.embedded


def identities(site):
    """What a deployment that changes nothing leaves as it is."""
    stacks = {n: (s["StackId"], s["StackStatus"], s.get("LastUpdatedTime")) for n, s in site.stacks().items()}
    return stacks, site.head(site.site.primary_region, site.site.health_key)["VersionId"]


def test_leaves_every_stack_and_the_health_object_as_they_are(aws, sites, sites_file):
    before = {name: identities(site) for name, site in sites.items()}
    outcome = aws.cdk("deploy", sites_file.parent, "--require-approval", "never", "--progress", "events")
    printed = "\n".join(outcome.lines)
    assert outcome.code == 0, printed
    assert {name: identities(site) for name, site in sites.items()} == before
    assert printed.count("(no changes)") == sum(len(site.stacks()) for site in sites.values())
