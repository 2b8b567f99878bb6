"""What a site is charged for: how settings and usage change the items."""

from decimal import Decimal

import pytest
from sites import site

from s3_failover.operations.cost.inventory import inventory
from s3_failover.operations.cost.items import BillOptions, Items
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.usage import told

MONTHLY_CHECKS = 15 * 120 * 730
"""Requests of fifteen checkers that ask every thirty seconds, in a month of 730 hours."""


def items(of, *, options=None, **given):
    found = Items(of, inventory(of), told(given), options or BillOptions()).all()
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


def test_whether_distributions_are_aws_endpoints_and_calculated_checks_are_free_can_be_said():
    def checks(of, **options):
        found = items(of, options=BillOptions(**options))
        kinds = ("health checks, AWS endpoints", "health checks, other endpoints", "health checks, calculated")
        return [found[kind, "everywhere"].quantity.value if (kind, "everywhere") in found else None for kind in kinds]

    assert checks(site()) == [4, 0, 0]
    assert checks(site(), unverified_aws=False) == [3, 1, 1]
    assert checks(site(mode="hybrid"), unverified_aws=False) == [3, 1, 1]
    assert checks(site(more='secondary = { type = "https" }'), unverified_aws=False) == [2, 2, 1]


def test_a_calculated_check_is_never_one_of_another_endpoint():
    found = items(site(), options=BillOptions(unverified_aws=False))
    assert found["health checks, calculated", "everywhere"].price == "health-check-calculated"


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


def test_health_checkers_look_up_the_name_of_an_https_secondary():
    https = 'secondary = { type = "https" }'
    assert value(site(more=https), "DNS queries of health checkers", "everywhere") == MONTHLY_CHECKS
    fast = site(more=f"{https}\nhealth_check_interval = 10")
    assert value(fast, "DNS queries of health checkers", "everywhere") == 3 * MONTHLY_CHECKS
    elsewhere = site(more='secondary = { type = "external", hostname = "shop.cdn.example.net" }')
    for of in (site(), elsewhere):
        assert ("DNS queries of health checkers", "everywhere") not in items(of)


def test_what_an_https_secondary_answers_is_sent_by_its_api():
    found = items(site(more='secondary = { type = "https" }'))
    assert found["answers to health checkers", "eu-central-1"].service == "API Gateway"
    assert found["answers to health checkers", "eu-west-1"].service == "S3"


def test_viewers_in_several_areas():
    half = BillOptions(areas={"europe": Decimal("0.25"), "asia": Decimal("0.75")})
    found = items(site(), options=half, viewer_gb="100", viewer_requests="1000")
    checks = MONTHLY_CHECKS * Decimal(700) / 2**30
    assert found["transfer to viewers", "europe"].quantity.value == (100 + checks) / 4
    assert found["transfer to viewers", "asia"].quantity.value == (100 + checks) * Decimal("0.75")
    assert found["requests, HTTPS", "asia"].quantity.value == (1000 + MONTHLY_CHECKS) * Decimal("0.75")


def test_only_where_viewers_may_come_by_http_the_price_of_https_is_the_most():
    assert "at most" in items(site())["requests, HTTPS", "us"].note
    assert items(site(mode="hybrid"))["requests, HTTPS", "us"].note == ""


ALWAYS = {"viewer_requests": "1000", "viewer_gb": "50", "publishes": "0", "cache_hits": "0.9"}


def outage(of, hours="73"):
    """What a tenth of the month without the primary region adds to each item."""
    before, after = items(of, **ALWAYS), items(of, **ALWAYS, outage_hours=hours)
    nothing = dict.fromkeys(after.keys() - before.keys(), 0)
    values = nothing | {key: item.quantity.value for key, item in before.items()}
    added = {key: item.quantity.value - values[key] for key, item in after.items()}
    ignored = ("access logs", "logs of", ", time", ", calls")
    return {key: amount for key, amount in added.items() if amount and not any(each in key[0] for each in ignored)}


CDN = {
    ("requests, HTTPS", "us"): -100,
    ("transfer to viewers", "us"): -5,
    ("functions", "everywhere"): -100,
    ("primary: reads", "eu-west-1"): -10,
}


def test_an_outage_moves_viewers_from_the_distribution_to_a_website():
    assert outage(site()) == CDN | {
        ("replica: reads", "eu-central-1"): 100,
        ("transfer to viewers in the outage", "eu-central-1"): 5,
    }


def test_an_outage_moves_viewers_to_the_api_of_an_https_secondary():
    of = site(more='secondary = { type = "https" }')
    assert outage(of) == CDN | {
        ("replica: reads", "eu-central-1"): 100,
        ("https secondary", "eu-central-1"): 100,
        ("transfer to viewers in the outage", "eu-central-1"): 5,
    }
    found = items(of, **ALWAYS, outage_hours="73")
    assert found["transfer to viewers in the outage", "eu-central-1"].service == "API Gateway"


def test_another_providers_cdn_asks_the_replica_for_what_it_has_not_cached():
    of = site(more='secondary = { type = "external", hostname = "shop.cdn.example.net" }')
    assert outage(of) == CDN | {
        ("replica: reads", "eu-central-1"): 10,
        ("transfer to viewers in the outage", "eu-central-1"): Decimal("0.5"),
    }


@pytest.mark.parametrize(
    ("mode", "hours", "note"),
    [
        ("dns", "1", "health checks, and viewers in the outage"),
        ("dns", "0", "health checks alone"),
        ("hybrid", "1", "health checks alone"),
    ],
)
def test_an_https_secondary_says_who_asks_it(mode, hours, note):
    of = site(mode=mode, more='secondary = { type = "https" }')
    assert items(of, outage_hours=hours)["https secondary", "eu-central-1"].note == note


def test_in_hybrid_mode_an_outage_moves_what_the_distribution_reads():
    assert outage(site(mode="hybrid")) == {
        ("primary: reads", "eu-west-1"): -10,
        ("replica: reads", "eu-central-1"): 10,
    }


def test_no_outage_makes_nothing_less_certain():
    assert items(site(), viewer_requests="5")["functions", "everywhere"].quantity.basis is Basis.GIVEN


def first_copies(of, **given):
    found = Items(of, inventory(of), told(given)).first_copies()
    return {(item.price, item.place): item.quantity.value for item in found if item.quantity.value}


EVERYTHING = {
    ("s3-put", "eu-west-1"): 500,
    ("s3-put", "eu-central-1"): 500,
    ("s3-put", "ap-south-1"): 500,
    ("region-transfer", "eu-west-1"): 1024,
}


def test_the_first_copies_are_everything_to_every_replica():
    assert first_copies(site(replicas=2), stored_gb="1024", objects="500") == EVERYTHING


def test_a_function_is_called_for_each_of_the_first_copies():
    of = site(replicas=2, more='replication = { engine = "lambda" }')
    found = first_copies(of, stored_gb="1024", objects="500")
    assert EVERYTHING.items() <= found.items()
    assert found["lambda-requests", "eu-west-1"] == 500
    assert found["queue-requests", "eu-west-1"] == 1500
    assert found["s3-get", "eu-west-1"] == 500 * 4 * 2


def test_time_control_is_charged_for_the_first_copies_too():
    of = site(replicas=2, more="replication = { time_control = true }")
    assert first_copies(of, stored_gb="10")["replication-time-control", "eu-west-1"] == 20


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
    assert value(of, "replica: replication PUTs", "ap-south-1", changed_objects="9") == 9


def test_a_function_that_copies_lists_and_reads_the_source_for_each_replica():
    of, repairs = site(replicas=2, more='replication = { engine = "lambda" }'), Decimal(730) / 6
    given = {"objects": "100000", "changed_objects": "9"}
    assert value(of, "event replication: LIST", "eu-west-1", **given) == 100 * repairs * 2
    assert value(of, "event replication: LIST", "ap-south-1", **given) == 100 * repairs
    assert value(of, "event replication: reads", "eu-west-1", **given) == 9 * 4 * 2
    assert value(of, "event replication: reads", "ap-south-1", **given) == 9 * 4
    assert value(of, "event replication, calls", "eu-west-1", **given) == 9 + repairs * 3


def test_keys_of_the_content_are_charged_with_kms():
    assert value(site(), "keys of alarm topics", "us-east-1") == 1
    of = site(more='encryption = "kms"\nsecondary = { type = "https" }')
    assert value(of, "key of the content", "eu-central-1") == 1
    assert ("key of the content", "eu-central-1") not in items(site())


def test_health_checks_ask_no_key():
    of = site(mode="hybrid", more='encryption = "kms"\nsecondary = { type = "https" }')
    nothing = {"viewer_requests": "0", "publishes": "0", "changed_objects": "0"}
    assert value(of, "requests for the content", "eu-west-1", **nothing) == 0
    assert value(of, "requests for the content", "eu-central-1", **nothing) == 0
    read = nothing | {"viewer_requests": "1000", "cache_hits": "0"}
    assert value(of, "requests for the content", "eu-west-1", **read) == 10


@pytest.mark.parametrize(("rotations", "times"), [(0, 0), (1, 1), (2, 2), (3, 2), (10, 2)])
def test_the_first_two_rotations_of_each_key_cost_as_much_as_the_key(rotations, times):
    of = site(more='encryption = "kms"\nsecondary = { type = "https" }\nclients = {}')
    found = items(of, options=BillOptions(rotations=rotations))
    keys = {place: 0 for _, place in found}
    for (what, place), item in found.items():
        keys[place] += item.quantity.value if item.price == "kms-key" else 0
        if what == "rotations of keys":
            assert (item.price, item.quantity.value) == ("kms-rotation", keys[place] * times)
    assert sum(keys.values()) == 6


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
