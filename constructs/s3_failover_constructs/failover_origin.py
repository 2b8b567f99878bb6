"""An origin that goes on to a replica: for any distribution, and any number of its behaviors."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import (
    ORIGIN_CONTROL,
    a_bucket,
    duration,
    fits,
    items,
    may_implement,
)
from s3_failover_constructs.places import a_region, region_known, regions_apart
from s3_failover_constructs.same_bucket import same_bucket

FALLBACK_STATUS_CODES = (403, 500, 502, 503, 504)
"""Answers of the primary that send a request on to the replica. A refused connection counts as 503 and a timeout as 504
(CloudFront Developer Guide, high_availability_origin_failover); 403 means denied, as missing objects are 404 here."""

READ_SECONDS = 5
"""How long CloudFront waits for an answer, unless it is set."""

LONGEST_READ = 120
"""Seconds that CloudFront waits for an S3 origin at most (CloudFront API, S3OriginConfig)."""

LONGEST_COMPLETION = 3600
"""Seconds that a whole answer may take at most where that is bounded (CloudFront API, Origin)."""

LONGEST_CONNECTION = 10
"""Seconds that CloudFront waits for a connection at most (CloudFront API, Origin)."""


class BucketOrigin(cloudfront.OriginBase):
    """A private bucket as an origin: tried once and briefly, and read so that a missing object is a 404.

    A class of the CDK's, and no object of ours with its interface: jsii makes a new one of those whenever it is passed,
    and a second behavior would get origins of its own.

    Args:
        bucket: the bucket.
        argument: what it is called where it is passed.
        access_control: how CloudFront signs; by default each distribution gets a control of its own.
        connection_timeout: of the one connection attempt; 2 seconds by default.
        read_timeout: of the answer, and of each further packet of it; 5 seconds by default.
        completion_timeout: of the whole answer; no limit by default.
        origin_shield_region: where Origin Shield caches; none by default.
    """

    def __init__(
        self,
        bucket: s3.IBucket,
        *,
        argument: str = "primary",
        access_control: cloudfront.IOriginAccessControl | None = None,
        connection_timeout: Duration | None = None,
        read_timeout: Duration | None = None,
        completion_timeout: Duration | None = None,
        origin_shield_region: str | None = None,
    ) -> None:
        a_bucket(argument, bucket)
        super().__init__(bucket.bucket_regional_domain_name)
        self._bucket = bucket
        self._argument = argument
        self._access_control = access_control
        self._connection = connection_timeout or Duration.seconds(2)
        self._read = read_timeout or Duration.seconds(READ_SECONDS)
        self._completion = completion_timeout
        self._shield = origin_shield_region

    def bind(
        self, scope: Construct, *, origin_id: str, distribution_id: str | None = None
    ) -> cloudfront.OriginBindConfig:
        """Return what a distribution writes; the CDK calls it for each distribution that the origin is in.

        Raises:
            ValueError: the bucket is of another stack of this app: the two would wait for each other.
        """
        require_no_circle(scope, self._argument, self._bucket)
        region_known(scope, self._argument, self._bucket)
        origin = origins.S3BucketOrigin.with_origin_access_control(
            self._bucket,
            origin_access_control=self._access_control,
            # Listing, so that a missing object is a 404 and no 403, on which a group would move (S3 API, GetObject).
            origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
            connection_attempts=1,
            connection_timeout=self._connection,
            response_completion_timeout=self._completion,
            origin_shield_region=self._shield,
        )
        bound = origin.bind(scope, origin_id=origin_id, distribution_id=distribution_id).origin_property
        assert bound is not None
        return cloudfront.OriginBindConfig(origin_property=self._with_read_timeout(bound))

    def _with_read_timeout(
        self, bound: cloudfront.CfnDistribution.OriginProperty
    ) -> cloudfront.CfnDistribution.OriginProperty:
        # The L2 has no read timeout for S3 origins; CloudFront has (CloudFront API, S3OriginConfig).
        return cloudfront.CfnDistribution.OriginProperty(
            domain_name=bound.domain_name,
            id=bound.id,
            connection_attempts=bound.connection_attempts,
            connection_timeout=bound.connection_timeout,
            origin_access_control_id=bound.origin_access_control_id,
            origin_shield=bound.origin_shield,
            response_completion_timeout=bound.response_completion_timeout,
            s3_origin_config=cloudfront.CfnDistribution.S3OriginConfigProperty(
                origin_access_identity="", origin_read_timeout=self._read.to_seconds()
            ),
        )


class FailoverOrigin(origins.OriginGroup):
    """An origin group over two private buckets: the primary is tried once, and then the replica, inside the request.

    Put it into any `cloudfront.Distribution`, as the origin of as many behaviors as you like: they share one group.
    Both buckets are read through origin access control. Buckets of the distribution's stack get the policy that admits
    it, for reading and for listing: with listing a missing object is a 404, without it a 403 and a failover. Therefore
    give the distribution a default root object, which keeps viewers from listing at `/`. An imported bucket must admit
    the distribution in its own stack: see `admit_distributions`.

    Args:
        primary: the bucket that is read first.
        replica: the bucket behind it.
        fallback_status_codes: what the group moves on; `FALLBACK_STATUS_CODES` by default.
        connection_timeout: of the one connection attempt to each, 1 to 10 seconds; 2 by default.
        read_timeout: of an answer, and of each further packet of it, 1 to 120 seconds; 5 by default.
        completion_timeout: of a whole answer, `read_timeout` to 3,600 seconds; no limit by default. It ends a body that
            drips, and the download of a large object that takes as long.
        origin_shield_region: where Origin Shield caches what is read from the primary; none by default.
        replica_origin_shield_region: where it caches what is read from the replica; none by default.
        origin_access_control: how CloudFront signs; by default each distribution gets a control of its own.

    Raises:
        ValueError: both buckets are the same; the CDK does not know a region; a timeout is out of range, or the group
            cannot move on the status codes. A bucket is of another stack of the app, when a distribution is made with
            the origin.

    Leaves to you:
        the copies in the replica: see `Replication`; policies of imported buckets: see `admit_distributions`.
    """

    def __init__(
        self,
        *,
        primary: s3.IBucket,
        replica: s3.IBucket,
        fallback_status_codes: Sequence[int] = FALLBACK_STATUS_CODES,
        connection_timeout: Duration | None = None,
        read_timeout: Duration | None = None,
        completion_timeout: Duration | None = None,
        origin_shield_region: str | None = None,
        replica_origin_shield_region: str | None = None,
        origin_access_control: cloudfront.IOriginAccessControl | None = None,
    ) -> None:
        a_bucket("primary", primary)
        a_bucket("replica", replica)
        may_implement("origin_access_control", origin_access_control, ORIGIN_CONTROL)
        check_codes(fallback_status_codes)
        check_timeouts(connection_timeout, read_timeout, completion_timeout)
        a_region("origin_shield_region", origin_shield_region)
        a_region("replica_origin_shield_region", replica_origin_shield_region)
        regions_apart(primary, "replica", replica)
        if same_bucket(primary, replica):
            remedy = "a failover would change nothing: pass the copy"
            fits("replica", [Misfit(replica.node.path, "another bucket than primary", remedy)])
        self.primary = primary
        self.replica = replica
        self._codes = list(fallback_status_codes)
        self._connection, self._read, self._completion = connection_timeout, read_timeout, completion_timeout
        self._shield, self._replica_shield = origin_shield_region, replica_origin_shield_region
        self._access_control = origin_access_control
        super().__init__(
            primary_origin=self._member("primary", primary, origin_access_control, origin_shield_region),
            fallback_origin=self._member("replica", replica, origin_access_control, replica_origin_shield_region),
            fallback_status_codes=self._codes,
        )

    def bind(
        self, scope: Construct, *, origin_id: str, distribution_id: str | None = None
    ) -> cloudfront.OriginBindConfig:
        """Return what a distribution writes; the CDK calls it for each distribution that the origin is in."""
        control = self._access_control or cloudfront.S3OriginAccessControl(scope, "AccessControl")
        primary = self._member("primary", self.primary, control, self._shield)
        replica = self._member("replica", self.replica, control, self._replica_shield)
        bound = primary.bind(scope, origin_id=origin_id, distribution_id=distribution_id)
        return cloudfront.OriginBindConfig(
            origin_property=bound.origin_property,
            failover_config=cloudfront.OriginFailoverConfig(failover_origin=replica, status_codes=self._codes),
        )

    def _member(
        self, argument: str, bucket: s3.IBucket, control: cloudfront.IOriginAccessControl | None, shield: str | None
    ) -> BucketOrigin:
        return BucketOrigin(
            bucket,
            argument=argument,
            access_control=control,
            connection_timeout=self._connection,
            read_timeout=self._read,
            completion_timeout=self._completion,
            origin_shield_region=shield,
        )


def check_codes(fallback_status_codes: Sequence[int]) -> None:
    """Refuse what an origin group cannot move on, or must."""
    items("fallback_status_codes", fallback_status_codes, int)
    fits("fallback_status_codes", values.status_codes(fallback_status_codes))


def check_timeouts(
    connection_timeout: Duration | None, read_timeout: Duration | None, completion_timeout: Duration | None
) -> None:
    """Refuse what CloudFront refuses; the L2, which looks at an origin's other timeouts, does not know the second."""
    duration("connection_timeout", connection_timeout, "seconds", 1, LONGEST_CONNECTION)
    duration("read_timeout", read_timeout, "seconds", 1, LONGEST_READ)
    is_set = read_timeout is not None and not read_timeout.is_unresolved()
    shortest = int(read_timeout.to_seconds()) if read_timeout is not None and is_set else READ_SECONDS
    duration("completion_timeout", completion_timeout, "seconds", shortest, LONGEST_COMPLETION)


def require_no_circle(scope: Construct, argument: str, bucket: s3.IBucket) -> None:
    """Refuse a bucket of another stack of the app, whose policy would name the distribution that reads it."""
    here, home = Stack.of(scope).node.path, Stack.of(bucket).node.path
    if isinstance(bucket, s3.Bucket) and home != here:
        expected = f"a bucket of the stack {here}, or an imported one"
        remedy = (
            "its policy would wait for the distribution, and the distribution for it: import it by name with "
            "Bucket.from_bucket_attributes, and call admit_distributions where it is defined"
        )
        fits(argument, [Misfit(bucket.node.path, expected, remedy)])
