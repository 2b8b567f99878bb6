"""The client: reads an object from whichever region answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

import boto3
from botocore.config import Config

from s3_failover.client.errors import (
    require_age,
    require_flag,
    require_instance,
    require_path,
    require_whole,
    seconds_for,
)
from s3_failover.client.files import cache
from s3_failover.client.files.cache import Wanted
from s3_failover.client.files.replacement import Replacement
from s3_failover.client.files.single_flight import KnownOutage
from s3_failover.client.files.unfinished import watch_termination
from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import Cancellation
from s3_failover.client.net.outcomes import Answer, BodyReader
from s3_failover.client.net.sender import Call, Sender
from s3_failover.client.net.session import config_for
from s3_failover.client.objects import Attempt, Download, ReadParameters, S3Object
from s3_failover.client.regions.ejection import Ejection, RegionState
from s3_failover.client.regions.pool import RegionPool, Selector, required_selector
from s3_failover.client.regions.prober import Probe, Prober
from s3_failover.client.regions.request import Hedger, Policies, Policy, Run
from s3_failover.client.results import Listener, Listeners, RegionHealth, RequestReports
from s3_failover.client.settings import Hedging, Region, RetryBudget, Timeouts, TokenBucket, validated

if TYPE_CHECKING:
    from boto3.session import Session

T = TypeVar("T")


class S3FailoverClient:
    """Reads objects from several regions: rotates over them, and goes to the next one when one fails.

    Each request begins at another region and asks each at most once, without a pause; a body is read and verified
    before a region counts as having answered. One client serves all threads of a process, and forked children.

    Args:
        regions: where copies are; none is special.
        selector: where each request begins; by default `RoundRobin()`, from a random start.
        timeouts: how long to wait; `Timeouts()` by default.
        ejection: when a failing region is asked last; `Ejection()` by default.
        hedging: when a slow get or head is sent to a second region; never by default.
        retry_budget: pays for going on to other regions after a failure; by default a request may always ask them all.
        probe: how failing regions are asked for a sign of life; `Probe()` by default, None for never.
        not_found: `raise` (default), or `try_next` to ask the other regions for an object that one does not have; one
            version, asked for by its id, is looked for in all of them either way.
        forbidden: `try_next` (default) to go on when a region denies access or has no such bucket, or `raise`.
        require_checksum: whether a body that cannot be compared with a checksum is refused: then the next region is
            asked, and `ChecksumMissing` raised when none has one; False by default.
        listeners: are called with attempts, requests and changes; see `s3_failover.metrics`.
        session: the boto3 session with the credentials; by default a new one.
        config: more botocore configuration; timeouts and retries are set here.
        max_pool_connections: connections kept per region, and requests that hedging covers at a time, with two threads
            each; 50 by default.

    Raises:
        InvalidConfiguration: the client cannot work like this.
        LocalFault: this host's AWS configuration is wrong.
    """

    def __init__(
        self,
        regions: Sequence[Region],
        *,
        selector: Selector | None = None,
        timeouts: Timeouts | None = None,
        ejection: Ejection | None = None,
        hedging: Hedging | None = None,
        retry_budget: RetryBudget | None = None,
        probe: Probe | None = Probe(),  # noqa: B008 - frozen
        not_found: Policy = "raise",
        forbidden: Policy = "try_next",
        require_checksum: bool = False,
        listeners: Iterable[Listener] = (),
        session: Session | None = None,
        config: Config | None = None,
        max_pool_connections: int = 50,
    ) -> None:
        self.regions = validated(regions)
        require_whole("max_pool_connections", max_pool_connections)
        require_flag("require_checksum", require_checksum)
        self._timeouts = Timeouts() if timeouts is None else require_instance("timeouts", timeouts, Timeouts)
        self._policies = Policies(not_found, forbidden)
        self._require_checksum = require_checksum
        self._body = BodyReader(self._timeouts.min_throughput, require_checksum=require_checksum)
        self._buckets = frozenset(region.bucket for region in self.regions)
        self._outage = KnownOutage(self.regions)
        self._listeners = Listeners(listeners)
        self._pool = RegionPool(
            self.regions,
            selector=required_selector(selector),
            ejection=Ejection() if ejection is None else require_instance("ejection", ejection, Ejection),
            listeners=self._listeners,
        )
        self._sender = Sender(
            self.regions,
            timeouts=self._timeouts,
            config=config_for(self._timeouts, max_pool_connections, config),
            session=None if session is None else require_instance("session", session, boto3.session.Session),
        )
        self._prober = None if probe is None else self._prober_of(require_instance("probe", probe, Probe))
        self._pool.on_doubt = self._prober.wake if self._prober else None
        self._hedger = None
        if hedging is not None:
            require_instance("hedging", hedging, Hedging)
            self._hedger = Hedger(hedging, max_pool_connections, self._listeners)
        self._retry_tokens = _tokens(retry_budget)
        self._closed = False
        # Here and not in the first request, whose deadline it would use up; what cannot work is an error here too.
        self._sender.prepare()
        if not hasattr(os, "O_TMPFILE"):
            watch_termination()
        self._start()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Begin anew in a forked child, as its parts do: no thread and no connection of the parent's is used."""
        if not self._closed:
            self._start()

    @classmethod
    def from_site(cls, path: str | os.PathLike[str], site: str, **options: Any) -> Self:
        """Return a client for a site of a `failover.toml`: its primary and its replicas, probed by its health object.

        Reading the file needs pydantic: `pip install 's3-failover[config]'`. Where the file names no account, the
        credentials' account is asked for once, from STS.

        Args:
            path: the file.
            site: the site's name there.
            options: arguments of the constructor other than `regions`.

        Raises:
            InvalidConfiguration: the file has errors, or no such site; or pydantic is missing.
            LocalFault: the file names no account, and STS could not be asked in any region.
        """
        from s3_failover.client.settings import of_site  # noqa: PLC0415 - the only part that knows of configuration

        regions, health_key = of_site(path, site, session=options.get("session"))
        return cls(regions, **{"probe": Probe(key=health_key), **options})

    def get_object(self, key: str, *, deadline: float | None = None, **parameters: Unpack[ReadParameters]) -> S3Object:
        """Return an object, read into memory and verified; for large ones see `download_file`.

        Args:
            key: the object's key.
            deadline: seconds for all regions together; by default `Timeouts.deadline`.
            parameters: GetObject's, for example `VersionId`, `Range`, `IfNoneMatch`.

        Raises:
            InvalidConfiguration: an argument cannot work.
            RequestFailed: one of its subclasses: there is no answer, or it is that there is no such object.
            botocore.exceptions.ClientError: an answer that every region gave or would give, for example 304 or 412.
        """

        def receive(answer: Answer) -> tuple[dict[str, Any], bytes]:
            return answer.response, self._body.whole(answer)

        seconds = seconds_for(key, parameters, deadline, self._timeouts.deadline)
        call = Call("get_object", key, {"Key": key, **parameters}, receive)
        (response, data), attempts = self._perform(call, seconds, hedge=True)
        del response["Body"]
        return S3Object(data, attempts[-1].region, response, attempts)

    def head_object(self, key: str, *, deadline: float | None = None, **parameters: Unpack[ReadParameters]) -> S3Object:
        """Return what S3 says about an object, without its body.

        Args:
            key: the object's key.
            deadline: seconds for all regions together; by default `Timeouts.deadline`.
            parameters: HeadObject's.

        Raises:
            RequestFailed, botocore.exceptions.ClientError: as `get_object`.
        """
        seconds = seconds_for(key, parameters, deadline, self._timeouts.deadline)
        call = Call("head_object", key, {"Key": key, **parameters}, _response)
        response, attempts = self._perform(call, seconds, hedge=True)
        return S3Object(b"", attempts[-1].region, response, attempts)

    def download_file(
        self,
        key: str,
        path: str | os.PathLike[str],
        *,
        deadline: float | None = None,
        **parameters: Unpack[ReadParameters],
    ) -> Download:
        """Write an object to a file, which is replaced at once when all of it is there, verified and on disk.

        Args:
            key: the object's key.
            path: the file.
            deadline: seconds for all regions together; by default `Timeouts.download_deadline`.
            parameters: GetObject's.

        Raises:
            RequestFailed, botocore.exceptions.ClientError: as `get_object`; the file is as it was.
            OSError: the file cannot be written; it is as it was, and no region is blamed.
        """
        require_path("path", path)
        return self._download(
            key, path, seconds_for(key, parameters, deadline, self._timeouts.download_deadline), parameters
        )

    def cached_file(
        self,
        key: str,
        path: str | os.PathLike[str],
        *,
        ttl: float | None = None,
        stale_if_error: bool = False,
        deadline: float | None = None,
        **parameters: Unpack[ReadParameters],
    ) -> Path:
        """Return the file with an object, downloaded when it is not there or too old; once, however many ask.

        Threads and processes of the host that ask for one file at the same time wait for one download. What a file
        holds is noted beside it, in `.NAME.s3-failover.json`: one that holds another object, version or range, or that
        something else wrote, is downloaded again.

        Args:
            key: the object's key.
            path: the file, or an existing directory under which the file is named by the key.
            ttl: seconds after which the file is downloaded again; by default it is valid for ever.
            stale_if_error: whether an old file is good enough when a new one cannot be had, for whatever reason but
                that the object does not exist. Callers then do not wait for regions that do not answer (0.3 s
                without a byte) or for another process: the old file is returned, and refreshed in the background.
            deadline: seconds to wait for others and for all regions; by default `Timeouts.download_deadline`.
            parameters: GetObject's.

        Raises:
            UnsafeKey: the key would leave the directory.
            RequestFailed, botocore.exceptions.ClientError, OSError: as `download_file`.
        """
        require_path("path", path)
        require_age("ttl", ttl)
        require_flag("stale_if_error", stale_if_error)
        seconds = seconds_for(key, parameters, deadline, self._timeouts.download_deadline)
        target = cache.target_for(key, path)

        def fetch(left: float, arrived: Callable[[], None]) -> str | None:
            return self._download(key, target, left, parameters, arrived).checksum

        wanted = Wanted.of(key, self._buckets, parameters, compared=self._require_checksum)
        file = cache.CachedFile(target, wanted, self._outage, fetch)
        try:
            return file.path(ttl=ttl, stale_if_error=stale_if_error, deadline=seconds)
        except cache.Late:
            # Nothing was asked, so no listener knows yet.
            with RequestReports(self._listeners, "get_object", key):
                raise

    def health(self) -> tuple[RegionHealth, ...]:
        """Return what this client knows about each region, in the order of its regions, without asking any."""
        return self._pool.health

    def close(self) -> None:
        """Close all connections and stop all threads; requests that still run end with an error."""
        self._closed = True
        if self._prober:
            self._prober.stop()
        self._sender.close()
        if self._hedger:
            self._hedger.close()
        if self._listeners.close:
            self._listeners.close()

    def __repr__(self) -> str:
        """Return the client with its regions and their buckets."""
        return f"{type(self).__name__}({', '.join(f'{region.name}: {region.bucket}' for region in self.regions)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _download(
        self,
        key: str,
        path: str | os.PathLike[str],
        seconds: float,
        parameters: ReadParameters,
        arrived: Callable[[], None] = lambda: None,
    ) -> Download:
        with RequestReports(self._listeners, "get_object", key) as account, Replacement(path) as replacement:

            def receive(answer: Answer) -> dict[str, Any]:
                replacement.restart()
                for chunk in self._body.chunks(answer):
                    arrived()
                    replacement.file.write(chunk)
                return answer.response

            call = Call("get_object", key, {"Key": key, **parameters}, receive)
            response, attempts = self._answered(call, seconds, account)
            replacement.commit()
        del response["Body"]
        last = attempts[-1]
        return Download(Path(path), last.region, last.bytes_read, response, attempts)

    def _start(self) -> None:
        if self._listeners.start:
            self._listeners.start([region.name for region in self.regions])

    def _perform(self, call: Call[T], seconds: float, *, hedge: bool = False) -> tuple[T, tuple[Attempt, ...]]:
        with RequestReports(self._listeners, call.operation, call.key) as account:
            return self._answered(call, seconds, account, hedge=hedge)

    def _answered(
        self, call: Call[T], seconds: float, account: RequestReports, *, hedge: bool = False
    ) -> tuple[T, tuple[Attempt, ...]]:
        self._sender.prepare()
        run = Run(
            call,
            account.begin + seconds,
            pool=self._pool,
            sender=self._sender,
            policies=self._policies,
            tokens=self._retry_tokens,
        )
        account.attempts = run.attempts
        value = self._hedger.perform(run) if hedge and self._hedger else run.perform()
        return value, tuple(run.attempts)

    def _prober_of(self, probe: Probe) -> Prober:
        receive = BodyReader(self._timeouts.min_throughput).whole
        call = Call("get_object", probe.key, {"Key": probe.key}, receive)

        def ask(state: RegionState, cancellation: Cancellation) -> None:
            guard = self._sender.guard(time.monotonic() + self._timeouts.deadline)
            ended = self._sender.attempt(state.region, call, guard, probe=True, cancellation=cancellation)
            self._pool.record(state, ended.attempt)

        return Prober(probe, self._pool, ask)


def _tokens(budget: RetryBudget | None) -> TokenBucket | None:
    return None if budget is None else require_instance("retry_budget", budget, RetryBudget).bucket()


def _response(answer: Answer) -> dict[str, Any]:
    return answer.response
