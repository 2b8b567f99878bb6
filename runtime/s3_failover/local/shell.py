"""The environment variables with which a shell talks to the embedded AWS and to nothing else."""

import os
from collections.abc import Mapping

from breakable_aws import surroundings
from breakable_aws.handle import Emulator
from breakable_aws.state import StateDirectory
from s3_failover.client.settings import LOCAL
from s3_failover.local.state import HOME

_NOT_THROUGH_A_PROXY = ("127.0.0.1", "localhost")

SHELL = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    HOME,
    LOCAL,
)
"""The names of what `s3-failover local up` exports and nothing else needs; `NO_PROXY` is the user's own, too."""


def for_shell(emulator: Emulator, state: StateDirectory, own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what `s3-failover local up` exports: what AWS tools read, and what our own commands and client read.

    The `NO_PROXY` of `own` is added to; commands find `state` from any directory.
    """
    return {**surroundings.credentials(emulator), HOME: str(state.root), LOCAL: "1", **_without_proxy(own)}


def _without_proxy(own: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep requests to this machine off a proxy; tools read the one or the other."""
    given = own.get("no_proxy") or own.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    every = ",".join(hosts + [host for host in _NOT_THROUGH_A_PROXY if host not in hosts and "*" not in hosts])
    return {"NO_PROXY": every, "no_proxy": every}
