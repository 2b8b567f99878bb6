"""The account of an embedded AWS, as operations take it."""

import functools

from dns.resolver import Resolver

from s3_failover.local import aws, places
from s3_failover.operations.account import Account


def account_of(emulator):
    def reach(name, port):
        try:
            return "127.0.0.1", places.find(emulator, name, "https" if port == 443 else "http").port
        except OSError:
            # A name of the site's own, by which its https secondary is reached.
            return "127.0.0.1", emulator.api_gateway_https

    return Account(
        emulator.account,
        functools.partial(aws.client, emulator),
        reach=reach,
        ca_file=emulator.ca_file,
    )


def resolver_of(emulator):
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], emulator.dns_port
    return resolver
