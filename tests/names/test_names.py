import re

import pytest
from config_strategies import LABELS, ZONES
from hypothesis import assume, example, given
from hypothesis import strategies as st

from s3_failover import Probe
from s3_failover.config import Names, StackRole
from s3_failover.config.regions import known_regions
from s3_failover.names.buckets import slug
from s3_failover.names.keys import HEALTH_KEY
from s3_failover.names.site import Naming
from s3_failover.names.spelling import bucket_name_problem, is_hostname

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
    assert site.access_logs(StackRole.WEBSITE, "us-east-2") == "assets-example-com-websitelogs-111122223333-us-east-2"
    assert site.access_logs(StackRole.PRIMARY, "us-west-2") == "assets-example-com-primarylogs-111122223333-us-west-2"
    assert site.cdn_logs == "assets-example-com-cdnlogs-111122223333-us-east-1"
    assert [site.copy(region) for region in ("us-west-2", "eu-west-1")] == [site.primary, site.replica("eu-west-1")]


def test_a_region_that_takes_anothers_place_finds_no_log_bucket_in_its_way():
    roles = (StackRole.PRIMARY, StackRole.WEBSITE, StackRole.REPLICA)
    site = names("assets.example.com", replicas=["us-east-2", "eu-west-1"])
    assert len({site.access_logs(role, "us-east-2") for role in roles}) == 3


def test_the_first_replica_bears_the_hostname_because_the_website_endpoint_goes_by_the_host_header():
    assert names("assets.example.com").replica("us-east-2") == "assets.example.com"


def test_a_chosen_primary_bucket_is_used_as_it_stands():
    assert names("assets.example.com", primary_bucket="content").primary == "content"


def test_all_buckets_are_listed_once():
    buckets = names("a.example.com", replicas=["us-east-1", "us-east-2"]).buckets
    assert len(set(buckets)) == len(buckets) == 1 + 2 + 3 + 2


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


# What is no bucket

LIKE_NAMES = st.sampled_from(
    ["a", "a-a", "edge", "primary", "request", "us", "east", "1", "us-east-1", "replication", "au"]
)
LONGEST = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
NAMED = HOSTNAMES | st.lists(LIKE_NAMES, min_size=2, max_size=8).map(".".join).filter(is_hostname)
LONG = st.sampled_from([LONGEST, LONGEST.replace("d", "e"), f"{'a-' * 31}a.{LONGEST[64:]}", "a" * 63 + ".b.c"])
CHECKS = ("primary", "distribution", "secondary", "failover")
FUNCTIONS = ("origins", "country", "headers", "request", "response")
"""What follows a hostname in the names of what a distribution has."""
ALARMS = ("primary-unhealthy", f"replication-latency-{max(REGIONS, key=len)}-to-{max(REGIONS, key=len)}-{'d' * 63}/")


def named(hostname):
    """Return all names that are made of a hostname, by what they are names of."""
    naming = Naming(hostname)
    return {
        "stacks": {naming.stack(role, region) for role in StackRole for region in REGIONS},
        "alarms": {naming.alarm(kind) for kind in ALARMS},
        "labels": {naming.label},
        "objects of CloudFront": {f"{naming.short}-{kind}" for kind in FUNCTIONS},
        "keys": {naming.key_alias},
        "roles": {naming.iam_role(kind) for kind in ("backfill", *(f"replication-{region}" for region in REGIONS))},
        "parameters": {naming.parameter(what) for what in ("evacuation", "drill", "last-drill")},
        "health checks": {naming.health_check(role) for role in CHECKS},
    }


def test_everything_is_named_after_the_hostname():
    naming = Naming("shop.example.com")
    assert naming.stack(StackRole.EDGE, "us-east-1") == "s3-failover-shop-example-com-edge-us-east-1"
    assert naming.alarm("primary-unhealthy") == "shop.example.com/primary-unhealthy"
    assert naming.health_check("failover") == "shop.example.com failover"
    assert naming.key_alias == "alias/s3-failover-shop-example-com"
    assert naming.iam_role("replication") == "s3-failover-shop-example-com-replication"
    assert naming.parameter("evacuation") == "/s3-failover/shop.example.com/evacuation"
    assert (naming.short, naming.title("edge")) == ("shop-example-com", "shop.example.com edge")


@given(NAMED | LONG, NAMED | LONG)
@example("shop.example.com", "shop.example.com.au")
@example("a-b.example.com", "a.b.example.com")
@example("a.example.com", "a.example.com.edge.us-east-1")
@example("a.example.com", "edge.a.example.com")
@example(LONGEST, LONGEST[:-1] + "e")
@example("x" * 63 + "." + "y" * 40 + ".a.com", "x" * 63 + "." + "y" * 40 + ".b.com")
def test_no_two_hostnames_share_a_name(one, other):
    assume(one != other)
    for kind, names_ in named(one).items():
        assert not names_ & named(other)[kind], kind


@given(NAMED | LONG, NAMED | LONG)
@example("shop.example.com", "shop.example.com.au")
def test_no_alarm_of_a_hostname_begins_like_those_of_another(one, other):
    assume(one != other)
    assert not any(alarm.startswith(Naming(one).alarms) for alarm in named(other)["alarms"])


@given(NAMED)
def test_no_name_is_used_twice_for_one_hostname(hostname):
    found = named(hostname)
    assert len(found["stacks"]) == len(StackRole) * len(REGIONS)
    assert all(name.startswith(Naming(hostname).stacks) for name in found["stacks"])


LEGAL = {
    # CloudFormation API, CreateStack.
    "stacks": (128, "[A-Za-z][A-Za-z0-9-]*"),
    # CloudWatch API, PutMetricAlarm.
    "alarms": (255, "[^\\x00-\\x1f]+"),
    # A part of a file's name (path_resolution(7) and most file systems: 255 bytes).
    "labels": (120, "[a-z0-9._-]+"),
    # CloudFront API, CreateFunction and OriginAccessControlConfig.
    "objects of CloudFront": (64, "[A-Za-z0-9-]+"),
    # KMS API, CreateAlias.
    "keys": (256, "alias/(?!aws/)[A-Za-z0-9/_-]+"),
    # IAM API, CreateRole.
    "roles": (64, "[A-Za-z0-9+=,.@_-]+"),
    # SSM API, PutParameter: 1,011 characters, in at most 15 levels.
    "parameters": (1011, "(/[A-Za-z0-9_.-]+){1,15}"),
    # Route 53 API, Tag.
    "health checks": (256, "[a-z0-9._ -]+"),
}
"""How long AWS lets names be, and what is allowed in them."""


def test_a_clients_probe_asks_for_the_health_object():
    assert Probe().key == HEALTH_KEY  # which the client, that loads nothing of a site, spells itself


@given(NAMED | LONG)
@example(LONGEST)
@example("sthree.example.com")
@example("xn--bcher-kva.example.com")
def test_every_name_is_one_that_aws_takes(hostname):
    assert len(LONGEST) == 253
    for kind, found in named(hostname).items():
        length, characters = LEGAL[kind]
        for name in found:
            assert len(name) <= length, (kind, name)
            assert re.fullmatch(characters, name), (kind, name)


@given(NAMED | LONG, st.sampled_from([*REGIONS, "edge", "clients"]))
@example(LONGEST, max(REGIONS, key=len))
def test_the_sender_of_e_mails_is_as_long_as_sns_shows_it(hostname, where):
    title = Naming(hostname).title(where)
    assert len(title) <= 100
    assert hostname.startswith(title.removesuffix(f" {where}"))
