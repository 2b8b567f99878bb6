"""What a site is charged for: how settings and usage change the items."""

from decimal import Decimal

import pytest
from sites import site

from s3_failover.operations.cost.inventory import inventory
from s3_failover.operations.cost.items import Items, Options
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.usage import told

MONTHLY_CHECKS = 15 * 120 * 730
"""Requests of fifteen checkers that ask every thirty seconds, in a month of 730 hours."""


def items(of, *, options=None, **given):
    found = Items(of, inventory(of), told(given), options or Options()).all()
    return {(item.what, item.place): item for item in found}


def value(of, what, place, **given):
    return items(of, **given)[what, place].quantity.value


def prices(of, **given):
    return {item.price for item in items(of, **given).values() if item.quantity.value}


def test_health_checkers_read_the_primary_twice_and_the_secondary_once():
    nothing = {"viewer_requests": "0", "publishes": "0"}
    assert value(site(), "primary: reads", "eu-west-1", **nothing) == 2 * MONTHLY_CHECKS
    assert value(site(), "replica: reads", "eu-central-1", **nothing) == MONTHLY_CHECKS
    assert value(site(), "requests, HTTPS", "us", **nothing) == MONTHLY_CHECKS


def test_fast_checkers_ask_three_times_as_often():
    of = site(more="health_check_interval = 10")
    assert value(of, "replica: reads", "eu-central-1") == 3 * MONTHLY_CHECKS
    assert value(of, "health check option fast, AWS endpoints", "everywhere") == 3


def test_only_what_the_cdn_has_not_cached_is_read_from_the_primary():
    given = {"viewer_requests": "1000", "cache_hits": "0.9", "publishes": "0"}
    assert value(site(), "primary: reads", "eu-west-1", **given) == 2 * MONTHLY_CHECKS + 100
    uncached = site(more='cdn = { cache_policy = "disabled" }')
    assert value(uncached, "primary: reads", "eu-west-1", **given) == 2 * MONTHLY_CHECKS + 1000


def test_checks_of_another_provider_are_none_of_aws():
    of = site(more='secondary = { type = "external", hostname = "shop.cdn.example.net" }')
    assert value(of, "health checks, other endpoints", "everywhere") == 1
    assert value(of, "health check option https, other endpoints", "everywhere") == 1


def test_whether_distributions_and_calculated_checks_are_aws_endpoints_can_be_said():
    counted = items(site(), options=Options(unverified_aws=False))
    assert counted["health checks, AWS endpoints", "everywhere"].quantity.value == 2
    assert counted["health checks, other endpoints", "everywhere"].quantity.value == 2


def test_aliases_at_an_apex_are_asked_for_nothing():
    found = items(site(hostname="example.com"), dns_queries="5000000")
    assert found["DNS queries, aliases", "everywhere"].quantity.value == 0
    assert value(site(), "DNS queries, CNAMEs", "everywhere", dns_queries="5000000") == 5_000_000


def test_a_zone_is_charged_where_it_is_made():
    assert value(site(zone='name = "example.com", create = true'), "hosted zone", "everywhere") == 1
    assert value(site(), "hosted zone", "everywhere") == 0


def test_what_changes_is_transferred_and_put_into_every_replica():
    of = site(replicas=2)
    assert value(of, "replication to ap-south-1", "eu-west-1", changed_gb="7") == 7
    assert value(of, "replica: replication PUTs", "ap-south-1", changed_objects="70") == 70
    assert "replication-time-control" not in prices(of)
    timed = site(replicas=2, more="replication = { time_control = true }")
    assert value(timed, "Replication Time Control", "eu-west-1", changed_gb="7") == 14


@pytest.mark.parametrize(
    ("primary", "price"), [("us-east-1", "region-transfer-virginia-ohio"), ("us-west-2", "region-transfer")]
)
def test_between_virginia_and_ohio_transfer_has_a_price_of_its_own(primary, price):
    of = site(primary=primary).model_copy(update={"replica_regions": ("us-east-2",)})
    assert items(of)["replication to us-east-2", primary].price == price


def test_old_versions_are_kept_as_long_as_the_site_wants():
    given = {"changed_gb": "10", "overwritten": "0.5"}
    found = value(site(more="noncurrent_version_days = 365"), "primary: storage, old versions", "eu-west-1", **given)
    assert round(found, 6) == Decimal(60)
    unversioned = site(more='replication = { engine = "lambda" }')
    assert ("primary: storage, old versions", "eu-west-1") not in items(unversioned)


def test_clients_cost_only_where_there_are_some():
    assert "metric-requests" not in prices(site())
    with_clients = site(replicas=2, more="clients = {}")
    assert value(with_clients, "metrics of clients", "ap-south-1") == 6 * 3 + 5
    assert value(with_clients, "reports of clients", "ap-south-1", hosts="2") == 2 * 730 * 60
    assert value(with_clients, "metrics of clients", "ap-south-1", hosts="0") == 0


def test_an_https_secondary_is_asked_by_health_checkers_alone():
    found = items(site(more='secondary = { type = "https" }'))
    assert found["https secondary", "eu-central-1"].quantity.value == MONTHLY_CHECKS
    assert {"http-api", "lambda-arm", "lambda-requests", "log-ingestion"} <= prices(
        site(more='secondary = { type = "https" }')
    )
    assert not {"http-api", "lambda-requests"} & prices(site())


def test_a_function_that_copies_has_a_queue_calls_and_listings():
    of = site(replicas=2, more='replication = { engine = "lambda" }')
    assert {"queue-requests", "lambda-x86", "lambda-requests"} <= prices(of)
    lists = value(of, "event replication: PUT and LIST", "eu-west-1", objects="100000")
    assert round(lists) == round(100 * 4 * 730 / 24)
    assert round(value(of, "event replication: PUT and LIST", "ap-south-1", objects="0", changed_objects="9")) == 9


def test_keys_of_the_content_are_charged_with_kms():
    assert value(site(), "keys of alarm topics", "us-east-1") == 1
    of = site(more='encryption = "kms"\nsecondary = { type = "https" }')
    assert value(of, "key of the content", "eu-central-1") == 1
    assert ("key of the content", "eu-central-1") not in items(site())


def test_functions_of_the_distribution_run_for_every_viewer():
    assert value(site(), "functions", "everywhere", viewer_requests="1000") == 1000
    redirecting = site(more="cdn = { object_redirects = true }")
    assert value(redirecting, "functions", "everywhere", viewer_requests="1000") == 2000
    assert "cdn-functions" not in prices(site(more='cdn = { directories = "off" }'))


def test_messages_go_to_every_address():
    of = site(
        more='alarms = { warning_emails = ["a@example.com"], critical_emails = ["a@example.com", "b@example.com"] }'
    )
    assert value(of, "e-mails of alarms", "us-east-1", alarm_messages="5") == 10
    assert "notification-email" not in prices(site())


def test_a_line_says_where_its_quantity_comes_from():
    found = items(site(), stored_gb="5")
    assert found["primary: storage", "eu-west-1"].quantity.basis is Basis.GIVEN
    assert found["DNS queries, CNAMEs", "everywhere"].quantity.basis is Basis.ASSUMED
    assert found["alarms", "us-east-1"].quantity.basis is Basis.COUNTED


def test_services_are_not_interrupted():
    for of in (site(), site(more='secondary = { type = "https" }')):
        services = [item.service for item in items(of).values()]
        assert services == sorted(services, key=services.index)


def test_what_buckets_of_others_log_is_theirs():
    of = site(
        replicas=2, more='existing = { primary_bucket = "there", replica_buckets = { ap-south-1 = "there-too" } }'
    )
    logged = {place for what, place in items(of) if what.endswith(": access logs")}
    assert logged == {"eu-central-1"}
