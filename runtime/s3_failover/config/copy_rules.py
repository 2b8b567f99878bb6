"""The rules about how the content is copied and encrypted."""

from collections.abc import Iterator
from typing import Any

from s3_failover import values
from s3_failover.config.checks import Breach, misfits
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.config.rulebook import Rulebook
from s3_failover.config.tables import ReplicationSettings
from s3_failover.names.spelling import is_plain_prefix

MOST_RULES = 100
"""How many replication rules a bucket may have here; S3 takes 1,000 (S3 API, PutBucketReplication)."""

MOST_TWO_WAY_RULES = 650
"""How many rules a two-way site may have in all its buckets: the primary's stack holds them in a template of 1 MB
(CloudFormation User Guide, cloudformation-limits). It is one for each of the 26 regions to each other."""

_BOOK = Rulebook()
COPY_RULES = _BOOK.rules
"""The rules, in the order in which they are checked."""


@_BOOK.rule(
    "SITE-KMS-WEBSITE-SECONDARY",
    "a website's visitors have no credentials to use a KMS key with, and a copy keeps the kind of encryption",
    compares=["encryption", "secondary"],
)
def _kms_website(site: Site) -> Iterator[Breach]:
    if site.encryption == "kms" and site.secondary.kind.has_public_bucket:
        remedy = "remove it, or choose a secondary that reads with credentials"
        yield Breach("encryption", '"kms"', '"s3" with a website secondary', remedy)


@_BOOK.rule("SITE-REPLICATION-PREFIX", "a prefix that others cover, or that no key has, copies nothing")
def _prefixes(site: Site) -> Iterator[Breach]:
    prefixes = site.replication.prefixes
    for index, prefix in enumerate(prefixes):
        rest = filter(None, (*prefixes[:index], *prefixes[index + 1 :]))
        others = [other for other in rest if prefix.startswith(other)]
        yield from misfits("replication.prefixes", values.key_prefix(prefix))
        if is_plain_prefix(prefix) and others:
            expected = "prefixes of which none starts with another"
            remedy = f"remove it: {literal(others[0])} covers it"
            yield Breach("replication.prefixes", literal(prefix), expected, remedy)


@_BOOK.rule(
    "SITE-REPLICATION-HEALTH-KEY",
    "a secondary without the health object is never healthy, so no alarm reports that it breaks",
    compares=["replication.prefixes", "health_key"],
)
def _health_key_is_copied(site: Site) -> Iterator[Breach]:
    prefixes = site.replication.prefixes
    if prefixes and not site.health_key.startswith(prefixes):
        expected = f"a prefix that {literal(site.health_key)} starts with"
        remedy = f"add {literal(site.health_key)}, or remove the setting to copy all keys"
        yield Breach("replication.prefixes", literal(prefixes), expected, remedy)


@_BOOK.rule(
    "SITE-REPLICATION-PAGE",
    "the maintenance page is read from a replica: where it is missing, viewers get 404 in place of the error",
    compares=["replication.prefixes", "cdn.maintenance_page"],
    unless=["SITE-CDN-PAGE"],
)
def _page_is_copied(site: Site) -> Iterator[Breach]:
    page = site.cdn.maintenance_page
    if page is not None and not site.copies(page):
        expected = f"a prefix that {literal(page)} starts with"
        remedy = f"add {literal(page)}, or name a page below one of them"
        yield Breach("replication.prefixes", literal(site.replication.prefixes), expected, remedy)


@_BOOK.rule(
    "SITE-REPLICATION-RULES",
    "every rule has alarms of its own, and a stack holds 500 resources and 1 MB",
    compares=["replication.prefixes", "replication.two_way", "primary_region", "replica_regions"],
)
def _rule_count(site: Site) -> Iterator[Breach]:
    # Without prefixes there is one rule for each replica, and AWS has fewer regions.
    count = len(site.replica_regions) * len(site.replication.prefixes)
    if count > MOST_RULES:
        expected = f"at most {MOST_RULES} rules in a bucket, one for each prefix and replica, got {count}"
    elif len(site.routes) > MOST_TWO_WAY_RULES:
        expected = f"at most {MOST_TWO_WAY_RULES} rules from each copy to each other, got {len(site.routes)}"
    else:
        return
    remedy = "name fewer prefixes, or remove the setting to copy all keys"
    yield Breach("replication.prefixes", literal(site.replication.prefixes), expected, remedy)


@_BOOK.rule(
    "SITE-KMS-EXISTING",
    "the owner of a bucket chooses its encryption, and copies are encrypted alike",
    compares=["encryption", "existing"],
)
def _kms_existing(site: Site) -> Iterator[Breach]:
    if site.encryption == "kms" and _existing_content(site):
        remedy = "remove it, or have the buckets made"
        yield Breach("encryption", '"kms"', '"s3" with an existing primary or replica bucket', remedy)


@_BOOK.rule(
    "SITE-TWO-WAY-EXISTING",
    "rules to each other need both owners at once, and an existing bucket has its own",
    compares=["replication.two_way", "existing"],
)
def _two_way_existing(site: Site) -> Iterator[Breach]:
    if site.replication.two_way and _existing_content(site):
        remedy = "remove it, or have the buckets made"
        yield Breach("replication.two_way", "true", "false with an existing primary or replica bucket", remedy)


@_BOOK.rule(
    "SITE-REPLICA-ACCOUNT",
    "policies in each of two accounts name the other one",
    compares=["account", "replica_account"],
    unless=["SITE-ACCOUNT"],
)
def _replica_account(site: Site) -> Iterator[Breach]:
    if site.replica_account is None:
        return
    if site.account is None:
        remedy = "write account = with the primary's account, too"
        yield Breach("replica_account", literal(site.replica_account), "an account beside it", remedy)
    elif site.account == site.replica_account:
        remedy = "remove it: the replicas are in the site's account by default"
        yield Breach("replica_account", literal(site.replica_account), "another account", remedy)


@_BOOK.rule(
    "SITE-TWO-WAY-ACCOUNTS",
    "a replica in another account survives an attacker in the site's; rules back would let either write into both",
    compares=["replication.two_way", "replica_account"],
)
def _two_way_accounts(site: Site) -> Iterator[Breach]:
    if site.replication.two_way and site.replica_account is not None:
        remedy = "remove one of them"
        yield Breach("replication.two_way", "true", "false with a replica_account", remedy)


def _existing_content(site: Site) -> bool:
    return bool(site.existing.primary_bucket or site.existing.replica_buckets)


_OF_S3_REPLICATION = ("two_way", "time_control", "delete_markers", "prefixes", "failure_events")
"""Settings that only S3 Replication has."""

_OF_VERSIONED_SITES = ("noncurrent_version_days", "replica_account", "encryption", "existing")
"""Settings of versions, and of buckets and keys for which the function has no permission."""


@_BOOK.rule(
    "SITE-LAMBDA-OPTIONS",
    "a function copies, without versions, between buckets that this site makes in one account: nothing would read it",
)
def _lambda_options(site: Site) -> Iterator[Breach]:
    if site.versioned:
        return
    rules = _given(site.replication, _OF_S3_REPLICATION, prefix="replication.")
    for setting, value in (*rules, *_given(site, _OF_VERSIONED_SITES)):
        expected = 'nothing, with replication.engine = "lambda"'
        remedy = "remove it, or let S3 replicate: remove replication.engine"
        yield Breach(setting, literal(value), expected, remedy)


def _given(model: Site | ReplicationSettings, names: tuple[str, ...], *, prefix: str = "") -> list[tuple[str, Any]]:
    return [(f"{prefix}{name}", getattr(model, name)) for name in names if name in model.model_fields_set]
