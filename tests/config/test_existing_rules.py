import pytest
from config_samples import findings, ids, many, one, site

from s3_failover.config import StackRole, parse


def expect(text, rule_id, where, **parts):
    """Assert that a text has exactly one finding, of this rule, at this place."""
    (finding,) = findings(text)
    assert (finding.id, finding.where) == (rule_id, f"sites.assets.{where}")
    for part, words in parts.items():
        assert words in getattr(finding, part)


def having(**existing):
    return one(existing=existing, replica_regions=["us-east-2", "eu-west-1"])


def test_existing_buckets_are_accepted_and_used_under_their_names():
    text = having(
        primary_bucket="content",
        replica_buckets={"us-east-2": "assets.example.com", "eu-west-1": "copy"},
        log_buckets={"us-west-2": "logs", "eu-west-1": "logs-eu"},
        cdn_log_bucket="logs",
    )
    (only,) = parse(text).sites
    names = only.names("123456789012")
    assert (names.primary, names.replica("us-east-2"), names.replica("eu-west-1")) == (
        "content",
        "assets.example.com",
        "copy",
    )
    logs = (names.access_logs(StackRole.PRIMARY, "us-west-2"), names.access_logs(StackRole.REPLICA, "eu-west-1"))
    assert (*logs, names.cdn_logs) == ("logs", "logs-eu", "logs")
    website = names.access_logs(StackRole.WEBSITE, "us-east-2")
    assert website == "assets-example-com-websitelogs-123456789012-us-east-2"


def test_a_primary_bucket_that_is_both_there_and_made_is_refused():
    text = one(primary_bucket="content", existing={"primary_bucket": "content"})
    expect(text, "SITE-EXISTING-OR-OURS", "primary_bucket")


@pytest.mark.parametrize("name", ["assets.example.com", "a..b", "UPPER", "x"])
def test_an_existing_primary_bucket_that_s3_or_the_website_refuses_is_refused(name):
    expect(having(primary_bucket=name), "SITE-PRIMARY-BUCKET-NAME", "existing.primary_bucket")


@pytest.mark.parametrize("secondary", [{"type": "https"}, {"type": "external", "hostname": "cdn.example.org"}])
def test_an_existing_primary_bucket_may_bear_the_hostname_where_no_website_does(secondary):
    (found,) = parse(one(existing={"primary_bucket": "assets.example.com"}, secondary=secondary)).sites
    assert found.names("111122223333").primary == "assets.example.com"


def test_an_existing_primary_bucket_may_have_dots():
    parse(having(primary_bucket="content.of.old"))


@pytest.mark.parametrize(
    ("setting", "region"), [("replica_buckets", "us-west-2"), ("replica_buckets", "x"), ("log_buckets", "ap-south-1")]
)
def test_a_bucket_in_a_region_that_the_site_does_not_use_is_refused(setting, region):
    expect(having(**{setting: {region: "bucket"}}), "SITE-EXISTING-REGION", f"existing.{setting}", got=region)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("replica_buckets", {"eu-west-1": "UPPER"}), ("log_buckets", {"eu-west-1": "x"}), ("cdn_log_bucket", "a..b")],
)
def test_an_existing_bucket_that_is_none_of_s3s_is_refused(setting, value):
    expect(having(**{setting: value}), "SITE-EXISTING-BUCKET", f"existing.{setting}")


@pytest.mark.parametrize(
    "existing",
    [
        {"primary_bucket": "same", "replica_buckets": {"eu-west-1": "same"}},
        {"primary_bucket": "same", "log_buckets": {"us-west-2": "same"}},
        {"replica_buckets": {"eu-west-1": "same"}, "cdn_log_bucket": "same"},
    ],
)
def test_one_bucket_for_two_purposes_is_refused(existing):
    expect(having(**existing), "SITE-EXISTING-DISTINCT", "existing", got="same")


def test_an_existing_website_under_another_name_than_the_hostname_is_refused():
    text = having(replica_buckets={"us-east-2": "copy"})
    expect(text, "SITE-EXISTING-WEBSITE", "existing.replica_buckets", expected="assets.example.com")


def test_the_first_replica_is_named_freely_where_it_is_no_website():
    text = one(
        existing={"replica_buckets": {"us-east-2": "copy"}},
        secondary={"type": "external", "hostname": "x.cdn.example.net"},
    )
    assert findings(text) == []


@pytest.mark.parametrize(
    "existing",
    [{"primary_bucket": "content"}, {"replica_buckets": {"us-east-2": "content"}}],
    ids=lambda e: next(iter(e)),
)
def test_two_sites_with_the_same_content_bucket_are_refused(existing):
    secondary = {"type": "external", "hostname": "x.cdn.example.net"}
    text = many(
        a=site(existing=existing, secondary=secondary),
        b=site(existing=existing, hostname="b.example.com", secondary=secondary),
    )
    assert ids(text) == ["SITES-BUCKET-UNIQUE"]


def test_two_sites_may_share_a_log_bucket():
    existing = {"log_buckets": {"us-west-2": "logs"}, "cdn_log_bucket": "logs"}
    assert findings(many(a=site(existing=existing), b=site(existing=existing, hostname="b.example.com"))) == []


@pytest.mark.parametrize("value", [1, "copy", ["copy"], {"us-east-2": 1}])
def test_buckets_by_region_that_are_no_table_of_strings_are_refused(value):
    (finding,) = findings(having(log_buckets=value))
    assert (finding.id, finding.where) == ("CONFIG-VALUE", "sites.assets.existing.log_buckets")
    assert finding.expected == "a table of strings"


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("access_log_days", {"access_log_days": 7}),
        ("existing.log_buckets", {"existing": {"log_buckets": {"us-west-2": "logs"}}}),
        ("existing.cdn_log_bucket", {"existing": {"cdn_log_bucket": "logs"}}),
        ("cdn.log_prefix", {"cdn": {"log_prefix": "web"}}),
    ],
)
def test_settings_of_logs_beside_none_are_refused(where, changes):
    (finding,) = findings(one(access_logs=False, **changes))
    assert (finding.id, finding.where) == ("SITE-ACCESS-LOGS", f"sites.assets.{where}")


def test_a_site_without_access_logs_is_accepted():
    assert findings(one(access_logs=False)) == []
