"""The boto3 session: configuration, credentials that do not wait for STS, STS in other regions, quick dates.

botocore resolves credentials while it signs a request. An error of STS then looks like an answer of S3, and the time
that STS takes counts as the region's. botocore also waits for new credentials in the last ten minutes in which the old
ones are valid. Here the old ones sign until they expire, a background thread renews them, a role is assumed in another
region when the STS of one region is down, and no error of their source blames a region.

Dates in answers are read in a tenth of the time: botocore guesses their format, which is a twelfth of the time of a
small request, and more than half of the time of a listing.
"""

import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from datetime import datetime
from functools import partial
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError
from botocore.parsers import ResponseParserFactory
from botocore.utils import parse_timestamp

from s3_failover.client.errors import require_instance
from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import seconds_left
from s3_failover.client.settings import Timeouts

_ONCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
"""The next try is in another region, and a region that does not answer is left soon."""

_NOT_THERE = "RegionDisabledException"
"""STS is switched off in the region (STS API Reference, AssumeRole)."""


def install_sts(credentials: Any, regions: Sequence[str]) -> None:
    """Let credentials of an assumed role or a web identity ask STS in the session's region, then in others.

    The tokens of any regional endpoint are valid in all regions (IAM User Guide, "Managing AWS STS in an AWS Region").
    Credentials of another kind stay as they are: SSO and the instance metadata are in one place.

    Args:
        credentials: botocore's.
        regions: the other regions, in the order in which they are asked.
    """
    fetcher: Any = getattr(getattr(credentials, "_refresh_using", None), "__self__", None)
    create = getattr(fetcher, "_client_creator", None)
    # In a forked child, or with a session of two clients, it is installed already.
    if create is not None and not isinstance(create, partial):
        fetcher._client_creator = partial(_Sts, create, tuple(regions))


class _Sts:
    """An STS client, as far as botocore's fetchers need one; makes a client for each region that it asks."""

    def __init__(self, create: Callable[..., Any], regions: Sequence[str], service: str, **options: Any) -> None:
        options["config"] = options.get("config", Config()).merge(_ONCE)
        self._create = partial(create, service, **options)
        self._regions = regions

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return partial(self._ask, operation)

    def _ask(self, operation: str, **parameters: Any) -> Any:
        for place in ({}, *({"region_name": name} for name in self._regions)):
            try:
                return getattr(self._create(**place), operation)(**parameters)
            except (BotoCoreError, ClientError) as error:
                if isinstance(error, ClientError) and not _is_away(error):
                    raise
                last = error
        raise last


def _is_away(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error.response.get("Error", {}).get("Code") == _NOT_THERE


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(rf"\w{{3}}, (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)
_LISTED_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", re.ASCII)
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)}
# The very object that botocore's own dates have.
_UTC = parse_timestamp("Thu, 01 Jan 1970 00:00:00 GMT").tzinfo


def parsed_date(value: Any) -> datetime:
    """Return what `botocore.utils.parse_timestamp` returns; quickly for the formats of S3's headers and listings.

    Headers have HTTP's (RFC 9110, 5.6.7), listings have ISO 8601's with milliseconds (S3 API, ListObjectsV2).

    Raises:
        ValueError: it is no date.
    """
    if not isinstance(value, str):
        return parse_timestamp(value)
    found = _HTTP_DATE.fullmatch(value)
    if found is None:
        return _listed(value) if _LISTED_DATE.fullmatch(value) else parse_timestamp(value)
    day, month, year, hour, minute, second = found.groups()
    return datetime(int(year), _MONTH_NUMBERS[month], int(day), int(hour), int(minute), int(second), tzinfo=_UTC)


def _listed(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=_UTC)


def install_dates(client: Any) -> None:
    """Let a boto3 client read dates with `parsed_date`, unless its session reads them in a way of its own."""
    endpoint = getattr(client, "_endpoint", None)
    factory = getattr(endpoint, "_response_parser_factory", None)
    if type(factory) is not ResponseParserFactory or getattr(factory, "_defaults", None) != {}:
        return
    quick = ResponseParserFactory()
    quick.set_parser_defaults(timestamp_parser=parsed_date)
    endpoint._response_parser_factory = quick  # type: ignore[union-attr]


_LOOK = 1.0
"""Seconds for which credentials are used without a look at whether they have expired, which takes 30 µs."""

_RETRY = 5.0
"""Seconds after which new credentials are asked for again, while the old ones are valid."""

_SLICE = 0.1
"""Seconds between two looks at whether the request that waits was given up."""


class Source:
    """Credentials of a session, which all its clients share: renewed in the background, one renewal at a time.

    Args:
        credentials: botocore's.
    """

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Forget a renewal that runs in the parent, and take the lock that it may hold."""
        self._lock = threading.Lock()
        self._renewal: Future[Any] | None = None
        self._frozen: Any = None
        self._look_at = 0.0
        self._retry_at = 0.0
        if hasattr(self._credentials, "_refresh_lock"):
            self._credentials._refresh_lock = threading.Lock()

    def frozen(self, until: float) -> Any:
        """Return credentials that are valid, as botocore signs with them.

        Args:
            until: how long to wait for them where there are none, on the monotonic clock.

        Raises:
            CancelledError: the request that waits was given up.
            Exception: whatever gives them did not, or not in time.
        """
        if not isinstance(self._credentials, RefreshableCredentials):
            return self._credentials.get_frozen_credentials()
        now = time.monotonic()
        if now >= self._look_at:
            self._frozen, self._look_at = self._looked_up(now, until)
        return self._frozen

    def _looked_up(self, now: float, until: float) -> tuple[Any, float]:
        """Return credentials, and when to look again."""
        credentials: Any = self._credentials
        if not credentials.refresh_needed():
            return credentials.get_frozen_credentials(), now + _LOOK
        if credentials.refresh_needed(0):
            return _result(self._renewed(), until), time.monotonic()
        if now >= self._retry_at:
            self._retry_at = now + _RETRY * random.uniform(0.8, 1.2)  # noqa: S311 - it spreads load
            self._renewed()
        return credentials._frozen_credentials, now + min(_LOOK, credentials._seconds_remaining())

    def _renewed(self) -> Future[Any]:
        """Return what a renewal finds: the one that runs, or a new one."""
        with self._lock:
            if self._renewal is not None:
                return self._renewal
            renewal: Future[Any] = Future()
            self._renewal = renewal
        run = (renewal,)
        try:
            threading.Thread(target=self._renew, args=run, name="s3-failover-credentials", daemon=True).start()
        except RuntimeError:
            # No thread to be had: it takes as long as it takes.
            self._renew(renewal)
        return renewal

    def _renew(self, renewal: Future[Any]) -> None:
        try:
            found = self._credentials.get_frozen_credentials()
        except BaseException as error:
            renewal.set_exception(error)
        else:
            renewal.set_result(found)
        finally:
            with self._lock:
                if self._renewal is renewal:
                    self._renewal = None


def _result(renewal: Future[Any], until: float) -> Any:
    while not renewal.done():
        try:
            patience = min(seconds_left(until), _SLICE)
        except TimeoutError as error:
            raise TimeoutError("they have not arrived by the deadline of the request") from error
        try:
            return renewal.result(patience)
        except TimeoutError:
            continue
    return renewal.result(0)


_sources: weakref.WeakValueDictionary[int, Source] = weakref.WeakValueDictionary()
"""By the identity of their credentials, which live as long as they do."""
_making = threading.Lock()


class RenewedCredentials:
    """Signs with what `renew` found in the same thread; botocore takes it for the credentials themselves."""

    def __init__(self, credentials: Any) -> None:
        self._method = credentials.method
        with _making:
            source = _sources.get(id(credentials))
            if source is None:
                source = _sources[id(credentials)] = Source(credentials)
            self._source = source
        self._here = threading.local()

    def renew(self, until: float) -> None:
        """Have valid credentials: those of a role are waited for when there are none.

        Args:
            until: for how long, on the monotonic clock.

        Raises:
            botocore.exceptions.CredentialRetrievalError: whatever gives them did not, or not in time.
            CancelledError: the request was given up.
        """
        try:
            self._here.frozen = self._source.frozen(until)
        except (CredentialRetrievalError, CancelledError):
            raise
        except Exception as error:
            raise CredentialRetrievalError(provider=self._method, error_msg=error) from error

    def get_frozen_credentials(self) -> Any:
        """Return them as botocore signs with them."""
        return self._here.frozen


class Unsigned:
    """No credentials: requests are not signed, or botocore will say that it has none to sign with."""

    def renew(self, until: float) -> None:
        """Do nothing."""


def install_credentials(client: Any) -> RenewedCredentials | Unsigned:
    """Let a boto3 client sign with `RenewedCredentials`, and return these.

    Raises:
        RuntimeError: this botocore keeps its credentials elsewhere.
    """
    if client.meta.config.signature_version is UNSIGNED:
        return Unsigned()
    signer: Any = getattr(client, "_request_signer", None)
    if not hasattr(signer, "_credentials"):
        msg = "this version of botocore has no credentials where 1.40 to 1.44 have them: install one of those"
        raise RuntimeError(msg)
    if signer._credentials is None:
        return Unsigned()
    signer._credentials = held = RenewedCredentials(signer._credentials)
    return held


_BRIEF = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


def own_session() -> boto3.session.Session:
    """Return a new session, whose calls of STS and SSO for credentials are brief: botocore waits for minutes."""
    core = botocore.session.get_session()
    core.set_default_client_config(_BRIEF)
    return boto3.session.Session(botocore_session=core)


def config_for(timeouts: Timeouts, max_pool_connections: int, extra: Config | None) -> Config:
    """Return the botocore configuration of every region's client; what failover relies on cannot be changed by `extra`.

    botocore's retries stay within a region, up to five times a minute each: there is one try, the next is elsewhere.
    An endpoint of the environment or of a profile, and the accelerated one, are one place for all regions.
    """
    if extra is not None:
        require_instance("config", extra, Config)
    s3: Any = {
        **(getattr(extra, "s3", None) or {}),
        "us_east_1_regional_endpoint": "regional",
        "use_accelerate_endpoint": False,
    }
    return (extra or Config()).merge(
        Config(
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            max_pool_connections=max_pool_connections,
            retries={"mode": "standard", "total_max_attempts": 1},
            response_checksum_validation="when_supported",
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg] # the stubs do not know it
            s3=s3,
        )
    )
