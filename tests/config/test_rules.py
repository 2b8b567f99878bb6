from pathlib import Path

import pytest
from config_samples import accept, expect, findings, ids, many, one, site

from s3_failover.config import StackRole, parse
from s3_failover.config.catalogue import rules


def test_ids_are_unique_and_have_a_reason():
    ids_ = [rule.id for rule in rules()]
    assert len(ids_) == len(set(ids_)) >= 25
    assert all(rule.reason.strip() and "\n" not in rule.reason for rule in rules())


def test_every_rule_has_a_test():
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert [rule.id for rule in rules() if f'"{rule.id}"' not in tests] == []


def test_the_shortest_site_is_accepted():
    accept(one())


# Names


@pytest.mark.parametrize("name", ["a", "assets-2", "a" * 32])
def test_a_plain_site_name_is_accepted(name):
    accept(many(**{name: site()}))


@pytest.mark.parametrize("name", ["", "Assets", "2assets", "a.b", "a b", "a" * 33, "a\n"])
def test_a_site_name_that_is_no_plain_argument_is_refused(name):
    assert ids(many(**{name: site()})) == ["SITE-NAME"]


@pytest.mark.parametrize("hostname", ["a.example.com", "a-b.example.com", "1.example.com", "a.b.c.example.com"])
def test_a_hostname_is_accepted(hostname):
    accept(one(hostname=hostname))


@pytest.mark.parametrize(
    "hostname",
    [
        "",
        "localhost",
        "Assets.example.com",
        "assets.example.com.",
        "https://assets.example.com",
        "*.example.com",
        "assets_1.example.com",
        "-a.example.com",
        "a-.example.com",
        "a..example.com",
        "assets.example.com\n",
        "bücher.example.com",
        "192.0.2.1",
        "999.999.999.999",
        "assets.example.1",
        f"{'a' * 64}.example.com",
        ".".join(["a" * 60] * 5),
    ],
)
def test_a_hostname_that_is_none_is_refused_once(hostname):
    expect(one(hostname=hostname), "SITE-HOSTNAME", "sites.assets.hostname")


@pytest.mark.parametrize("written", ["https://Assets.example.com/a?b", "*.assets.example.com", "ASSETS.example.com."])
def test_the_hostname_that_was_meant_is_suggested(written):
    expect(one(hostname=written), "SITE-HOSTNAME", "sites.assets.hostname", remedy="write assets.example.com")


def test_the_longest_hostname_that_is_a_bucket_name_is_accepted():
    accept(one(hostname=f"{'a' * 51}.example.com"))


@pytest.mark.parametrize("hostname", [f"{'a' * 52}.example.com", "xn--bcher-kva.example.com", "sthree-a.example.com"])
def test_a_hostname_that_is_no_bucket_name_is_refused_because_s3_goes_by_the_host_header(hostname):
    expect(one(hostname=hostname), "SITE-WEBSITE-BUCKET-NAME", "sites.assets.hostname")


@pytest.mark.parametrize("name", ["abc", "my-bucket", "0" * 63])
def test_a_primary_bucket_name_is_accepted(name):
    accept(one(primary_bucket=name))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ab", "3 to 63 characters, not 2"),
        ("a" * 64, "3 to 63 characters, not 64"),
        ("Bucket", "lower-case"),
        ("-bucket", "lower-case"),
        ("a..b", "lower-case"),
        ("my.bucket", "no dots"),
        ("192.0.2.1", "not the form of an IP address"),
        ("xn--bucket", "not starting with xn--"),
        ("amzn-s3-demo-a", "not starting with amzn-s3-demo-"),
        ("bucket-s3alias", "not ending with -s3alias"),
        ("bucket-111122223333-us-east-1-an", "not ending with -an"),
        ("assets.example.com", "not the hostname"),
    ],
)
def test_a_primary_bucket_name_that_s3_or_tls_refuses_is_refused(name, problem):
    expect(one(primary_bucket=name), "SITE-PRIMARY-BUCKET-NAME", "sites.assets.primary_bucket", expected=problem)


def test_a_primary_bucket_named_like_a_log_bucket_of_the_site_is_refused():
    name = "assets-example-com-primarylogs-111122223333-us-west-2"
    text = one(primary_bucket=name, account="111122223333")
    expect(text, "SITE-PRIMARY-BUCKET-NAME", "sites.assets.primary_bucket", expected="another bucket of this site")


def test_a_primary_bucket_named_like_the_replica_is_refused():
    name = "assets-example-com-replica-111122223333-us-east-2"
    text = one(primary_bucket=name, account="111122223333", secondary={"type": "https"})
    expect(text, "SITE-PRIMARY-BUCKET-NAME", "sites.assets.primary_bucket", expected="another bucket of this site")


@pytest.mark.parametrize(("name", "is_offered"), [("assets.example.com", True), ("Bucket", False)])
def test_another_secondary_is_offered_where_it_lets_a_primary_bucket_keep_its_name(name, is_offered):
    (finding,) = findings(one(primary_bucket=name))
    assert ("or choose secondary" in finding.remedy) == is_offered


# Regions and account


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "mx-central-1"])
def test_a_commercial_region_is_accepted(region):
    accept(one(primary_region=region))
    accept(one(replica_regions=[region]))


@pytest.mark.parametrize(
    "region", ["", "us-east-9", "US-EAST-1", "us-gov-west-1", "cn-north-1", "aws-global", "us-east-1a"]
)
def test_a_region_outside_the_commercial_partition_is_refused(region):
    expect(one(primary_region=region), "SITE-REGION", "sites.assets.primary_region")
    expect(one(replica_regions=["us-east-2", region]), "SITE-REGION", "sites.assets.replica_regions")


@pytest.mark.parametrize(
    "replicas", [["us-west-2"], ["us-east-2", "us-west-2"], ["us-east-2", "us-east-2"], ["us-west-2", "us-west-2"]]
)
def test_a_region_named_twice_is_refused_because_it_is_lost_once(replicas):
    expect(one(replica_regions=replicas), "SITE-REGIONS-DISTINCT", "sites.assets.replica_regions")


def test_an_account_of_twelve_digits_is_accepted():
    accept(one(account="012345678901"))


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "1234-5678-9012", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_an_account_that_is_not_twelve_digits_is_refused(account):
    expect(one(account=account), "SITE-ACCOUNT", "sites.assets.account")


# Distribution


def test_a_certificate_in_us_east_1_is_accepted():
    accept(one(certificate_arn="arn:aws:acm:us-east-1:111122223333:certificate/0f-1e"))


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:acm:us-west-2:111122223333:certificate/0f-1e",
        "arn:aws:iam::111122223333:server-certificate/a",
        "arn:aws-cn:acm:us-east-1:111122223333:certificate/0f",
    ],
)
def test_a_certificate_elsewhere_is_refused_because_cloudfront_cannot_use_it(arn):
    expect(one(certificate_arn=arn), "SITE-CERTIFICATE", "sites.assets.certificate_arn")


LONG = f"{'a' * 63}.{'b' * 60}.example.com"
EXTERNAL = {"type": "external", "hostname": "assets.cdn.example.net"}
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/0f-1e"


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"CostCenter": "1234"},
        {"Name": "shop", "owner": "team@example.com", "path": "a/b=c+d-e_f.g:h i", "Straße": "Nº 7"},
        {"k" * 128: "v" * 256},
        {"k": "v"},
        {f"tag-{number}": "x" for number in range(8)},
        {"awsome": "x", "s3-failover": "x"},
    ],
)
def test_tags_that_every_service_takes_are_accepted(tags):
    accept(one(tags=tags))


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"": "x"}, "1 to 128 characters"),
        ({"k" * 129: "x"}, "1 to 128 characters"),
        ({"a,b": "x"}, "letters, digits"),
        ({" a": "x"}, "no space at either end"),
        ({"key": ""}, "1 to 256 characters"),
        ({"key": "v" * 257}, "1 to 256 characters"),
        ({"key": "a;b"}, "letters, digits"),
        ({"key": "two\nlines"}, "letters, digits"),
        ({"aws:cloudformation:stack-name": "x"}, "neither aws: nor s3-failover:"),
        ({"AWS:x": "x"}, "neither aws: nor s3-failover:"),
        ({"s3-failover:site": "x"}, "neither aws: nor s3-failover:"),
        ({"S3-Failover:Role": "x"}, "neither aws: nor s3-failover:"),
        ({"owner": "x", "Owner": "y"}, "more than capitals"),
        ({f"tag-{number}": "x" for number in range(9)}, "at most 8 tags, not 9"),
    ],
)
def test_a_tag_that_some_service_refuses_is_refused(tags, problem):
    expect(one(tags=tags), "SITE-TAG", "sites.assets.tags", expected=problem)


def test_a_tag_is_a_string():
    assert ids(one(tags={"CostCenter": 1234})) == ["CONFIG-VALUE"]


def test_a_certificate_is_made_for_64_characters():
    accept(one(hostname=f"{'a' * 52}.example.com", secondary=EXTERNAL))


@pytest.mark.parametrize(
    ("hostname", "secondary"), [(f"{'a' * 53}.example.com", EXTERNAL), (LONG, EXTERNAL), (LONG, {"type": "https"})]
)
def test_a_hostname_is_refused_that_acm_makes_no_certificate_for(hostname, secondary):
    text = one(hostname=hostname, secondary=secondary)
    assert "SITE-CERTIFICATE-HOSTNAME" in ids(text)
    finding = next(each for each in findings(text) if each.id == "SITE-CERTIFICATE-HOSTNAME")
    assert finding.where == "sites.assets.hostname"
    assert f"not {len(hostname)}" in finding.expected
    assert ("secondary.certificate_arn" in finding.remedy) is (secondary is not EXTERNAL)


def test_a_long_hostname_is_accepted_with_a_certificate_that_is_there():
    accept(one(hostname=LONG, secondary=EXTERNAL, certificate_arn=ARN))


def test_a_long_hostname_needs_a_certificate_for_the_https_secondary_too():
    hostname = f"{'a' * 30}.{'b' * 50}.example.com"
    text = one(hostname=hostname, secondary={"type": "https"}, certificate_arn=ARN)
    expect(text, "SITE-CERTIFICATE-HOSTNAME", "sites.assets.hostname", remedy="in secondary.certificate_arn")


def test_a_distribution_id_is_accepted():
    accept(one(distribution_id="E2QWRUHAPOMQZL"))


@pytest.mark.parametrize("value", ["", "E", "d111111abcdef8.cloudfront.net", "e2qwruhapomqzl", "E*******"])
def test_a_distribution_id_that_cloudfront_does_not_give_is_refused(value):
    expect(one(distribution_id=value), "SITE-DISTRIBUTION-ID", "sites.assets.distribution_id")


@pytest.mark.parametrize("regions", [[], ["us-west-2"], ["eu-west-1", "us-west-2", "us-east-2"]])
def test_regions_of_the_site_may_be_protected(regions):
    accept(one(replica_regions=["us-east-2", "eu-west-1"], protected_regions=regions))


@pytest.mark.parametrize("region", ["", "us-east-1", "eu-west-1", "US-WEST-2"])
def test_a_region_without_a_bucket_cannot_be_protected_not_even_the_edges(region):
    text = one(protected_regions=["us-west-2", region])
    expect(text, "SITE-PROTECTED-REGION", "sites.assets.protected_regions", got=f'"{region}"', expected='"us-east-2"')


def test_a_region_whose_bucket_was_there_before_has_no_stack_to_protect():
    existing = {"replica_buckets": {"us-east-2": "assets.example.com"}}
    text = one(existing=existing, protected_regions=["us-east-2"])
    expect(text, "SITE-PROTECTED-REGION", "sites.assets.protected_regions", expected='"us-west-2"')


def test_a_region_that_is_protected_twice_is_refused():
    text = one(protected_regions=["us-west-2", "us-east-2", "us-west-2"])
    expect(text, "SITE-PROTECTED-REGION", "sites.assets.protected_regions", got='"us-west-2"', expected="once")


# Between sites


def test_two_sites_with_one_hostname_are_refused_with_one_finding():
    text = many(a=site(), b=site())
    expect(text, "SITES-HOSTNAME-UNIQUE", "sites.b.hostname", remedy="sites.a")


def test_two_sites_in_one_zone_are_accepted():
    accept(many(a=site(), b=site(hostname="b.example.com")))


def test_two_sites_with_one_primary_bucket_are_refused():
    a, b = site(primary_bucket="content"), site(primary_bucket="content", hostname="b.example.com")
    expect(many(a=a, b=b), "SITES-BUCKET-UNIQUE", "sites.b.primary_bucket", remedy="sites.a")


@pytest.mark.parametrize("order", [1, -1])
def test_a_primary_bucket_that_has_the_computed_name_of_another_sites_bucket_is_refused(order):
    name = "assets-example-com-websitelogs-111122223333-us-east-2"
    sites = {"a": site(account="111122223333"), "b": site(primary_bucket=name, hostname="b.example.com")}
    text = many(**dict(list(sites.items())[::order]))
    expect(text, "SITES-BUCKET-UNIQUE", "sites.b.primary_bucket", remedy="sites.a")


def test_two_sites_whose_hosts_publish_the_same_metrics_are_refused():
    a, b = site(clients={"service": "ivr"}), site(clients={"service": "ivr"}, hostname="b.example.com")
    expect(many(a=a, b=b), "SITES-CLIENTS-UNIQUE", "sites.b.clients.service", remedy="sites.a")


def test_a_service_named_like_another_sites_hostname_is_refused():
    a, b = site(clients={}), site(clients={"service": "assets.example.com"}, hostname="b.example.com")
    expect(many(a=a, b=b), "SITES-CLIENTS-UNIQUE", "sites.b.clients.service", got='"assets.example.com"')


def test_a_service_named_like_another_sites_table_is_accepted():
    accept(many(a=site(clients={}), b=site(clients={"service": "a"}, hostname="b.example.com")))


@pytest.mark.parametrize(
    "changes", [{"clients": {}}, {"clients": {"service": "ivr", "alarm_region": "sa-east-1"}}, {"clients": ...}]
)
def test_two_sites_with_other_services_or_alarm_regions_are_accepted(changes):
    a = site(clients={"service": "ivr"})
    accept(many(a=a, b=site(**{"hostname": "b.example.com", **changes})))


def test_two_sites_in_two_accounts_may_have_one_service():
    both = [site(clients={"service": "ivr"}, account=digit * 12, hostname=f"{digit}.example.com") for digit in "12"]
    accept(many(a=both[0], b=both[1]))


# Stacks


@pytest.mark.parametrize("prefix", ["", "1web", "web-", "we--b", "web_1", "a" * 81])
def test_a_prefix_that_no_stack_can_have_is_refused(prefix):
    expect(one(stack_prefix=prefix), "SITE-STACK-PREFIX", "sites.assets.stack_prefix")


@pytest.mark.parametrize("prefix", ["web", "Acme-Web-2", "a" * 80])
def test_a_prefix_of_stacks_is_part_of_their_names(prefix):
    (made,) = parse(one(stack_prefix=prefix)).sites
    assert made.naming.stack(StackRole.EDGE, "us-east-1") == f"{prefix}-edge-us-east-1"
    assert len(made.naming.stack(StackRole.EXISTING_PRIMARY, "ap-southeast-1")) <= 128


def test_two_sites_whose_stacks_would_have_one_name_are_refused():
    same = many(a=site(stack_prefix="web"), b=site(hostname="b.example.com", stack_prefix="web"))
    (finding,) = findings(same)
    assert (finding.id, finding.where) == ("SITES-STACKS-UNIQUE", "sites.b.stack_prefix")
    default = many(a=site(stack_prefix="s3-failover-b-example-com"), b=site(hostname="b.example.com"))
    (finding,) = findings(default)
    assert (finding.id, finding.where) == ("SITES-STACKS-UNIQUE", "sites.a.stack_prefix")
