"""One attempt in one region: sent, limited, received, classified.

It goes over a boto3 client of the region's own, made to hide no failure: one try, short timeouts, no way to another
region.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

import boto3
import botocore.exceptions
import botocore.session
from botocore.config import Config

from s3_failover.client.errors import InvalidConfiguration, LocalFault, S3FailoverError, http_status
from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import Cancellation, Guard
from s3_failover.client.net.outcomes import Answer, classify, refuse_redirect, require_object
from s3_failover.client.net.session import install_credentials, install_dates, install_sts, own_session
from s3_failover.client.net.transport import install_transport
from s3_failover.client.objects import Attempt, Outcome, Phase
from s3_failover.client.settings import LOCAL, Region, Timeouts, embedded_endpoint

_SAME_OBJECT = (
    "Key",
    "VersionId",
    "SSECustomerAlgorithm",
    "SSECustomerKey",
    "SSECustomerKeyMD5",
    "RequestPayer",
    "ExpectedBucketOwner",
)
"""Parameters that a question about the same object repeats."""

_CLOSED = (
    botocore.exceptions.ConnectionClosedError,
    botocore.exceptions.ProxyConnectionError,
    botocore.exceptions.SSLError,
)
"""What a connection that had served before raises when it is gone: plain, through a proxy, and when TLS notices."""


class RegionalClient:
    """Sends requests to one region.

    Args:
        region: the region and its bucket.
        session: the boto3 session with the credentials.
        config: from `config_for`.

    Attributes:
        authenticate: to be called before `send`, in the same thread; see `RenewedCredentials.renew`.

    Raises:
        InvalidConfiguration: botocore refuses the region's name or its endpoint.
    """

    def __init__(self, region: Region, session: boto3.session.Session, config: Config) -> None:
        self._bucket = region.bucket
        self._tagged = ":s3-object-lambda:" not in region.bucket
        self._size_of = lru_cache(1024)(self._asked_size)
        try:
            endpoint = region.endpoint_url or embedded_endpoint()
            self._client: Any = session.client("s3", region_name=region.name, endpoint_url=endpoint, config=config)
        except (ValueError, botocore.exceptions.InvalidRegionError) as error:
            raise InvalidConfiguration(f"cannot make a client for {region}: {error}") from error
        self.authenticate = install_credentials(self._client).renew
        install_transport(self._client)
        install_dates(self._client)
        # Registered first: botocore's own handler would follow the redirect, and remember it.
        self._client.meta.events.register_first("needs-retry.s3", partial(refuse_redirect, region.name))

    def send(self, operation: str, parameters: Mapping[str, Any], guard: Guard) -> dict[str, Any]:
        """Return boto3's response, its body not read yet.

        Raises:
            NotAnObjectError: it is not what was asked for.
            botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: as boto3 does.
        """
        response = self._sent(operation, parameters, guard)
        try:
            require_object(response, parameters, tagged=self._tagged)
        except BaseException:
            if "Body" in response:
                response["Body"].close()
            raise
        return response

    def part_size(
        self, parameters: Mapping[str, Any], response: Mapping[str, Any], guard: Guard, number: int
    ) -> int | None:
        """Return the size of a part of the object that a response is about; None if S3 does not say."""
        named = {name: parameters[name] for name in _SAME_OBJECT if name in parameters}
        # The object may be another one by now.
        named["IfMatch"] = response.get("ETag")
        if "VersionId" in response:
            named["VersionId"] = response["VersionId"]
        try:
            with guard.aside():
                return self._size_of(number, tuple(sorted(named.items())))
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return None

    def _asked_size(self, number: int, named: tuple[tuple[str, Any], ...]) -> int:
        size: int = self._client.head_object(Bucket=self._bucket, PartNumber=number, **dict(named))["ContentLength"]
        return size

    def _sent(self, operation: str, parameters: Mapping[str, Any], guard: Guard) -> dict[str, Any]:
        call = getattr(self._client, operation)
        try:
            return call(Bucket=self._bucket, **parameters)  # type: ignore[no-any-return]
        except _CLOSED:
            # The server gave up an idle connection while the request was on its way: no word about the region.
            if not guard.reused or guard.fired or guard.cancelled:
                raise
        # Not whichever is kept next: other threads have put back more of those that are gone.
        guard.fresh = True
        return call(Bucket=self._bucket, **parameters)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


T = TypeVar("T")

_log = logging.getLogger("s3_failover.client")


_SHORT = 0.01
"""Seconds that credentials may take without a change of the limits."""

_UNCOVERED = contextlib.nullcontext()


class Call(NamedTuple, Generic[T]):
    """What is asked of every region alike."""

    operation: str
    """Boto3's method, for example `get_object`."""
    key: str
    """The object's key."""
    parameters: Mapping[str, Any]
    """Boto3's parameters without `Bucket`."""
    receive: Callable[[Answer], T]
    """Makes the result of an answer, inside the attempt; what it raises decides about the region."""

    def __str__(self) -> str:
        return f"{self.operation} {self.key!r}"


class Ended(NamedTuple, Generic[T]):
    """How an attempt ended, and the result of its call if that went well."""

    attempt: Attempt
    value: T | None


class Sender:
    """Sends attempts, over one boto3 client per region and process, made by `prepare`.

    Args:
        regions: where attempts go.
        timeouts: how long an attempt may take.
        config: the botocore configuration of every client.
        session: the boto3 session; by default one of its own.
    """

    def __init__(
        self, regions: Sequence[Region], *, timeouts: Timeouts, config: Config, session: boto3.session.Session | None
    ) -> None:
        self._regions = regions
        self._timeouts = timeouts
        self._config = config
        self._session = session
        self._closed = False
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Forget the parent's clients: their connections are shared with it. The session and its credentials stay."""
        self._clients: dict[str, RegionalClient] = {}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Make the clients of all regions, once a process; raise S3FailoverError if closed, or botocore makes none."""
        if self._clients:
            return
        # One after the other: a boto3 session is not made for threads.
        with self._lock:
            if self._closed:
                raise S3FailoverError("the client is closed, expected an open one: make another, or close it later")
            if not self._clients:
                self._clients = self._made()

    def _made(self) -> dict[str, RegionalClient]:
        try:
            session = self._session = self._session or own_session()
            self._say_where_it_reads()
            # A problem with the credentials is an error of this host, not of a region.
            credentials = session.get_credentials()
            install_sts(credentials, [region.name for region in self._regions if region.name != session.region_name])
            return {region.name: RegionalClient(region, session, self._config) for region in self._regions}
        except InvalidConfiguration:
            raise
        # A credential_process that does not exist, or writes no JSON, is the last two.
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, OSError, ValueError) as error:
            msg = f"cannot make a client: {error}; no region is at fault: correct the AWS configuration of this host"
            raise LocalFault(msg) from error

    def _say_where_it_reads(self) -> None:
        if all(region.endpoint_url for region in self._regions):
            return
        if embedded_aws := embedded_endpoint():
            _log.warning("reads from the embedded AWS at %s: %s is set", embedded_aws, LOCAL)
            return
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            if os.environ.get(name):
                _log.warning("%s is not used, it would be one place for all regions: give each Region its own", name)

    def close(self) -> None:
        """Close all connections, and send nothing more."""
        with self._lock:
            self._closed = True
            for client in self._clients.values():
                client.close()
            self._clients = {}

    def guard(self, deadline: float, regions: int = 1) -> Guard:
        """Return the guard of an attempt that begins now.

        While others are untried, it has its share of the time that is left at most, however much arrives: one that is
        slow would have all.

        Args:
            deadline: when the request's time is over, on the monotonic clock.
            regions: how many may have to be asked until then.
        """
        return Guard(*self._limits(deadline, regions), until=deadline)

    def _limits(self, deadline: float, regions: int) -> tuple[float, float]:
        now = time.monotonic()
        share = (deadline - now) / regions
        # A share that is shorter than S3 may take for its first byte says nothing about the region when it is over.
        own = min(self._timeouts.attempt, max(share, self._timeouts.read))
        return now + own, now + share

    def attempt(
        self,
        region: Region,
        call: Call[T],
        guard: Guard,
        *,
        regions: int = 1,
        hedged: bool = False,
        probe: bool = False,
        cancellation: Cancellation | None = None,
    ) -> Ended[T]:
        """Send a call to one region, and return how that went. Raises nothing.

        Args:
            region: one of the sender's.
            call: what to send.
            guard: from `guard`.
            regions: how many may have to be asked in the time that is left.
            hedged: as `Attempt` has it.
            probe: as `Attempt` has it.
            cancellation: ends the attempt from another thread.
        """
        started_at, begin, handled = time.time(), time.monotonic(), sys.exception()
        value = None
        error: BaseException | None = None
        response: dict[str, Any] = {}
        covering = cancellation.covering(guard) if cancellation else _UNCOVERED
        try:
            self.prepare()
            client = self._clients[region.name]
            client.authenticate(guard.until)
            if time.monotonic() - begin > _SHORT:
                # None of that time is the region's.
                started_at, begin = time.time(), time.monotonic()
                guard.set(*self._limits(guard.until, regions))
            with covering, guard:
                response = client.send(call.operation, call.parameters, guard)
                value = call.receive(
                    Answer(response, guard, partial(client.part_size, call.parameters, response, guard))
                )
        except BaseException as caught:
            error = caught
            if "Body" in response:
                # An unread rest is on the connection, which can serve no other request.
                response["Body"].close()
            if isinstance(caught, botocore.exceptions.ClientError):
                response = dict(caught.response)
        metadata = response.get("ResponseMetadata", {})
        # All the same, only quicker: a success needs no look at how it ended.
        outcome = Outcome.SUCCESS if error is None else _outcome(error, guard, handled)
        attempt = Attempt(
            region=region.name,
            started_at=started_at,
            duration=time.monotonic() - begin,
            phase=Phase.VERIFY if error is None else _phase(outcome, error, guard),
            outcome=outcome,
            error=error,
            http_status=metadata.get("HTTPStatusCode") or (http_status(error) if error else None),
            request_id=metadata.get("RequestId"),
            host_id=metadata.get("HostId"),
            bytes_read=guard.bytes_read,
            checksum=guard.checksum if error is None else None,
            hedged=hedged,
            probe=probe,
        )
        return Ended(attempt, value)


def _outcome(error: BaseException, guard: Guard, handled: BaseException | None) -> Outcome:
    if guard.cancelled or not isinstance(error, Exception):
        return Outcome.CANCELLED
    outcome = classify(error, handled)
    # Whatever a connection that was shut down made botocore raise: time was up.
    if guard.fired or (outcome is Outcome.TIMEOUT and guard.remaining <= 0):
        return Outcome.DEADLINE if guard.cut_short else Outcome.TIMEOUT
    return outcome


def _phase(outcome: Outcome, error: BaseException, guard: Guard) -> Phase:
    if outcome in (Outcome.CORRUPT, Outcome.UNSUITABLE) and not isinstance(error, botocore.exceptions.ClientError):
        return Phase.VERIFY
    if outcome is Outcome.NOT_AN_OBJECT:
        return Phase.HEADERS
    # What S3 says about an error is in a body too, but not the object's.
    return Phase.HEADERS if isinstance(error, botocore.exceptions.ClientError) else guard.phase
