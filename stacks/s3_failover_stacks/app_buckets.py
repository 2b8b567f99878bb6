"""Buckets of an app that a site uses in place of those that it would make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Stack, Stage, Token
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Existing
from s3_failover.config import Site as SiteConfig
from s3_failover.policies import DocumentKind, documents
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import fits, offers
from s3_failover_constructs.replication_ways import keeps_versions
from s3_failover_constructs.resource_policies import add_to_bucket
from s3_failover_constructs.same_bucket import written_name

_REMEDY = "pass a bucket, as in s3.Bucket.from_bucket_name(...)"
_BY_REGION = 'write it as in replica_buckets={"eu-west-1": bucket}'


@dataclass(frozen=True)
class AppBuckets:
    """Buckets that are there already, or that the app makes itself.

    Attributes:
        primary: the bucket that content is published to.
        replicas: replica buckets by region.
    """

    primary: s3.IBucket | None = None
    replicas: Mapping[str, s3.IBucket] = field(default_factory=dict)

    @classmethod
    def taken_from(cls, arguments: MutableMapping[str, Any]) -> AppBuckets:
        """Take the buckets out of a site's arguments, and name them there as existing ones.

        Raises:
            TypeError: one is no bucket.
            ValueError: one has no name that is known, or is in another region; `existing` names another bucket too.
        """
        primary = None if isinstance(arguments.get("primary_bucket"), str) else arguments.pop("primary_bucket", None)
        buckets = cls(primary, arguments.pop("replica_buckets", None) or {})
        if names := buckets._names(arguments.get("primary_region")):
            arguments["existing"] = _beside(arguments.get("existing"), names)
        return buckets

    def _names(self, primary_region: object) -> dict[str, Any]:
        names: dict[str, Any] = {}
        if self.primary is not None:
            names["primary_bucket"] = _name("primary_bucket", self.primary, primary_region)
        if self.replicas:
            if not isinstance(self.replicas, Mapping):
                expected = "a mapping of regions"
                raise TypeError(f"replica_buckets: got {self.replicas!r}, expected {expected}; {_BY_REGION}")
            named = {region: _name("replica_buckets", each, region) for region, each in self.replicas.items()}
            names["replica_buckets"] = named
        return names

    def admit(self, site: SiteConfig, account: str, stacks: Sequence[Stack]) -> None:
        """Write the policies of the buckets that the app makes, and have the site's stacks wait for them.

        Args:
            site: the site.
            account: its account.
            stacks: what is deployed after the buckets.

        Raises:
            ValueError: a bucket has no versions, or is in another stage.
        """
        made = dict(self._made(site, _stage(stacks[0])))
        for document in documents(site, account):
            if document.kind is DocumentKind.POLICY and document.resource in made:
                for statement in document.body["Statement"]:
                    add_to_bucket(made[document.resource], statement)
        for bucket in made.values():
            for stack in stacks:
                stack.add_stack_dependency(Stack.of(bucket))

    def _made(self, site: SiteConfig, stage: str) -> Iterator[tuple[str, s3.Bucket]]:
        """Yield the buckets that the app makes by their names, each checked."""
        replicas = (("replica_buckets", each) for each in self.replicas.values())
        for argument, bucket in (("primary_bucket", self.primary), *replicas):
            if isinstance(bucket, s3.Bucket):
                _require_stage(argument, bucket, stage)
                _check_versions(bucket, site)
                yield written_name(bucket), bucket


def _beside(existing: Existing | None, names: Mapping[str, Any]) -> Existing:
    """Return the site's existing buckets with the app's added; refuse a bucket that both name."""
    told = (existing or Existing()).model_dump(exclude_unset=True)
    for setting in told.keys() & names.keys():
        twice = Misfit(told[setting], "nothing beside buckets of the app", f"keep {setting} alone")
        fits(f"existing.{setting}", [twice])
    return Existing.model_validate({**told, **names})


def _name(argument: str, bucket: s3.IBucket, region: object) -> str:
    offers(argument, bucket, ["bucket_name", "add_to_resource_policy"], "a bucket", _REMEDY)
    name = written_name(bucket)
    if Token.is_unresolved(name):
        got = f"got {bucket.node.path} without a name that is known at synthesis"
        raise ValueError(f"{argument}: {got}, expected one, because other regions name it; give it a bucket_name")
    there = bucket.env.region
    # An import has the region of its stack where none is given, and says nothing then.
    is_told = isinstance(bucket, s3.Bucket) or there != Stack.of(bucket).region
    if is_told and there != region and not Token.is_unresolved(there):
        fits(argument, [Misfit(f"{name} in {there}", f"a bucket in {region}", "correct the region")])
    return name


def _require_stage(argument: str, bucket: s3.Bucket, stage: str) -> None:
    """Refuse a bucket of another stage: the CDK deploys each stage by itself."""
    if _stage(bucket) != stage:
        got = f"{bucket.node.path} of {_stage(bucket) or 'the app'}"
        remedy = "make it in a stack of that stage, or import it there by its name"
        fits(argument, [Misfit(got, f"a bucket of {stage or 'the app'}", remedy)])


def _stage(scope: Construct) -> str:
    stage = Stage.of(scope)
    assert stage is not None
    return str(stage.node.path)


def _check_versions(bucket: s3.Bucket, site: SiteConfig) -> None:
    cfn_bucket = bucket.node.default_child
    assert isinstance(cfn_bucket, s3.CfnBucket)
    if site.versioned and not keeps_versions(cfn_bucket):
        msg = f"replication needs versions, got {bucket.node.path} without versioning: set versioned=True"
        raise ValueError(msg)
