import pytest
from config_samples import accept, expect, one

from s3_failover.config import parse

# Alarms


@pytest.mark.parametrize("email", ["oncall@example.com", "a+b@x.example.co", "a.b@xn--bcher-kva.example"])
def test_an_address_is_accepted_once_on_each_topic(email):
    accept(one(alarms={"critical_emails": [email], "warning_emails": [email]}))


@pytest.mark.parametrize(
    "email",
    [
        "",
        "oncall",
        "@example.com",
        "a@b",
        "a@-.com",
        "a@b..com",
        "a b@example.com",
        "On Call <a@example.com>",
        "a@b@c.com\n",
    ],
)
def test_an_address_that_nobody_gets_is_refused(email):
    expect(one(alarms={"warning_emails": [email]}), "SITE-ALARM-EMAIL", "sites.assets.alarms.warning_emails")


def test_an_address_that_is_listed_twice_is_refused():
    emails = ["a@example.com", "a@example.com"]
    text = one(alarms={"critical_emails": emails})
    expect(text, "SITE-ALARM-EMAIL", "sites.assets.alarms.critical_emails", expected="each address once")


CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/1"
PAGERDUTY = "https://events.pagerduty.com/integration/0a1b2c/enqueue"


@pytest.mark.parametrize(
    "address",
    [
        PAGERDUTY,
        "https://events.eu.pagerduty.com/integration/R0/enqueue",
        "https://hooks.example.com",
        "https://a.example.com:8443/sns?x=1",
    ],
)
def test_an_https_endpoint_is_accepted_for_each_severity(address):
    accept(one(alarms={"critical_endpoints": [address], "warning_endpoints": [address]}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://hooks.example.com",
        "https://user:secret@hooks.example.com/",
        "https://hooks",
        "https://10.0.0.1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/#a",
        "https://events.pagerduty.com/v2/enqueue",
        "https://events.pagerduty.com/integration/KEY/enqueue/",
        f"https://hooks.example.com/{'x' * 2048}",
    ],
)
def test_an_endpoint_that_sns_cannot_use_is_refused(address):
    expect(one(alarms={"warning_endpoints": [address]}), "SITE-ALARM-ENDPOINT", "sites.assets.alarms.warning_endpoints")


def test_an_endpoint_that_is_listed_twice_is_refused():
    text = one(alarms={"critical_endpoints": [PAGERDUTY, PAGERDUTY]})
    expect(text, "SITE-ALARM-ENDPOINT", "sites.assets.alarms.critical_endpoints", expected="each address once")


def topic(region, name="ops"):
    return f"arn:aws:sns:{region}:111111111111:{name}"


EVERYWHERE = [topic("us-east-1"), topic("us-west-2"), topic("us-east-2")]


def test_a_topic_in_each_region_with_alarms_of_its_severity_is_accepted():
    accept(one(alarms={"critical_topics": [topic("us-east-1")], "warning_topics": EVERYWHERE}))
    accept(one(alarms={"critical_topics": [topic("us-east-1"), topic("us-east-2")]}, clients={}))


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "ops",
        "arn:aws:sqs:us-east-1:111111111111:ops",
        "arn:aws-us-gov:sns:us-gov-west-1:111111111111:ops",
        "arn:aws:sns:us-east-1:1:ops",
        "arn:aws:sns:us-east-1:111111111111:ops.fifo",
        "arn:aws:sns:us-east-1:111111111111:ops:0a1b",
    ],
)
def test_what_is_no_arn_of_a_standard_topic_is_refused(arn):
    expect(one(alarms={"warning_topics": [arn]}), "SITE-ALARM-TOPIC", "sites.assets.alarms.warning_topics")


@pytest.mark.parametrize(("severity", "region"), [("warning", "eu-west-1"), ("critical", "us-east-2")])
def test_a_topic_where_the_site_has_no_such_alarm_is_refused(severity, region):
    text = one(alarms={f"{severity}_topics": [topic(region)]})
    expect(text, "SITE-ALARM-TOPIC-REGION", f"sites.assets.alarms.{severity}_topics", expected="us-east-1")


def test_more_topics_of_a_region_than_an_alarm_has_actions_are_refused():
    topics = [topic("us-east-1", f"ops-{index}") for index in range(5)]
    accept(one(alarms={"critical_topics": topics[:4]}))
    text = one(alarms={"critical_topics": topics})
    expect(
        text, "SITE-ALARM-TOPIC-REGION", "sites.assets.alarms.critical_topics", expected="at most 4 topics of us-east-1"
    )


def test_a_region_whose_alarms_would_have_no_recipient_is_refused():
    two = {"warning_topics": EVERYWHERE[:2]}
    text = one(alarms=two)
    expect(text, "SITE-ALARM-TOPIC-MISSING", "sites.assets.alarms.warning_topics", expected="a topic in us-east-2 too")
    accept(one(alarms={**two, "warning_emails": ["team@example.com"]}))
    accept(one(alarms={**two, "warning_endpoints": [PAGERDUTY]}))


# Clients


def test_clients_may_take_all_defaults():
    accept(one(clients={}))


@pytest.mark.parametrize("service", ["ivr", "a:b", "x" * 255, "web (blue) #1"])
def test_a_service_that_cloudwatch_takes_as_a_dimension_is_accepted(service):
    accept(one(clients={"service": service}))


@pytest.mark.parametrize("service", ["", " ", ":ivr", "x" * 256, "größe", "ivr\n", "a\tb", "\x7f"])
def test_a_service_that_cloudwatch_refuses_as_a_dimension_is_refused(service):
    expect(one(clients={"service": service}), "SITE-CLIENT-SERVICE", "sites.assets.clients.service", remedy="assets")


@pytest.mark.parametrize("region", ["us-east-2", "sa-east-1"])
def test_client_alarms_may_live_in_a_replica_region_or_in_one_without_a_copy(region):
    accept(one(clients={"alarm_region": region}))


@pytest.mark.parametrize("region", ["", "us-west-9", "us-gov-west-1"])
def test_client_alarms_in_a_region_that_does_not_exist_are_refused(region):
    expect(one(clients={"alarm_region": region}), "SITE-REGION", "sites.assets.clients.alarm_region")


def test_client_alarms_in_the_primary_region_are_refused_because_they_are_lost_with_it():
    text = one(clients={"alarm_region": "us-west-2"})
    expect(text, "SITE-CLIENT-ALARM-REGION", "sites.assets.clients.alarm_region", remedy="the last replica region")


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_a_fleet_may_have_any_size_and_its_threshold_shrinks_with_it(size):
    (assets,) = parse(one(clients={"fleet_size": size})).sites
    assert assets.clients.warning_threshold == min(size, 3)


def test_a_threshold_that_somebody_chose_must_fit_the_fleet_that_somebody_counted():
    accept(one(clients={"failing_hosts": 5}))
    accept(one(clients={"failing_hosts": 5, "fleet_size": 5}))
    text = one(clients={"failing_hosts": 3, "fleet_size": 2})
    expect(text, "SITE-CLIENT-FLEET", "sites.assets.clients.failing_hosts", expected="at most the 2 of fleet_size")


# What alarms say


@pytest.mark.parametrize(
    "address",
    ["https://wiki.example.com", "https://wiki.example.com:8443/ops/failover", "http://wiki.example.com/?page=1"],
)
def test_an_address_of_a_runbook_is_accepted(address):
    accept(one(alarms={"runbook": address}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "runbook",
        "wiki.example.com/failover",
        "ftp://wiki.example.com",
        "https://wiki.example.com/#top",
        "https://wiki.example.com/a b",
        "https://-/",
        f"https://wiki.example.com/{'x' * 300}",
    ],
)
def test_an_address_that_a_reader_cannot_open_is_refused(address):
    expect(one(alarms={"runbook": address}), "SITE-ALARM-RUNBOOK", "sites.assets.alarms.runbook")


# The second monitor


def test_the_monitor_lives_in_the_first_replica_region_that_is_not_us_east_1():
    for replicas, expected in ((["us-east-2"], "us-east-2"), (["us-east-1", "eu-west-1", "us-east-2"], "eu-west-1")):
        (site,) = parse(one(replica_regions=replicas, alarms={"monitor": True})).sites
        assert site.monitor_region == expected
    (site,) = parse(one()).sites
    assert site.monitor_region is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"replica_regions": ["us-east-1"]}, "other than us-east-1"), ({"replication": {"engine": "lambda"}}, "engine")],
)
def test_a_monitor_that_would_be_lost_with_the_other_alarms_or_has_no_topics_is_refused(changes, expected):
    text = one(alarms={"monitor": True}, **changes)
    expect(text, "SITE-ALARM-MONITOR", "sites.assets.alarms.monitor", expected=expected)


WEBSITE = "http://assets.example.com.s3-website.us-east-2.amazonaws.com/_s3-failover/health.txt"
OWN = "://assets.example.com/_s3-failover/health.txt"


@pytest.mark.parametrize(
    ("changes", "addresses"),
    [
        ({}, [f"http{OWN}", WEBSITE]),
        ({"mode": "hybrid"}, [f"https{OWN}", WEBSITE]),
        (
            {"secondary": {"type": "external", "hostname": "cdn.example.net"}},
            [f"https{OWN}", "https://cdn.example.net/_s3-failover/health.txt"],
        ),
        ({"record_name": "live.example.com", "certificate_arn": CERTIFICATE}, [WEBSITE]),
        ({"hosted_zone": {"create": True, "name": "example.com"}, "certificate_arn": CERTIFICATE}, [WEBSITE]),
    ],
)
def test_the_monitor_asks_by_what_both_legs_speak_and_by_no_name_that_a_person_leads_here(changes, addresses):
    (site,) = parse(one(**changes)).sites
    assert list(site.health_addresses) == addresses
