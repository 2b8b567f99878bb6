"""Hypothesis strategies for configuration files, as TOML text."""

import copy

from config_samples import dumps
from hypothesis import strategies as st

from s3_failover.config.regions import known_regions

LABELS = st.from_regex(r"[a-w]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
"""Parts of hostnames that start no reserved bucket name but `sthree-` and `amzn-s3-demo-`, which are too long."""

ZONES = st.lists(LABELS, min_size=2, max_size=3).map(".".join)
ACCOUNTS = st.from_regex("[0-9]{12}", fullmatch=True)
KEYS = st.from_regex(r"[a-z0-9_-]{1,12}(/[a-z0-9_.-]{0,8}[a-z0-9]){0,2}\.txt", fullmatch=True)
EMAILS = st.builds("{}@{}".format, st.from_regex(r"[a-z.+]{1,12}", fullmatch=True), ZONES)
TAG_KEYS = st.from_regex(r"[a-r][a-z0-9 _.:/=+@-]{0,20}[a-z]", fullmatch=True).filter(lambda key: key[:4] != "aws:")
TAG_VALUES = st.from_regex(r"[\w_.:/=+@-]( ?[\w_.:/=+@-]){0,20}", fullmatch=True)
DAYS = st.integers(1, 36500)

TOML_VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
    | st.dates()
    | st.times()
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=6,
)
"""Any value that a TOML file can hold."""


@st.composite
def sites(draw):
    """Return the table of a site that is accepted."""
    zone = draw(ZONES)
    regions = draw(st.lists(st.sampled_from(sorted(known_regions())), min_size=2, max_size=5, unique=True))
    mode = draw(st.sampled_from(["dns", "hybrid"]))
    secondary = draw(secondaries(regions[1]))
    https = {
        "website": ["optional"] if mode == "dns" else ["optional", "redirect"],
        "https": ["redirect", "hsts"],
        "external": ["optional", "redirect", "hsts"],
    }[secondary["type"]]
    required = {
        "hostname": f"{draw(LABELS)}.{zone}",
        "primary_region": regions[0],
        "replica_regions": regions[1:],
        "secondary": secondary,
        "hosted_zone": {"name": zone, **draw(zone_sources(zone, made=secondary["type"] != "https"))},
    }
    optional = {
        "existing": existing(regions),
        "account": ACCOUNTS,
        "aliases": aliases(required["hostname"]),
        "tags": st.dictionaries(TAG_KEYS, TAG_VALUES, max_size=8),
        "primary_bucket": st.from_regex(r"[a-w][a-z0-9]{2,40}", fullmatch=True),
        "certificate_arn": ACCOUNTS.map("arn:aws:acm:us-east-1:{}:certificate/0f-1e".format),
        "distribution_id": st.from_regex("E[A-Z0-9]{5,20}", fullmatch=True),
        "protected_regions": st.lists(st.sampled_from(regions), unique=True),
        "health_key": KEYS,
        "health_check_interval": st.sampled_from([10, 30]),
        "health_check_threshold": st.integers(1, 10),
        "record_ttl": st.integers(1, 3600),
        "index_document": st.sampled_from(["index.html", "home.htm"]),
        "error_document": st.sampled_from(["error.html", "errors/404.html"]),
        "viewer_https": st.sampled_from(https),
        "failover_status_codes": st.sampled_from([[500, 502, 503, 504], [403, 404, 500, 502, 503, 504]]),
        "origin_connect_timeout": st.integers(1, 10),
        "origin_read_timeout": st.integers(1, 120),
        "origin_completion_timeout": st.integers(120, 3600),
        "price_class": st.sampled_from(["100", "200", "All"]),
        "noncurrent_version_days": DAYS,
        "access_log_days": DAYS,
        "replication": replication(),
        "cdn": cdn(),
        "alarms": alarms(),
        "clients": clients(sorted(known_regions() - {regions[0]})),
    }
    if secondary["type"] != "website":
        optional["encryption"] = st.sampled_from(["s3", "kms"])
    if draw(st.booleans()):
        for setting in {"noncurrent_version_days", "replication", "existing", "encryption"} & optional.keys():
            del optional[setting]
        required["replication"] = {"engine": "lambda"}
    table = required | {"mode": mode} | draw(st.fixed_dictionaries({}, optional=optional))
    if table.get("cdn", {}).get("single_page_app"):
        table.pop("error_document", None)
    if "primary_bucket" in table.get("existing", {}):
        table.pop("primary_bucket", None)
    if secondary["type"] == "website" and regions[1] in table.get("existing", {}).get("replica_buckets", {}):
        table.pop("aliases", None)
    if table.get("replication", {}).get("two_way") or table.get("encryption") == "kms":
        table.pop("existing", None)
    return _own_keys_copied(_in_two_accounts(draw, table))


def _in_two_accounts(draw, site):
    """Let another account hold the replicas of some sites that name an account and are not two-way."""
    rules = site.get("replication", {})
    alone = rules.get("two_way") or rules.get("engine") == "lambda" or site["secondary"]["type"] == "https"
    if "account" not in site or alone or not draw(st.booleans()):
        return site
    other = f"{(int(site['account']) + 1) % 10**12:012}"
    return site | {"replica_account": other}


def aliases(hostname):
    """Return further hostnames of a site, below its own name, which no other setting can have."""
    return st.lists(LABELS.map(lambda label: f"{label}.{hostname}"), max_size=3, unique=True)


def secondaries(region):
    """Return the secondary table of a site whose first replica is in a region."""
    arn = ACCOUNTS.map(f"arn:aws:acm:{region}:{{}}:certificate/0f-1e".format)
    cdn = LABELS.map("{}.cdn.example.org".format)
    return (
        st.just({"type": "website"})
        | st.fixed_dictionaries({"type": st.just("https")}, optional={"certificate_arn": arn})
        | st.fixed_dictionaries({"type": st.just("external"), "hostname": cdn})
    )


def replication():
    """Return the replication table of a site; prefixes need a site whose own keys are among them."""
    optional = {
        "engine": st.just("s3"),
        "two_way": st.booleans(),
        "time_control": st.booleans(),
        "delete_markers": st.booleans(),
        "prefixes": st.lists(st.from_regex("[A-Z]{2}[A-Z0-9._/-]{0,8}", fullmatch=True), max_size=3),
        "failure_events": st.booleans(),
    }
    return st.fixed_dictionaries({}, optional=optional)


def _own_keys_copied(site):
    table = site.get("replication", {})
    given = table.get("prefixes")
    if given:
        apart = [each for each in given if sum(each.startswith(other) for other in given) == 1]
        page = site.get("cdn", {}).get("maintenance_page")
        table["prefixes"] = [*apart, site.get("health_key", "_s3-failover/"), *([page] if page else [])]
    return site


@st.composite
def cdn(draw):
    """Return the cdn table of a site that is accepted."""
    countries = st.lists(st.sampled_from(["DE", "FR", "US", "JP"]), unique=True)
    origins = st.lists(st.sampled_from(["https://a.example.com", "http://localhost:8080"]), unique=True)
    optional = {
        "directories": st.sampled_from(["index", "redirect", "off"]),
        "single_page_app": st.booleans(),
        "object_redirects": st.booleans(),
        "security_headers": st.booleans(),
        "content_security_policy": st.sampled_from(["default-src 'self'", "upgrade-insecure-requests"]),
        "cors_origins": origins | st.just(["*"]),
        "cache_policy": st.sampled_from(["optimized", "disabled", "658327ea-f89d-4fab-a63d-7e88639e58f6"]),
        "web_acl_arn": ACCOUNTS.map("arn:aws:wafv2:us-east-1:{}:global/webacl/site/0f-1e".format),
        "maintenance_page": st.sampled_from(["maintenance.html", "pages/later.html"]),
        "log_prefix": st.sampled_from(["cdn", "logs/cdn"]),
    }
    table = draw(st.fixed_dictionaries({}, optional=optional))
    table |= draw(st.sampled_from([{}, {"allowed_countries": draw(countries)}, {"denied_countries": draw(countries)}]))
    if any(table.get(guard) for guard in ("web_acl_arn", "allowed_countries", "denied_countries")):
        table["unguarded_secondary"] = True
    if table.get("single_page_app"):
        table.pop("directories", None)
    if "maintenance_page" in table:
        table["maintenance"] = draw(st.booleans())
    return table


def zone_sources(name, *, made):
    """Return where a zone comes from: an id, or how it is made."""
    ids = st.from_regex("Z[A-Z0-9]{1,31}", fullmatch=True)
    if not made:
        return ids.map(lambda identifier: {"id": identifier})
    made = st.just({"create": True})
    above = name.partition(".")[2]
    if "." in above:
        roles = st.sampled_from([{}, {"role_arn": "arn:aws:iam::123456789012:role/dns"}])
        parents = st.builds(lambda identifier, role: {"id": identifier, "name": above, **role}, ids, roles)
        made |= parents.map(lambda parent: {"create": True, "parent": parent})
    return ids.map(lambda identifier: {"id": identifier}) | made


def existing(regions):
    """Return the table of existing buckets of a site that is accepted."""
    logs = st.from_regex("[a-w]-[a-z0-9]{2,20}-l", fullmatch=True)
    optional = {
        "primary_bucket": st.from_regex(r"[a-w][a-z0-9]{2,40}", fullmatch=True),
        "log_buckets": st.dictionaries(st.sampled_from(regions), logs, max_size=2),
        "cdn_log_bucket": logs,
    }
    return st.fixed_dictionaries({}, optional=optional)


def alarms():
    """Return the alarms table of a site that is accepted."""
    optional = {
        "critical_emails": st.lists(EMAILS, max_size=2, unique=True),
        "warning_emails": st.lists(EMAILS, max_size=2, unique=True),
        "critical_endpoints": st.just(["https://events.pagerduty.com/integration/0a1b/enqueue"]),
        "warning_endpoints": st.lists(
            st.sampled_from(["https://a.example.com", "https://b.example.com:8443/x"]), unique=True
        ),
        "monitor": st.just(False),
        "quota_percent": st.integers(1, 100),
        "certificate_days": st.integers(1, 44),
        "secondary_requests_per_second": st.integers(1, 10**7),
        "cdn_5xx_percent": st.floats(0.01, 100) | st.integers(1, 100),
        "replication_latency_seconds": st.integers(60, 86400),
        "replication_pending_operations": st.integers(1, 10**6),
    }
    return st.fixed_dictionaries({}, optional=optional)


@st.composite
def clients(draw, regions):
    """Return the clients table of a site that is accepted."""
    optional = {
        "service": st.from_regex(r"[ -9;-~]{0,3}[!-9;-~][ -~]{0,8}", fullmatch=True),
        "alarm_region": st.sampled_from(regions),
        "fleet_size": st.integers(1, 10**6),
        "failing_hosts": st.integers(1, 10**6),
        "absent_minutes": st.integers(1, 1440),
    }
    table = draw(st.fixed_dictionaries({}, optional=optional))
    if {"fleet_size", "failing_hosts"} <= table.keys():
        table["failing_hosts"] = min(table["failing_hosts"], table["fleet_size"])
    return table


def documents(max_sites=3):
    """Return a document of accepted sites that do not meet."""
    names = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
    tables = st.lists(
        st.tuples(names, sites()),
        min_size=1,
        max_size=max_sites,
        unique_by=(lambda pair: pair[0], lambda pair: pair[1]["hostname"], _bucket, _service, _zone),
    )
    return tables.map(lambda pairs: {"sites": dict(pairs)})


def _bucket(pair):
    return pair[1].get("existing", {}).get("primary_bucket") or pair[1].get("primary_bucket", pair[0])


def _zone(pair):
    return pair[1]["hosted_zone"]["name"]


def _service(pair):
    return pair[1].get("clients", {}).get("service", pair[1]["hostname"])


def valid_configs(max_sites=3):
    """Return the text of a configuration that is accepted."""
    return documents(max_sites).map(dumps)


@st.composite
def broken_configs(draw, max_sites=3):
    """Return the text of an accepted configuration after one to three slips: most, but not all, are refused."""
    document = copy.deepcopy(draw(documents(max_sites)))
    for _ in range(draw(st.integers(1, 3))):
        table = draw(st.sampled_from(list(document["sites"].values())))
        inner = [value for value in table.values() if isinstance(value, dict) and value]
        draw(st.sampled_from(SLIPS))(draw, draw(st.sampled_from([table, *inner])))
    return dumps(document)


def configs(max_sites=3):
    """Return the text of a configuration: accepted, or with some slips."""
    return valid_configs(max_sites) | broken_configs(max_sites)


def _forget(draw, table):
    if table:
        del table[draw(st.sampled_from(sorted(table)))]


def _mistype(draw, table):
    if table:
        table[draw(st.sampled_from(sorted(table)))] = draw(TOML_VALUES)


def _misspell(draw, table):
    if table:
        key = draw(st.sampled_from(sorted(table)))
        table[key + draw(st.sampled_from("sx_"))] = table.pop(key)


def _invent(draw, table):
    table[draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))] = draw(TOML_VALUES)


def _garble(draw, table):
    texts = sorted(key for key, value in table.items() if isinstance(value, str))
    if texts:
        key = draw(st.sampled_from(texts))
        table[key] = draw(st.sampled_from(["", " ", ".", "-", "é", "\n", "https://", "*."])) + table[key]


def _repeat(draw, table):
    arrays = sorted(key for key, value in table.items() if isinstance(value, list) and value)
    if arrays:
        key = draw(st.sampled_from(arrays))
        table[key] = table[key] * 2


SLIPS = [_forget, _mistype, _misspell, _invent, _garble, _repeat]
