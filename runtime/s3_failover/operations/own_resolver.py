"""The resolver that this machine is configured with."""

import dns.resolver

from s3_failover.errors import UserError


def own_resolver() -> dns.resolver.Resolver:
    """Return this machine's resolver; raise UserError if /etc/resolv.conf is missing or names no server."""
    try:
        return dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        message = "this machine has no DNS resolver: /etc/resolv.conf is missing or names no server"
        raise UserError(f"{message}; add a line such as `nameserver 1.1.1.1`") from error
