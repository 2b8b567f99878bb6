"""The AWS account that operations work on: a real one, or the embedded one. They see no difference."""

import functools
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectionError, HTTPClientError

from s3_failover.client.net import session
from s3_failover.errors import UserError
from s3_failover.operations.refusals import UnavailableError, explained

PATIENT = Config(
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=64,
    # Up to 20 s between tries (boto3 guide, retries): together they outlast a minute without network.
    retries={"mode": "standard", "total_max_attempts": 9},
)
"""How clients for people and pipelines wait: they may be slow, and should not fail because the network did."""

BRISK = Config(
    connect_timeout=5, read_timeout=15, max_pool_connections=64, retries={"mode": "standard", "total_max_attempts": 3}
)
"""How clients wait that ask many things side by side, each for a limited time."""

HURRIED = Config(
    connect_timeout=2, read_timeout=4, max_pool_connections=64, retries={"mode": "standard", "total_max_attempts": 2}
)
"""How clients wait for who looks during an outage: what does not answer soon is reported as such."""

_AT_ONCE = HURRIED.merge(Config(read_timeout=2))
"""How STS is waited for, before anything is looked at."""


@dataclass(frozen=True)
class Account:
    """An account and its clients."""

    id: str
    make: Callable[[str, str], Any]
    reach: Callable[[str, int], tuple[str, int]] = lambda name, port: (name, port)
    """Where to connect to for a name and a port of AWS; by default there."""
    ca_file: str | None = None
    """The authority that signs the distributions' certificates; by default those that the system trusts."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Tells the account's time, in which its metrics are."""
    _building: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def client(self, service: str, region: str) -> Any:
        """Return a client for a service in a region; made once, and safe to share between threads."""
        with self._building:
            return _made(self, service, region)

    def tls(self) -> ssl.SSLContext:
        """Return how to verify a certificate."""
        return ssl.create_default_context(cafile=self.ca_file)

    def __hash__(self) -> int:
        """Return the hash of this object, which is like no other."""
        return id(self)


@functools.cache
def _made(account: Account, service: str, region: str) -> Any:
    client = account.make(service, region)
    session.install_dates(client)
    return client


def signed_in(
    *, profile: str | None, expected: str | None, region: str, other: str | None = None, waits: Config = PATIENT
) -> Account:
    """Return the account that boto3 finds credentials for, as any program of AWS's does.

    `profile` is by default `AWS_PROFILE`, or the default one; `expected` is the account that the configuration names.
    STS in `other` is asked where the one in `region` does not answer; the last STS is always waited for with patience.

    Raises:
        UserError: there are no credentials, they have expired, or they are another account's.
    """
    session = _session(profile)
    try:
        account = _verified(session, expected, region, PATIENT if other is None else BRISK)
    except UnavailableError:
        if other is None:
            raise
        account = _verified(session, expected, other, PATIENT)
    return _of(session, account, waits)


def looking(*, profile: str | None, expected: str | None, region: str) -> Account:
    """Return an account to look at in a hurry, as far as it can be looked at: this does not fail.

    Its clients wait as `HURRIED` says. Where STS does not answer, the account is taken to be the expected one; where
    there are no valid credentials, every client is refused with the reason, and what needs none can still be seen.
    """
    try:
        session = _session(profile)
    except UserError as error:
        return refused(error, expected)
    try:
        return _of(session, _verified(session, expected, region, _AT_ONCE), HURRIED)
    except UserError as error:
        unanswered = isinstance(error.__cause__, ConnectionError | HTTPClientError)
        if expected is None or not unanswered:
            return refused(error, expected)
    return _of(session, expected, HURRIED)


def refused(error: UserError, expected: str | None) -> Account:
    """Return an account without valid credentials, which refuses every client with the reason."""

    def make(_service: str, _region: str) -> Any:
        raise error

    return Account(expected or "unknown", make)


def _session(profile: str | None) -> Any:
    try:
        return boto3.Session(profile_name=profile)
    except BotoCoreError as error:
        raise UserError(f"cannot sign in to AWS: {error}") from error


def _verified(session: Any, expected: str | None, region: str, config: Config) -> str:
    with explained("find out which account the credentials belong to"):
        found: str = _client(session, "sts", region, config).get_caller_identity()["Account"]
    if expected is not None and found != expected:
        raise UserError(
            f"the credentials belong to account {found}, expected {expected} as the configuration says: "
            "choose another profile with --profile, or correct `account`"
        )
    return found


def _of(session: Any, account: str, config: Config) -> Account:
    return Account(account, lambda service, place: _client(session, service, place, config))


def _client(session: Any, service: str, region: str, config: Config) -> Any:
    with explained(f"make a client of {service} in {region}"):
        try:
            return session.client(service, region_name=region, config=config)
        except ValueError as error:
            # As boto3 converts AWS_METADATA_SERVICE_TIMEOUT, and looks at AWS_ENDPOINT_URL.
            raise UserError(
                f"cannot make a client of {service} in {region}: {error}: correct it in the environment (AWS_*) or in "
                "~/.aws/config"
            ) from error
