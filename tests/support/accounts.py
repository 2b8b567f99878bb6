"""The account of an embedded AWS, as operations take it."""

from s3_failover.local.account import account_of, resolver_of

__all__ = ["account_of", "resolver_of"]
