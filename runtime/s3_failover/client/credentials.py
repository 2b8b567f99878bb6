"""Credentials: resolved before an attempt begins, and renewed in the background.

botocore resolves credentials while it signs a request. An error of STS then looks like an answer of S3, and the time
that STS takes counts as the region's. botocore also waits for new credentials in the last ten minutes in which the old
ones are valid. Here the old ones sign until they expire, and no error of their source blames a region.
"""

from __future__ import annotations

import random
import threading
import time
import weakref
from concurrent.futures import CancelledError, Future
from typing import Any

from botocore import UNSIGNED
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError

from s3_failover.client import forks
from s3_failover.client.waiting import left

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
        forks.tell(self)

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
            patience = min(left(until), _SLICE)
        except TimeoutError as error:
            msg = "they have not arrived by the deadline of the request"
            raise TimeoutError(msg) from error
        try:
            return renewal.result(patience)
        except TimeoutError:
            continue
    return renewal.result(0)


_sources: weakref.WeakValueDictionary[int, Source] = weakref.WeakValueDictionary()
"""By the identity of their credentials, which live as long as they do."""
_making = threading.Lock()


class Held:
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


def install(client: Any) -> Held | Unsigned:
    """Let a boto3 client sign with held credentials, and return them.

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
    signer._credentials = held = Held(signer._credentials)
    return held
