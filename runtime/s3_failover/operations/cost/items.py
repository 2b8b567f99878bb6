"""What AWS charges for a site in a month: every item with its quantity, before prices."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from s3_failover.config import EDGE_REGION, Mode, Site, ViewerHttps
from s3_failover.config.secondaries import SecondaryEndpoint
from s3_failover.operations.cost.inventory import CheckInUse, Inventory, copies
from s3_failover.operations.cost.prices import EVERYWHERE
from s3_failover.operations.cost.quantity import NOTHING, Basis, Quantity
from s3_failover.operations.cost.usage import Usage

HOURS = 730
"""Hours of a month, as AWS's calculator has it."""

MINUTES = HOURS * 60
DAYS = Decimal(HOURS) / 24

GB = 2**30
"""Bytes of what AWS charges as a GB."""

CHECKERS = Quantity(Decimal(15), Basis.ASSUMED)
"""Health checkers that ask an endpoint: about one request in two seconds when each asks every 30 seconds (Route 53
Developer Guide, health-checks-creating-values)."""

ANSWER_BYTES = Quantity(Decimal(700), Basis.ASSUMED)
"""Bytes of an answer with the health object, headers included: a guess."""

LOG_BYTES = Quantity(Decimal(600), Basis.ASSUMED)
"""Bytes that a request leaves in an access log of S3 or CloudFront: a guess."""

FUNCTION_LOG_BYTES = Quantity(Decimal(700), Basis.ASSUMED)
"""Bytes that a call leaves in the logs of a function and its API: a guess."""

FUNCTION_GB = Decimal("0.5")
"""Memory of the functions that the stacks define: 512 MB."""

ENDPOINT_SECONDS = Quantity(Decimal("0.05"), Basis.ASSUMED)
"""Seconds of a call of the https secondary's function for a small object: a guess."""

REPLICATOR_SECONDS = Quantity(Decimal(1), Basis.ASSUMED)
"""Seconds of a call of the engine `lambda` for a change: a guess."""

MONITOR_SECONDS = Quantity(Decimal(1), Basis.ASSUMED)
"""Seconds of a call of the second monitor: a guess."""

MONITOR_GB = Decimal("0.25")
"""Its memory: 256 MB."""

BUCKET_KEY_SHARE = Quantity(Decimal("0.01"), Basis.ASSUMED)
"""Requests to KMS for a request to S3: a bucket key saves up to 99 % (S3 User Guide, bucket-key)."""

PUT_METRIC_DATA = MINUTES
"""Requests of a host: one a minute."""

_IDLE_POLLS = Quantity(Decimal(5 * 3 * MINUTES), Basis.ASSUMED)
# Five pollers that wait 20 s each (Lambda Developer Guide, services-sqs).
_REPAIRS = Decimal(HOURS) / 6


@dataclass(frozen=True)
class Item:
    """Something that AWS charges for."""

    service: str
    what: str
    place: str
    """The region that charges, an area of CloudFront's, or `everywhere`."""
    price: str
    """The name of its price."""
    quantity: Quantity
    """How much of it a month, in the price's unit."""
    note: str = ""
    """What one should know about it."""


ROTATIONS = 2
"""Rotations of a key that raise its price, one a year: from the third year on it is the same (KMS pricing)."""


@dataclass(frozen=True)
class BillOptions:
    """What is priced, and how to count what AWS's documentation leaves open."""

    areas: Mapping[str, Decimal] = field(default_factory=lambda: {"us": Decimal(1)})
    """The share of the viewers in each area, as CloudFront charges."""
    unverified_aws: bool = True
    """Whether a health check of a distribution or an API counts as one of an AWS endpoint, and one of other checks as
    free. Nothing that AWS publishes and we could read says so."""
    rotations: int = 0
    """How often each key has been rotated."""

    def kind(self, check: CheckInUse) -> str:
        """Return `aws`, `other` or `calculated`: as what Route 53 charges for a check, by its endpoint."""
        if check.endpoint is SecondaryEndpoint.CALCULATED:
            return "calculated"
        if check.endpoint is SecondaryEndpoint.S3:
            return "aws"
        return "aws" if check.endpoint is not SecondaryEndpoint.OUTSIDE and self.unverified_aws else "other"


@dataclass(frozen=True)
class Items:
    """The items of one site."""

    site: Site
    inventory: Inventory
    usage: Usage
    options: BillOptions = field(default_factory=BillOptions)

    def first_copies(self) -> list[Item]:
        """Return what the first upload of everything and its copies cost, once."""
        objects, found = self.usage["objects"], list(self._changes(self.usage["objects"], self.usage["stored_gb"]))
        return found if self.site.versioned else [*found, *self._replicator(objects, scheduled=False)]

    def all(self) -> list[Item]:
        """Return all items, service by service; those of which there is nothing too."""
        found = list(self._all())
        services = list(dict.fromkeys(item.service for item in found))
        return sorted(found, key=lambda item: services.index(item.service))

    def _all(self) -> Iterator[Item]:
        yield from self._checks()
        yield from self._dns()
        for region in self._regions:
            yield from self._bucket(region)
        yield from self._changes(self.usage["changed_objects"], self.usage["changed_gb"])
        yield from self._transfers()
        yield from self._cdn()
        yield from self._alarms()
        yield from self._metrics()
        yield from self._keys()
        yield from self._messages()
        if self.site.secondary.kind.has_own_names:
            yield from self._endpoint()
        if not self.site.versioned:
            yield from self._replicator(self.usage["changed_objects"])
        if self.site.monitor_region is not None:
            yield from self._monitor(self.site.monitor_region)

    @property
    def _regions(self) -> tuple[str, ...]:
        return (self.site.primary_region, *self.site.replica_regions)

    @property
    def _first_replica(self) -> str:
        return self.site.replica_regions[0]

    # What an outage moves: in dns mode viewers, in hybrid mode what the distribution reads

    @property
    def _away(self) -> Quantity:
        """The share of the month in which the primary region is lost."""
        return self.usage["outage_hours"] / HOURS

    @property
    def _present(self) -> Quantity:
        away = self._away
        return Quantity(1 - away.value, away.basis if away.value else Basis.COUNTED)

    def _at_distribution(self, name: str) -> Quantity:
        """Return the viewers' requests or GB that the distribution answers."""
        return self.usage[name] * self._present if self.site.mode is Mode.DNS else self.usage[name]

    def _at_secondary(self, name: str) -> Quantity:
        """Return the viewers' requests or GB that our part of the secondary answers."""
        if self.site.mode is not Mode.DNS:
            return NOTHING
        # Another provider's CDN answers what it has cached itself.
        missed = Quantity.of(1) if self.site.secondary.kind.is_ours else self._missed
        return self.usage[name] * self._away * missed

    # Route 53

    def _checks(self) -> Iterator[Item]:
        def count(each: Iterable[bool]) -> Quantity:
            return Quantity(Decimal(sum(each)), self.inventory.checks_basis)

        for kind, what in (("aws", "AWS endpoints"), ("other", "other endpoints")):
            checks = [check for check in self.inventory.health_checks.values() if self.options.kind(check) == kind]
            unsure = sum(check.endpoint in (SecondaryEndpoint.DISTRIBUTION, SecondaryEndpoint.API) for check in checks)
            note = f"{unsure} of them by our reading" if unsure else ""
            yield _route53(f"health checks, {what}", f"health-check-{kind}", count(True for _ in checks), note)
            for option in sorted({option for check in checks for option in check.options}):
                having = count(option in check.options for check in checks)
                yield _route53(f"health check option {option}, {what}", f"health-check-option-{kind}", having)
        others = count(self.options.kind(check) == "calculated" for check in self.inventory.health_checks.values())
        if others.value:
            note = "free by our reading" if self.options.unverified_aws else "not free by our reading"
            charged = NOTHING if self.options.unverified_aws else others
            yield _route53("health checks, calculated", "health-check-calculated", charged, note)

    def _dns(self) -> Iterator[Item]:
        made = self.inventory.made_zones
        yield _route53("hosted zone", "hosted-zone", made, "" if made else "there already, and not counted")
        if self.site.is_apex:
            note = "queries for an alias to CloudFront or S3 are free"
            yield _route53("DNS queries, aliases", "dns-queries", NOTHING, note)
        else:
            yield _route53("DNS queries, CNAMEs", "dns-queries", self.usage["dns_queries"])
        if self.site.secondary.kind.has_own_names:
            # Its name is in the site's own zone; those of the other checks are AWS's or another provider's. A check
            # without an address looks its name up at every interval (Route 53 API, HealthCheckConfig).
            note = "as if none was cached"
            yield _route53("DNS queries of health checkers", "dns-queries", self._asked("secondary"), note)

    # S3

    def _bucket(self, region: str) -> Iterator[Item]:
        def item(what: str, price: str, quantity: Quantity, note: str = "") -> Item:
            role = "primary" if region == self.site.primary_region else "replica"
            return Item("S3", f"{role}: {what}", region, price, quantity, note)

        yield from (item(what, "s3-storage", quantity) for what, quantity in self._stored(region))
        yield item("reads", "s3-get", self._reads(region), "health checks, CDN, clients")
        if not self._is_there_already(region):
            yield item("access logs", "s3-storage", self._log_storage(self._reads(region)))

    def _is_there_already(self, region: str) -> bool:
        """Whether the settings of a bucket that the site does not own decide what a region logs."""
        existing = self.site.existing
        return region in existing.replica_buckets or (
            region == self.site.primary_region and bool(existing.primary_bucket)
        )

    @property
    def _prefixes(self) -> str:
        return "as if all was copied" if self.site.replication.prefixes else ""

    def _stored(self, region: str) -> Iterator[tuple[str, Quantity]]:
        if region in self.usage.gb_by_region:
            yield "storage, all versions", self.usage.gb_by_region[region]
            return
        yield "storage", self.usage["stored_gb"]
        if self.site.versioned:
            months = Decimal(self.site.noncurrent_version_days) / DAYS
            yield "storage, old versions", self.usage["changed_gb"] * self.usage["overwritten"] * months

    def _changes(self, objects: Quantity, gb: Quantity) -> Iterator[Item]:
        """What it costs that objects are written, so many with so many GB; deleting them costs nothing (S3 FAQ)."""
        source, replicas = self.site.primary_region, self.site.replica_regions
        yield Item("S3", "primary: uploads", source, "s3-put", objects)
        for replica in replicas:
            # One PUT for each object and replica (S3 User Guide, replication; the function does the same).
            yield Item("S3", "replica: replication PUTs", replica, "s3-put", objects, self._prefixes)
        for replica in replicas:
            yield Item("S3", f"replication to {replica}", source, transfer(source, replica), gb, self._prefixes)
        if self.site.replication.time_control:
            yield Item("S3", "Replication Time Control", source, "replication-time-control", gb * len(replicas))

    def _reads(self, region: str) -> Quantity:
        return self._content_reads(region) + self._health_reads(region)

    def _content_reads(self, region: str) -> Quantity:
        found = self._client_reads
        misses = self.usage["viewer_requests"] * self._missed
        if region == self.site.primary_region:
            found = found + misses * self._present + self.usage["publishes"] * self.usage["objects"]
        if region == self._first_replica:
            moved = misses * self._away if self.site.mode is Mode.HYBRID else self._at_secondary("viewer_requests")
            found = found + moved
        return found

    def _health_reads(self, region: str) -> Quantity:
        """Return how often health checkers read the health object of a region; it never has a key of the content."""
        found = NOTHING
        if region == self.site.primary_region:
            found = found + self._asked("primary") + self._asked("distribution") + self._monitored(times=2)
        if region == self._first_replica:
            found = found + self._asked("secondary") + self._monitored(times=1)
        return found

    def _monitored(self, *, times: int) -> Quantity:
        """Return how often the second monitor reads a health object: by name and from the bucket, or once."""
        return Quantity.of(MINUTES * times) if self.site.monitor_region else NOTHING

    @property
    def _client_reads(self) -> Quantity:
        return self.usage["host_requests"] / copies(self.site) if self.site.clients else NOTHING

    @property
    def _missed(self) -> Quantity:
        if self.site.cdn.cache_policy == "disabled":
            return Quantity.of(1)
        hits = self.usage["cache_hits"]
        return Quantity(1 - hits.value, hits.basis)

    def _asked(self, name: str) -> Quantity:
        """Return how often health checkers read the health object through a check."""
        check = self.inventory.health_checks.get(name)
        return asked(check) if check else NOTHING

    def _log_storage(self, requests: Quantity) -> Quantity:
        days = self.site.access_log_days if self.site.access_logs else 0
        return _in_gb(requests, LOG_BYTES) * (Decimal(days) / DAYS)

    # Data between regions, and out of them

    def _transfers(self) -> Iterator[Item]:
        if self.site.clients:
            away = self.usage["host_gb"] * (copies(self.site) - 1) / copies(self.site) ** 2
            note = "hosts in all regions alike"
            for region in self._regions:
                other = next(each for each in self._regions if each != region)
                yield Item("S3", "reads of clients in other regions", region, transfer(region, other), away, note)
        for region, name, service in (
            (self.site.primary_region, "primary", "S3"),
            (self._first_replica, "secondary", self._sender),
        ):
            answers = _in_gb(self._asked(name), ANSWER_BYTES)
            yield Item(service, "answers to health checkers", region, "internet-transfer", answers)
        if (sent := self._at_secondary("viewer_gb")).value:
            what = "transfer to viewers in the outage"
            yield Item(self._sender, what, self._first_replica, "internet-transfer", sent, self._supplier)

    @property
    def _sender(self) -> str:
        """The service that sends what the secondary answers."""
        return self.site.secondary.kind.sender

    @property
    def _supplier(self) -> str:
        ours = self.site.secondary.kind.is_ours
        return "" if ours else "to the other provider, whose own price is not known"

    # CloudFront

    def _cdn(self) -> Iterator[Item]:
        def item(what: str, price: str, quantity: Quantity, place: str = EVERYWHERE, note: str = "") -> Item:
            return Item("CloudFront", what, place, price, quantity, note)

        viewers, checkers = self._at_distribution("viewer_requests"), self._asked("distribution")
        requests, gb = viewers + checkers, self._at_distribution("viewer_gb") + _in_gb(checkers, ANSWER_BYTES)
        plain = "at most: what comes by HTTP costs less" if self.site.https is ViewerHttps.OPTIONAL else ""
        for area, share in self.options.areas.items():
            yield item("requests, HTTPS", "cdn-requests", requests * share, area, plain)
        for area, share in self.options.areas.items():
            yield item("transfer to viewers", "cdn-transfer", gb * share, area)
        yield item("invalidated paths", "cdn-invalidations", self.usage["invalidated_paths"])
        if self.inventory.viewer_functions:
            yield item("functions", "cdn-functions", viewers * self.inventory.viewer_functions)
        yield Item("S3", "access logs of the distribution", EDGE_REGION, "s3-storage", self._log_storage(requests))

    # CloudWatch

    def _alarms(self) -> Iterator[Item]:
        for region, count in sorted(self.inventory.alarms.items()):
            yield Item("CloudWatch", "alarms", region, "alarm", Quantity.of(count))
        for region, count in sorted(self.inventory.composite_alarms.items()):
            yield Item("CloudWatch", "composite alarms", region, "composite-alarm", Quantity.of(count))
        small, large = Quantity.of(self.inventory.dashboards), Quantity.of(self.inventory.large_dashboards)
        yield Item("CloudWatch", "dashboards", EVERYWHERE, "dashboard", small)
        yield Item("CloudWatch", "dashboards with more than 50 metrics", EVERYWHERE, "large-dashboard", large)

    def _metrics(self) -> Iterator[Item]:
        for region, count in sorted(self.inventory.replication_metrics.items()):
            yield Item("CloudWatch", "replication metrics", region, "custom-metric", Quantity.of(count))
        if self.site.clients:
            region = self.site.client_alarm_region
            hosts = self.usage["hosts"]
            metrics = Quantity.of(self.inventory.client_metrics if hosts.value else 0)
            yield Item("CloudWatch", "metrics of clients", region, "custom-metric", metrics)
            yield Item("CloudWatch", "reports of clients", region, "metric-requests", hosts * PUT_METRIC_DATA)

    def _logs(self, what: str, region: str, calls: Quantity, months: int) -> Iterator[Item]:
        written = _in_gb(calls, FUNCTION_LOG_BYTES)
        yield Item("CloudWatch", f"logs of {what}, written", region, "log-ingestion", written)
        yield Item("CloudWatch", f"logs of {what}, kept", region, "log-storage", written * months)

    # KMS and SNS

    def _keys(self) -> Iterator[Item]:
        topics, content = self.inventory.topic_keys, self.inventory.content_keys
        for region, count in sorted(topics.items()):
            yield Item("KMS", "keys of alarm topics", region, "kms-key", Quantity.of(count))
        for region in content:
            yield Item("KMS", "key of the content", region, "kms-key", Quantity.of(1))
            calls = (self.usage["changed_objects"] + self._content_reads(region)) * BUCKET_KEY_SHARE
            yield Item("KMS", "requests for the content", region, "kms-requests", calls)
        for region, count in sorted((Counter(topics) + Counter(content)).items()):
            rotated = Quantity.of(count * min(self.options.rotations, ROTATIONS))
            yield Item("KMS", "rotations of keys", region, "kms-rotation", rotated)

    def _messages(self) -> Iterator[Item]:
        addresses = {*self.site.alarms.critical_emails, *self.site.alarms.warning_emails}
        if addresses:
            sent = self.usage["alarm_messages"] * len(addresses)
            yield Item("SNS", "e-mails of alarms", EDGE_REGION, "notification-email", sent)

    # The https secondary, and the engine `lambda`

    def _endpoint(self) -> Iterator[Item]:
        region, viewers = self._first_replica, self._at_secondary("viewer_requests")
        calls = self._asked("secondary") + viewers
        seconds = calls * ENDPOINT_SECONDS * FUNCTION_GB
        note = "health checks, and viewers in the outage" if viewers.value else "health checks alone"
        yield Item("API Gateway", "https secondary", region, "http-api", calls, note)
        yield Item("Lambda", "https secondary, calls", region, "lambda-requests", calls, note)
        yield Item("Lambda", "https secondary, time", region, "lambda-arm", seconds, note)
        yield from self._logs("the https secondary", region, calls, months=3)

    def _monitor(self, region: str) -> Iterator[Item]:
        """What the second monitor costs besides its alarms: one call a minute."""
        calls = Quantity.of(MINUTES)
        yield Item("Lambda", "monitor, calls", region, "lambda-requests", calls)
        yield Item("Lambda", "monitor, time", region, "lambda-arm", calls * MONITOR_SECONDS * MONITOR_GB)
        yield from self._logs("the monitor", region, calls, months=1)

    def _replicator(self, changed: Quantity, *, scheduled: bool = True) -> Iterator[Item]:
        """What the engine `lambda` costs for objects that change, and for its schedule."""
        region, replicas = self.site.primary_region, self.site.replica_regions
        repairs = _REPAIRS if scheduled else Decimal(0)
        # A schedule's message makes one for each replica.
        calls = changed + repairs * (1 + len(replicas))
        yield Item("SQS", "event replication", region, "queue-requests", changed * 3 + _IDLE_POLLS * int(scheduled))
        yield Item("Lambda", "event replication, calls", region, "lambda-requests", calls)
        seconds = calls * REPLICATOR_SECONDS * FUNCTION_GB
        yield Item("Lambda", "event replication, time", region, "lambda-x86", seconds)
        # For each replica, source and copy are read before and after, the object and its tags.
        reads, lists = changed * 4, self.usage["objects"] / 1000 * repairs
        for each in self._regions:
            times = len(replicas) if each == region else 1
            yield Item("S3", "event replication: reads", each, "s3-get", reads * times, "before and after each copy")
            yield Item("S3", "event replication: LIST", each, "s3-put", lists * times, "listings every six hours")
        yield from self._logs("event replication", region, calls, months=1)


def asked(check: CheckInUse) -> Quantity:
    """Return how many requests health checkers make for a check."""
    return CHECKERS * (HOURS * 3600 // check.interval)


def _route53(what: str, price: str, quantity: Quantity | int, note: str = "") -> Item:
    return Item("Route 53", what, EVERYWHERE, price, Quantity.of(quantity), note)


def _in_gb(requests: Quantity, size: Quantity) -> Quantity:
    return requests * size / GB


def transfer(source: str, destination: str) -> str:
    """Return the name of the price of a GB from one region to another."""
    near = {source, destination} == {"us-east-1", "us-east-2"}
    return "region-transfer-virginia-ohio" if near else "region-transfer"
