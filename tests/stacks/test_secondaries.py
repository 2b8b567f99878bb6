"""A site that changes its secondary, its mode or its regions: what comes and what goes are whole stacks.

A bucket that moved out of one stack and into another would be in the way of the stack that is deployed first, and would
be gone before the edge, which is deployed last, has stopped to read it.
"""

from functools import cache
from itertools import combinations

import pytest
from cdk_templates import text
from site_stacks import find, templates
from sites import site

SECONDARIES = {
    "website": "",
    "https": 'secondary = { type = "https" }',
    "external": 'secondary = { type = "external", hostname = "shop.cdn.example.net" }',
}
OWN = {
    "website": {"website-eu-central-1"},
    "https": {"replica-eu-central-1", "https-eu-central-1"},
    "external": {"replica-eu-central-1", "external-eu-central-1"},
}
"""The stacks that a secondary adds to those that every site has."""
COMMON = {
    "edge-us-east-1",
    "evacuation-eu-central-1",
    "primary-eu-west-1",
    "replica-ap-south-1",
    "alarms-eu-west-1",
    "alarms-eu-central-1",
    "alarms-ap-south-1",
    "clients-ap-south-1",
    "dashboard-eu-central-1",
}
BUCKETS = ("AWS::S3::Bucket", "AWS::S3::BucketPolicy")
EVERY = [(mode, secondary) for mode in ("dns", "hybrid") for secondary in SECONDARIES]
PAIRS = [*combinations(EVERY, 2)]


@cache
def deployed(mode, secondary, more=""):
    return templates(site(replicas=2, mode=mode, more=f"{SECONDARIES[secondary]}\nclients = {{}}\n{more}"))


def buckets(template):
    return {(name, each["Type"]) for name, each in template["Resources"].items() if each["Type"] in BUCKETS}


@pytest.mark.parametrize(("mode", "secondary"), EVERY)
def test_each_kind_of_secondary_has_stacks_of_its_own(mode, secondary):
    assert set(deployed(mode, secondary)) == COMMON | OWN[secondary]


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=" ".join)
@pytest.mark.parametrize("more", ["", "replication = { two_way = true }"], ids=["one-way", "two-way"])
def test_no_bucket_moves_between_stacks_when_secondary_or_mode_changes(before, after, more):
    old, new = deployed(*before, more), deployed(*after, more)
    for name in old.keys() & new.keys():
        assert buckets(old[name]) == buckets(new[name]), name


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=" ".join)
def test_nothing_else_moves_out_of_a_stack_but_at_the_edge_and_the_primary(before, after):
    old, new = deployed(*before), deployed(*after)
    for name in (old.keys() & new.keys()) - {"edge-us-east-1", "primary-eu-west-1"}:
        assert set(old[name]["Resources"]) == set(new[name]["Resources"]), name
        if name.startswith("replica-"):
            assert old[name] == new[name], name


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_no_bucket_has_a_name_that_one_of_another_stack_has(mode):
    """What is left behind is kept, and must be in the way of no other."""
    named = {
        (name, text(bucket["BucketName"]))
        for secondary in SECONDARIES
        for name, template in deployed(mode, secondary).items()
        for bucket in find(template, "AWS::S3::Bucket")
    }
    assert len({bucket for _, bucket in named}) == len(named)


def region_buckets(primary, *replicas):
    """The buckets of a site and the stacks that make them; the website's, which goes by the hostname, is left out."""
    moved = site().model_copy(update={"primary_region": primary, "replica_regions": replicas})
    return {
        text(bucket["BucketName"]): name
        for name, template in templates(moved).items()
        for bucket in find(template, "AWS::S3::Bucket")
        if bucket["BucketName"] != "shop.example.com"
    }


@pytest.mark.parametrize(
    "after", [("eu-west-1", "ap-south-1", "eu-central-1"), ("eu-central-1", "eu-west-1", "ap-south-1")], ids=" ".join
)
def test_regions_that_change_places_find_no_bucket_in_their_way(after):
    old, new = region_buckets("eu-west-1", "eu-central-1", "ap-south-1"), region_buckets(*after)
    assert {name: old[name] for name in old.keys() & new.keys()} == {
        name: new[name] for name in old.keys() & new.keys()
    }


def test_a_primary_bucket_that_was_there_before_has_a_stack_that_is_not_the_made_ones():
    made, existing = (
        templates(site(more=more)) for more in ("", 'existing = { primary_bucket = "content" }\nclients = {}')
    )
    assert {name for name in made if "primary" in name} == {"primary-eu-west-1"}
    assert {name for name in existing if "primary" in name} == {"existingprimary-eu-west-1"}
    assert not find(existing["existingprimary-eu-west-1"], "AWS::S3::Bucket")


def test_a_replica_bucket_that_was_there_before_has_no_stack_but_what_serves_it_does():
    more = 'secondary = { type = "https" }\nexisting = { replica_buckets = { eu-central-1 = "copy" } }'
    found = templates(site(replicas=2, more=more))
    in_region = {name.partition("-")[0] for name in found if name.endswith("eu-central-1")}
    assert in_region == {"https", "evacuation", "alarms", "dashboard"}
    assert '"copy"' in str(found["https-eu-central-1"]).replace("'", '"')
