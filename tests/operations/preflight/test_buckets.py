"""Names of buckets, and buckets that must be there, before a deployment."""

import pytest
from fake_accounts import ACCOUNT, refusal
from preflight_ground import Stacks, findings, ground, ids, stack
from sites import site

from s3_failover.config import StackRole
from s3_failover.operations.preflight import (
    buckets,
)
from s3_failover.operations.refusals import DeniedError


class Buckets:
    """S3 with buckets by name and region; None for another account's, "hidden" for one that may not be looked at."""

    def __init__(self, **places):
        self.places = places

    def head_bucket(self, Bucket, **_):  # noqa: N803
        name = Bucket.replace("-", "_").replace(".", "_")
        if name not in self.places:
            raise refusal("404", "HeadBucket", 404)
        if self.places[name] in (None, "hidden"):
            raise refusal("403", "HeadBucket", 403)
        return {"BucketRegion": self.places[name]}

    def get_paginator(self, _):
        return self

    def paginate(self, Prefix):  # noqa: N803
        hidden = Prefix.replace("-", "_").replace(".", "_") if "hidden" in self.places.values() else ""
        return [{"Buckets": [{"Name": Prefix}] if hidden in self.places else []}]


def on_buckets(of=None, stacks=(), holders=None, **places):
    return ground(of, stacks=stacks, s3=Buckets(**places), cloudformation=Stacks(**(holders or {})))


def test_free_names_of_buckets_are_fine():
    assert ids(buckets, on_buckets()) == []


def test_a_bucket_of_the_stack_that_makes_it_is_fine():
    website = stack(StackRole.WEBSITE, "eu-central-1", ("AWS::S3::Bucket", "shop.example.com"))
    assert ids(buckets, on_buckets(stacks=[website], shop_example_com="eu-central-1")) == []


def test_a_bucket_of_no_stack_is_to_be_adopted():
    (finding,) = findings(buckets, on_buckets(shop_example_com="eu-central-1"))
    assert finding.id == "PREFLIGHT-BUCKET-ADOPT"
    assert f'set account = "{ACCOUNT}"' in finding.remedy
    assert "npx cdk deploy --all --import-existing-resources" in finding.remedy
    named = site(more=f'account = "{ACCOUNT}"')
    (finding,) = findings(buckets, on_buckets(named, shop_example_com="eu-central-1"))
    assert "set account" not in finding.remedy


def test_a_bucket_of_another_stack_is_named_with_it():
    found = on_buckets(shop_example_com="eu-central-1", holders={"shop_example_com": "old-site"})
    (finding,) = findings(buckets, found)
    assert (finding.id, "old-site" in finding.what) == ("PREFLIGHT-BUCKET-STACK", True)


def test_a_bucket_in_another_region_is_named_with_it():
    found = on_buckets(shop_example_com="us-east-2", holders={"shop_example_com": "s3-failover-website-us-east-2"})
    (finding,) = findings(buckets, found)
    assert finding.id == "PREFLIGHT-BUCKET-REGION"
    assert "exists in us-east-2, in the stack s3-failover-website-us-east-2, expected in eu-central-1" in finding.what
    assert "s3-failover backfill shop" in finding.remedy


def test_a_bucket_of_another_account():
    assert ids(buckets, on_buckets(shop_example_com=None)) == ["PREFLIGHT-BUCKET-ACCOUNT"]


def test_a_bucket_of_ours_that_may_not_be_looked_at_is_no_other_account_s():
    with pytest.raises(DeniedError, match="expected the permission s3:ListBucket"):
        findings(buckets, on_buckets(shop_example_com="hidden"))


EXISTING = 'existing = { primary_bucket = "mine", log_buckets = { eu-central-1 = "logs" } }'


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ({"mine": "eu-west-1", "logs": "eu-central-1"}, []),
        ({"mine": None, "logs": "eu-central-1"}, []),
        ({"logs": "eu-central-1"}, ["PREFLIGHT-BUCKET-MISSING"]),
        ({"mine": "us-east-1", "logs": "eu-central-1"}, ["PREFLIGHT-BUCKET-REGION"]),
        ({}, ["PREFLIGHT-BUCKET-MISSING"] * 2),
    ],
)
def test_existing_buckets_must_be_there(places, found):
    assert ids(buckets, on_buckets(site(more=EXISTING), **places)) == found


def test_a_bucket_that_has_the_name_of_a_further_hostname_is_in_the_way_of_a_website_alone():
    aliases = 'aliases = ["www.example.com"]'
    taken = {"www_example_com": "eu-central-1"}
    (finding,) = findings(buckets, on_buckets(site(more=aliases), **taken))
    assert finding.id == "PREFLIGHT-BUCKET-ADOPT"
    assert "existing.*" not in finding.remedy
    assert ids(buckets, on_buckets(site(more=f'{aliases}\nsecondary = {{ type = "https" }}'), **taken)) == []
