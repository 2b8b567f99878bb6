"""The names of alarms: each is the site's, a slash, and what the alarm is on."""

FAILOVER = "failover-unhealthy"
PRIMARY = "primary-unhealthy"
DISTRIBUTION = "distribution-unhealthy"
SECONDARY = "secondary-unhealthy"
STRANDED = "no-healthy-leg"
"""The one composite alarm."""
CDN_ERRORS = "cdn-5xx"
CERTIFICATE = "certificate-expires"
CAPACITY = "secondary-capacity"

MONITOR_FAILING = "monitor-failing"
MONITOR_SILENT = "monitor-silent"
"""Of the monitor outside us-east-1 and the primary region, where a site has it."""

REPLICATION_LATENCY = "replication-latency"
REPLICATION_PENDING = "replication-pending"
REPLICATION_FAILED = "replication-failed"
"""Of S3's replication, which has rules: `of_rule` makes the kind."""
REPLICATION_DEAD_LETTERS = "replication-dead-letters"
"""Of the function that copies, as are latency and pending without a rule."""

CLIENTS = "client-"
"""How the kinds of all alarms on clients begin."""
REGION_FAILING = f"{CLIENTS}region-failing"
REGION_MISCONFIGURED = f"{CLIENTS}region-misconfigured"
"""Of one region, as `REGION_FAILING`: `of_region` makes the kind."""
ALL_REGIONS_FAILING = f"{CLIENTS}all-regions-failing"
EXHAUSTED = f"{CLIENTS}exhausted"
LOCAL_FAULTS = f"{CLIENTS}local-faults"
REFUSED = f"{CLIENTS}refused"
METRICS_ABSENT = f"{CLIENTS}metrics-absent"


def name(label: str, kind: str) -> str:
    """Return an alarm's name, as in `shop.example.com/primary-unhealthy`."""
    return f"{label}/{kind}"


def of_rule(kind: str, rule_id: str) -> str:
    """Return the kind of an alarm on one replication rule, as in `replication-failed-to-us-west-2`."""
    return f"{kind}-{rule_id}"


def of_region(kind: str, region: str) -> str:
    """Return the kind of an alarm on the clients' view of one region, as in `client-region-failing-us-west-2`."""
    return f"{kind}-{region}"
