"""The embedded AWS as operations take it: an account, a clock and a resolver; they see no difference to AWS's."""

import functools
from datetime import UTC, datetime
from http.client import HTTPS_PORT

from dns.resolver import Resolver

from breakable_aws import aws, places
from breakable_aws.clock import EmbeddedClock
from breakable_aws.handle import Emulator
from s3_failover.operations.account import Account

_LOOPBACK = "127.0.0.1"
_OF_AWS = (".cloudfront.net", ".amazonaws.com")


def account_of(emulator: Emulator) -> Account:
    """Return the account of an embedded AWS: its clients and its sockets end there."""
    # Sockets never move.
    find = functools.cache(functools.partial(places.find, emulator))

    def reach(name: str, port: int) -> tuple[str, int]:
        try:
            return _LOOPBACK, find(name, "https" if port == HTTPS_PORT else "http").port
        except OSError:
            if name.endswith(_OF_AWS):
                # One that DNS has lost: nothing outside of the embedded AWS may be asked for it.
                return f"{name}.invalid", port
            # A name of the site's own, by which its https secondary is reached.
            return _LOOPBACK, emulator.api_gateway_https

    clock = clock_of(emulator)
    return Account(
        emulator.account,
        functools.partial(aws.client, emulator),
        reach=reach,
        ca_file=emulator.ca_file,
        now=lambda: datetime.fromtimestamp(clock.now(), UTC),
    )


def clock_of(emulator: Emulator) -> EmbeddedClock:
    """Return embedded time."""
    return EmbeddedClock(emulator.clock_started or emulator.started, emulator.speed)


def resolver_of(emulator: Emulator) -> Resolver:
    """Return the resolver that asks the embedded DNS alone."""
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port = [_LOOPBACK], emulator.dns_port
    return resolver
