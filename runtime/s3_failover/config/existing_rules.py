"""The rules about buckets that are there already."""

from collections.abc import Iterator

from s3_failover.config.checks import Breach
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.config.rulebook import Rulebook
from s3_failover.names.spelling import bucket_name_problem

_BOOK = Rulebook()
EXISTING_RULES = _BOOK.rules
"""The rules, in the order in which they are checked."""


@_BOOK.rule(
    "SITE-EXISTING-OR-OURS",
    "a bucket is there already, or it is made: never both",
    compares=["primary_bucket", "existing"],
)
def _either(site: Site) -> Iterator[Breach]:
    if site.primary_bucket is not None and site.existing.primary_bucket is not None:
        remedy = "remove one: primary_bucket names a bucket that is made, existing.primary_bucket one that is there"
        yield Breach("primary_bucket", literal(site.primary_bucket), "nothing beside existing.primary_bucket", remedy)


@_BOOK.rule(
    "SITE-EXISTING-REGION",
    "a bucket in a region that the site does not use would be ignored without a message",
    compares=["existing", "primary_region", "replica_regions"],
)
def _regions(site: Site) -> Iterator[Breach]:
    used = site.regions
    for setting, buckets, regions in (
        ("existing.replica_buckets", site.existing.replica_buckets, site.replica_regions),
        ("existing.log_buckets", site.existing.log_buckets, used),
    ):
        for region in buckets:
            if region not in regions:
                expected = f"regions of this site: {', '.join(regions)}"
                yield Breach(setting, literal(region), expected, "correct the region, or remove the bucket")


@_BOOK.rule(
    "SITE-ACCESS-LOGS",
    "a setting about logs that are not written would look as if it worked",
    compares=["access_logs", "access_log_days", "existing.log_buckets", "existing.cdn_log_bucket", "cdn.log_prefix"],
)
def _logs(site: Site) -> Iterator[Breach]:
    told = (
        ("access_log_days", site.access_log_days if "access_log_days" in site.model_fields_set else None),
        ("existing.log_buckets", site.existing.log_buckets),
        ("existing.cdn_log_bucket", site.existing.cdn_log_bucket),
        ("cdn.log_prefix", site.cdn.log_prefix),
    )
    for setting, value in told:
        if value and not site.access_logs:
            yield Breach(setting, literal(value), "nothing with access_logs = false", "remove it, or access_logs")


@_BOOK.rule("SITE-EXISTING-BUCKET", "S3 knows no bucket of another form")
def _names(site: Site) -> Iterator[Breach]:
    named = [("existing.replica_buckets", name) for name in site.existing.replica_buckets.values()]
    named += [("existing.log_buckets", name) for name in site.existing.log_buckets.values()]
    if site.existing.cdn_log_bucket is not None:
        named.append(("existing.cdn_log_bucket", site.existing.cdn_log_bucket))
    for setting, name in named:
        problem = bucket_name_problem(name)
        if problem:
            yield Breach(setting, literal(name), f"a legal bucket name ({problem})", "write it as S3 shows it")


@_BOOK.rule(
    "SITE-EXISTING-DISTINCT",
    "content, its copies and logs that share a bucket are lost together, or copied in a circle",
    compares=[
        "existing",
        "primary_bucket",
        "hostname",
        "primary_region",
        "replica_regions",
        "account",
        "replica_account",
        "secondary",
    ],
    unless=["SITE-EXISTING-BUCKET", "SITE-EXISTING-OR-OURS", "SITE-REGIONS-DISTINCT", "SITE-PRIMARY-BUCKET-NAME"],
)
def _distinct(site: Site) -> Iterator[Breach]:
    names = site.names(site.account or "")
    content = [names.primary, *(names.replica(region) for region in site.replica_regions)]
    logs = {*site.existing.log_buckets.values(), site.existing.cdn_log_bucket} & set(content)
    twice = {name for name in content if content.count(name) > 1}
    for name in sorted(logs | twice, key=str):
        yield Breach("existing", literal(name), "a bucket of its own for each purpose", "name another bucket")


@_BOOK.rule(
    "SITE-EXISTING-WEBSITE",
    "S3 finds a website's bucket by the Host header, so an existing one must bear the hostname too",
    compares=["existing", "hostname", "replica_regions", "secondary"],
    unless=["SITE-EXISTING-BUCKET"],
)
def _website(site: Site) -> Iterator[Breach]:
    name = site.existing.replica_buckets.get(site.replica_regions[0])
    if site.secondary.kind.has_public_bucket and name not in (None, site.hostname):
        remedy = "name a bucket with the hostname as its name, remove it to have one made, or choose another secondary"
        yield Breach("existing.replica_buckets", literal(name), literal(site.hostname), remedy)
