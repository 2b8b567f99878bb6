import re

import pytest
from config_strategies import LABELS, ZONES
from hypothesis import assume, example, given
from hypothesis import strategies as st

from s3_failover.config import Names
from s3_failover.config.names import slug
from s3_failover.config.regions import known_regions
from s3_failover.config.spelling import bucket_name_problem, is_hostname

ACCOUNT = "111122223333"
TOKEN = "${Token[AWS.AccountId.3]}"
REGIONS = sorted(known_regions())
LIKE_LABELS = st.sampled_from(["a", "b", "a-a", "a--a", "a-b", "cdn", "logs", "sthree", "xn--a", "h---a"])
LIKE_HOSTNAMES = st.lists(LIKE_LABELS, min_size=2, max_size=6).map(".".join)
LONG_HOSTNAMES = st.lists(st.from_regex("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True), min_size=2, max_size=4)
HOSTNAMES = (LIKE_HOSTNAMES | st.builds("{}.{}".format, LABELS, ZONES) | LONG_HOSTNAMES.map(".".join)).filter(
    is_hostname
)


def names(hostname, primary="us-west-2", replicas=("us-east-2",), account=ACCOUNT, **more):
    return Names(hostname=hostname, account=account, primary_region=primary, replica_regions=tuple(replicas), **more)


def test_names_are_made_of_hostname_role_account_and_region():
    site = names("assets.example.com", replicas=["us-east-2", "eu-west-1"])
    assert site.primary == "assets-example-com-primary-111122223333-us-west-2"
    assert site.replica("eu-west-1") == "assets-example-com-replica-111122223333-eu-west-1"
    assert site.access_logs("us-east-2") == "assets-example-com-logs-111122223333-us-east-2"
    assert site.cdn_logs == "assets-example-com-cdnlogs-111122223333-us-east-1"
    assert [site.copy(region) for region in ("us-west-2", "eu-west-1")] == [site.primary, site.replica("eu-west-1")]


def test_the_first_replica_bears_the_hostname_because_the_website_endpoint_goes_by_the_host_header():
    assert names("assets.example.com").replica("us-east-2") == "assets.example.com"


def test_a_chosen_primary_bucket_is_used_as_it_stands():
    assert names("assets.example.com", primary_bucket="content").primary == "content"


def test_all_buckets_are_listed_once():
    buckets = names("a.example.com", replicas=["us-east-1", "us-east-2"]).buckets
    assert len(set(buckets)) == len(buckets) == 1 + 2 + 3 + 1


@given(HOSTNAMES, st.lists(st.sampled_from(REGIONS), min_size=2, max_size=4, unique=True))
@example("x" * 63 + "." + "y" * 63, ["ap-southeast-1", "ap-northeast-1"])
@example("sthree.example.com", REGIONS[:3])
@example("amzn.s3.demo.example.com", REGIONS[:3])
@example("xn--bcher-kva.example.com", REGIONS[:3])
def test_every_computed_name_is_a_legal_bucket_name_without_dots(hostname, regions):
    primary, website, *others = names(hostname, regions[0], regions[1:]).buckets
    assert website == hostname
    assert primary != hostname
    for name in (primary, *others):
        assert bucket_name_problem(name) is None
        assert re.fullmatch("[a-z0-9-]{3,63}", name)


@given(HOSTNAMES, HOSTNAMES, st.integers(20, 63))
@example("a-b.example.com", "a.b.example.com", 63)
@example("a--b.example.com", "a-b.example.com", 63)
def test_no_two_hostnames_have_the_same_slug(one, other, length):
    assume(one != other)
    assert slug(one, length) != slug(other, length)
    assert len(slug(one, length)) <= length


def test_a_hostname_cannot_be_made_to_look_like_a_cut_one():
    cut = slug("a" * 40 + ".example.com", 30)
    start, digest = cut[:-10].rstrip("-"), cut[-10:]
    assert slug(f"{start}.{digest}", 30) != cut


@given(HOSTNAMES, HOSTNAMES, st.lists(st.sampled_from(REGIONS), min_size=2, max_size=3, unique=True))
@example("x.a", "x.a.cdn", ["us-east-1", "us-east-2"])
def test_no_two_hostnames_share_a_bucket(one, other, regions):
    assume(one != other)
    buckets = [names(hostname, regions[0], regions[1:]).buckets for hostname in (one, other)]
    assert not set(buckets[0]) & set(buckets[1])


@pytest.mark.parametrize("hostname", ["assets.example.com", "a" * 50 + ".example.com"])
def test_a_stacks_account_token_counts_as_twelve_characters(hostname):
    site, real = names(hostname, account=TOKEN), names(hostname)
    assert site.primary.replace(TOKEN, ACCOUNT) == real.primary
    assert site.cdn_logs.replace(TOKEN, ACCOUNT) == real.cdn_logs
