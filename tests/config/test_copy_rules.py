import pytest
from config_samples import accept, expect, ids, one

from s3_failover.config import parse
from s3_failover.config.regions import known_regions

EXTERNAL = {"type": "external", "hostname": "assets.cdn.example.net"}


def test_either_engine_of_replication_is_accepted():
    accept(one(replication={"engine": "s3"}))
    accept(one(replication={"engine": "lambda"}))
    assert ids(one(replication={"engine": "rsync"})) == ["CONFIG-VALUE"]


@pytest.mark.parametrize(
    "setting",
    [
        {"two_way": True},
        {"time_control": False},
        {"delete_markers": True},
        {"prefixes": ["_", "docs/"]},
        {"failure_events": True},
    ],
)
def test_settings_of_s3_replication_are_refused_where_a_function_copies(setting):
    (name,) = setting
    expect(one(replication={"engine": "lambda", **setting}), "SITE-LAMBDA-OPTIONS", f"sites.assets.replication.{name}")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("noncurrent_version_days", 30),
        ("encryption", "s3"),
        ("replica_account", "444455556666"),
        ("existing", {"log_buckets": {"us-east-2": "logs"}}),
    ],
)
def test_settings_of_versions_and_keys_are_refused_where_a_function_copies(setting, value):
    changes = {setting: value, "account": "111122223333"}
    accept(one(**changes))
    expect(one(**changes, replication={"engine": "lambda"}), "SITE-LAMBDA-OPTIONS", f"sites.assets.{setting}")


def test_kms_keys_are_refused_where_a_website_must_be_read_by_anybody():
    accept(one(encryption="s3"))
    expect(one(encryption="kms"), "SITE-KMS-WEBSITE-SECONDARY", "sites.assets.encryption", remedy="with credentials")


@pytest.mark.parametrize("prefixes", [[], ["_"], ["_s3-failover/", "docs/", "img-2.0"]])
def test_prefixes_that_copy_the_health_key_are_accepted(prefixes):
    accept(one(replication={"prefixes": prefixes}))


@pytest.mark.parametrize("prefix", ["", "/docs", "do*cs", "a b", "é/", "x" * 101, "${aws:username}"])
def test_a_prefix_that_no_policy_or_alarm_could_hold_is_refused(prefix):
    text = one(replication={"prefixes": [prefix, "_s3-failover/"]})
    expect(text, "SITE-REPLICATION-PREFIX", "sites.assets.replication.prefixes")


@pytest.mark.parametrize("prefixes", [["docs/", "docs/en/"], ["docs/en/", "docs/"]])
def test_a_prefix_that_another_one_covers_is_refused(prefixes):
    text = one(replication={"prefixes": ["_s3-failover/", *prefixes]})
    expect(
        text, "SITE-REPLICATION-PREFIX", "sites.assets.replication.prefixes", got="docs/en/", remedy='"docs/" covers'
    )


def test_the_same_prefix_twice_is_refused():
    assert set(ids(one(replication={"prefixes": ["_", "_"]}))) == {"SITE-REPLICATION-PREFIX"}


def test_prefixes_that_leave_out_the_health_key_are_refused():
    text = one(replication={"prefixes": ["docs/"]})
    remedy = 'add "_s3-failover/health.txt"'
    expect(text, "SITE-REPLICATION-HEALTH-KEY", "sites.assets.replication.prefixes", remedy=remedy)
    accept(one(health_key="docs/ok.txt", replication={"prefixes": ["docs/"]}))


def test_prefixes_that_leave_out_the_maintenance_page_are_refused():
    def page(key):
        return one(replication={"prefixes": ["_", "docs/"]}, cdn={"maintenance_page": key})

    remedy = 'add "later.html"'
    expect(page("later.html"), "SITE-REPLICATION-PAGE", "sites.assets.replication.prefixes", remedy=remedy)
    accept(page("docs/later.html"))


def test_more_rules_than_a_stack_can_watch_are_refused():
    regions = ["us-east-1", "us-east-2", "us-west-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"]
    regions += ["eu-north-1", "sa-east-1", "ap-south-1", "ap-northeast-1"]
    prefixes = ["_", *(f"p{number}/" for number in range(9))]
    accept(one(replica_regions=regions[:10], replication={"prefixes": prefixes}))
    text = one(replica_regions=regions, replication={"prefixes": prefixes})
    expect(text, "SITE-REPLICATION-RULES", "sites.assets.replication.prefixes", expected="got 110")


def test_more_two_way_rules_than_a_template_holds_are_refused():
    def site(count, *prefixes):
        regions = sorted(known_regions() - {"us-east-1"})[:count]
        return one(
            primary_region="us-east-1", replica_regions=regions, replication={"two_way": True, "prefixes": prefixes}
        )

    accept(site(25))
    accept(site(17, "_", "a/"))
    text = site(18, "_", "a/")
    expect(text, "SITE-REPLICATION-RULES", "sites.assets.replication.prefixes", expected="got 684")


def test_kms_keys_are_accepted_where_readers_have_credentials():
    accept(one(encryption="kms", secondary=EXTERNAL))


@pytest.mark.parametrize("existing", [{"primary_bucket": "content"}, {"replica_buckets": {"us-east-2": "copy"}}])
def test_kms_keys_are_refused_for_buckets_of_somebody_else(existing):
    text = one(encryption="kms", secondary=EXTERNAL, existing=existing)
    expect(text, "SITE-KMS-EXISTING", "sites.assets.encryption")


@pytest.mark.parametrize("existing", [{"primary_bucket": "content"}, {"replica_buckets": {"us-east-2": "copy"}}])
def test_two_way_replication_is_refused_with_buckets_of_somebody_else(existing):
    text = one(replication={"two_way": True}, secondary=EXTERNAL, existing=existing)
    expect(text, "SITE-TWO-WAY-EXISTING", "sites.assets.replication.two_way")


def test_two_way_replication_is_accepted_with_a_website_secondary_and_with_log_buckets_that_are_there():
    accept(one(replication={"two_way": True}))
    accept(one(replication={"two_way": True}, existing={"log_buckets": {"us-east-2": "logs"}}))


@pytest.mark.parametrize(
    ("prefixes", "key", "copied"),
    [([], "a", True), (["_", "docs/"], "docs/a", True), (["_", "docs/"], "a", False)],
)
def test_a_site_knows_which_keys_it_copies(prefixes, key, copied):
    (only,) = parse(one(replication={"prefixes": prefixes})).sites
    assert only.copies(key) is copied


ACCOUNTS = {"account": "111111111111", "replica_account": "222222222222"}


def test_replicas_in_another_account_are_accepted():
    accept(one(**ACCOUNTS))
    accept(one(**ACCOUNTS, encryption="kms", secondary=EXTERNAL))


@pytest.mark.parametrize("account", [..., "222222222222"])
def test_a_replica_account_needs_another_account_beside_it(account):
    text = one(**{key: value for key, value in (ACCOUNTS | {"account": account}).items() if value is not ...})
    expect(text, "SITE-REPLICA-ACCOUNT", "sites.assets.replica_account")


def test_a_replica_account_that_is_no_account_is_refused():
    assert ids(one(account="111111111111", replica_account="2222")) == ["SITE-ACCOUNT"]


def test_two_way_replication_with_another_account_is_refused():
    text = one(**ACCOUNTS, replication={"two_way": True})
    expect(text, "SITE-TWO-WAY-ACCOUNTS", "sites.assets.replication.two_way")
