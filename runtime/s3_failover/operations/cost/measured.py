"""What the account tells about a deployed site: health checks, storage, traffic, hosts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from s3_failover.config import EDGE_REGION, Site
from s3_failover.config.secondaries import SecondaryEndpoint
from s3_failover.names.health_checks import CheckRole
from s3_failover.names.metrics import ALL_REGIONS_FAILING, NAMESPACE
from s3_failover.names.stacks import Output
from s3_failover.operations import health_checks, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.cost.inventory import CheckInUse, Inventory
from s3_failover.operations.cost.inventory import health_checks as configured
from s3_failover.operations.cost.items import ANSWER_BYTES, DAYS, GB, asked
from s3_failover.operations.cost.quantity import Basis, Quantity
from s3_failover.operations.cost.usage import Usage
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import explained

LOOK_BACK = timedelta(days=30)
"""How far back traffic is looked at, in whole days (UTC)."""

ENOUGH = 7
"""Whole days of traffic that may stand for a month as a measurement; fewer of them are an assumption."""

NOISE = Decimal("0.1")
"""How many viewers there must be for each request of a checker to be told from it: how many checkers ask is known
roughly (`CHECKERS`), so that less may be none at all."""

_LATELY = timedelta(days=3)
# S3 publishes storage once a day, some time after it (S3 User Guide, metrics-dimensions).
_DAY = 86400
_TRAFFIC = {"viewer_requests": "Requests", "viewer_gb": "BytesDownloaded"}


@dataclass
class Measurement:
    """A look at the account of a deployed site."""

    site: Site
    account: Account
    unknown: list[str] = field(default_factory=list)
    checks: Mapping[str, CheckInUse] = field(init=False)

    def __post_init__(self) -> None:
        """Take the configured health checks for those that ask, until `health_checks` has seen which ones do."""
        self.checks = configured(self.site)

    def usage(self, told: Usage) -> Usage:
        """Return the usage with what the account knows in place of assumptions; what was given stays."""
        quantities = dict(told.quantities)
        gb_by_region = self._storage() if quantities["stored_gb"].basis is Basis.ASSUMED else {}
        if self.site.primary_region in gb_by_region:
            quantities["stored_gb"] = gb_by_region[self.site.primary_region]
        for name, found in (("objects", self._objects), ("hosts", self._hosts)):
            if quantities[name].basis is Basis.ASSUMED and (value := found()) is not None:
                quantities[name] = value
        viewers = self._viewers() if all(quantities[name].basis is Basis.ASSUMED for name in _TRAFFIC) else {}
        return replace(told, quantities=quantities | viewers, gb_by_region=gb_by_region, unknown=tuple(self.unknown))

    def health_checks(self, counted: Inventory) -> tuple[Inventory, list[CheckInUse]]:
        """Return the inventory with the checks that are there, and those that the account has besides."""
        ours = health_checks.identifiers(self.site, self.account)
        with explained("list the health checks", service="route53"):
            pages = self.account.client("route53", EDGE_REGION).get_paginator("list_health_checks").paginate()
            configs = {each["Id"]: each["HealthCheckConfig"] for page in pages for each in page["HealthChecks"]}
        deciding = configs.get(ours[CheckRole.FAILOVER], {})
        ours = health_checks.with_evacuation(ours, deciding.get("ChildHealthChecks", ()))
        checks = {str(role): _check(configs[each], self.site) for role, each in ours.items() if each in configs}
        others = [_check(config, self.site) for name, config in configs.items() if name not in ours.values()]
        self.checks = dict(sorted(checks.items()))
        return replace(counted, health_checks=self.checks, checks_basis=Basis.MEASURED), others

    def _storage(self) -> dict[str, Quantity]:
        """Return what the buckets hold; a copy that has not been measured holds what the primary does."""
        found = {}
        for region, bucket in self._copies.items():
            # Each bucket holds the health object at least: nothing is what S3 saw before there was any.
            if size := self._latest(region, bucket, "BucketSizeBytes", "StandardStorage"):
                found[region] = Quantity(size / GB, Basis.MEASURED)
            else:
                self.unknown.append(f"how much {bucket} holds: S3 publishes it once a day, and has not yet")
        primary = found.get(self.site.primary_region)
        if primary is not None:
            found = {region: found.get(region, Quantity(primary.value, Basis.ASSUMED)) for region in self._copies}
        return found

    def _objects(self) -> Quantity | None:
        region = self.site.primary_region
        found = self._latest(region, self._copies[region], "NumberOfObjects", "AllStorageTypes")
        if not found:
            self.unknown.append(f"how many objects {self._copies[region]} holds: S3 has not published it")
            return None
        return Quantity(found, Basis.MEASURED)

    def _hosts(self) -> Quantity | None:
        if self.site.clients is None:
            return None
        dimensions = {"Service": self.site.client_service}
        points = self._points(
            self.site.client_alarm_region,
            (NAMESPACE, ALL_REGIONS_FAILING, dimensions),
            "SampleCount",
            (self.account.now() - timedelta(hours=3), self.account.now()),
            60,
        )
        if not any(points.values()):
            self.unknown.append(f"how many hosts there are: none of {self.site.client_service} has reported lately")
            return None
        return Quantity(max(points.values()), Basis.MEASURED)

    @property
    def _copies(self) -> dict[str, str]:
        names = self.site.names(self.account.id)
        return {region: names.copy(region) for region in (self.site.primary_region, *self.site.replica_regions)}

    def _latest(self, region: str, bucket: str, metric: str, storage: str) -> Decimal | None:
        dimensions = {"BucketName": bucket, "StorageType": storage}
        now = self.account.now()
        points = self._points(region, ("AWS/S3", metric, dimensions), "Average", (now - _LATELY, now), _DAY)
        return points[max(points)] if points else None

    def _viewers(self) -> dict[str, Quantity]:
        """Return what the distribution has sent to viewers a month, less what health checkers must have got of it.

        Requests and bytes are known together or not at all, and from whole days only: neither the day that still runs
        counts, nor the one on which the distribution began to publish.
        """
        distribution = Deployment(self.site, self.account).outputs()[Output.DISTRIBUTION_ID]
        midnight = self.account.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        sent = {name: self._daily(distribution, metric, midnight) for name, metric in _TRAFFIC.items()}
        days = min(len(each) for each in sent.values())
        if not days:
            self.unknown.append("what viewers do: CloudFront has not published a whole day of the distribution yet")
            return {}
        checkers = asked(self.checks["distribution"]).value if "distribution" in self.checks else Decimal(0)
        found = {}
        for name, asks in (("viewer_requests", checkers), ("viewer_gb", checkers * ANSWER_BYTES.value / GB)):
            unit = GB if name == "viewer_gb" else 1
            found[name] = sum(sent[name][-days:], Decimal(0)) / days * DAYS / unit - asks
            if found[name] < asks * NOISE:
                self.unknown.append(
                    f"what viewers do: health checkers make nearly all requests of the distribution in {days} whole "
                    "days, and viewers are too few to be told from them"
                )
                return {}
        if days < ENOUGH:
            seen = "1 whole day was" if days == 1 else f"{days} whole days were"
            self.unknown.append(
                f"what viewers do in a month: {seen} seen, expected {ENOUGH}; a month like that is taken"
            )
        basis = Basis.MEASURED if days >= ENOUGH else Basis.ASSUMED
        return {name: Quantity(value, basis) for name, value in found.items()}

    def _daily(self, distribution: str, metric: str, midnight: datetime) -> list[Decimal]:
        """Return the sums of the whole days before a midnight; on a day without any, CloudFront publishes none."""
        begin = midnight - LOOK_BACK
        dimensions = {"DistributionId": distribution, "Region": "Global"}
        points = self._points(EDGE_REGION, ("AWS/CloudFront", metric, dimensions), "Sum", (begin, midnight), _DAY)
        first = min(points, default=midnight)
        whole = begin if first <= begin else first + timedelta(days=1)
        return [points.get(whole + timedelta(days=day), Decimal(0)) for day in range((midnight - whole).days)]

    def _points(
        self,
        region: str,
        metric: tuple[str, str, dict[str, str]],
        statistic: str,
        during: tuple[datetime, datetime],
        period: int,
    ) -> dict[datetime, Decimal]:
        namespace, name, dimensions = metric
        with explained(f"read the metric {name} in {region}", service="cloudwatch"):
            found = self.account.client("cloudwatch", region).get_metric_statistics(
                Namespace=namespace,
                MetricName=name,
                Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
                StartTime=during[0],
                EndTime=during[1],
                Period=period,
                Statistics=[statistic],
            )
        return {point["Timestamp"]: Decimal(str(point[statistic])) for point in found.get("Datapoints", ())}


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `cost --deployed` look at a site; without it, `cost` needs none."""
    return permissions.policy(
        allow(["cloudformation:DescribeStacks"], [permissions.stack(site, account)]),
        # Neither action knows resources (Service Authorization Reference, CloudWatch and Route 53).
        allow(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricStatistics", "route53:ListHealthChecks"], ["*"]),
    )


def _check(config: dict[str, Any], site: Site) -> CheckInUse:
    kind, interval = config["Type"], config.get("RequestInterval", 30)
    options = {
        "https": kind.startswith("HTTPS"),
        "string match": kind.endswith("STR_MATCH"),
        "fast": interval < 30,
        "latency": config.get("MeasureLatency", False),
    }
    return CheckInUse(_endpoint(config, site), tuple(name for name, has in options.items() if has), interval)


def _endpoint(config: dict[str, Any], site: Site) -> SecondaryEndpoint:
    name = config.get("FullyQualifiedDomainName", "")
    if config["Type"] == "CALCULATED":
        return SecondaryEndpoint.CALCULATED
    if name.endswith(".cloudfront.net"):
        return SecondaryEndpoint.DISTRIBUTION
    if name.endswith(".amazonaws.com"):
        return SecondaryEndpoint.S3
    return SecondaryEndpoint.API if name == site.endpoint_check_name else SecondaryEndpoint.OUTSIDE
