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
