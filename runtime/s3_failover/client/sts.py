"""Roles that are assumed in another region when the STS of one region is down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_ONCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
"""The next try is in another region, and a region that does not answer is left soon."""

_NOT_THERE = "RegionDisabledException"
"""STS is switched off in the region (STS API Reference, AssumeRole)."""


def install(credentials: Any, regions: Sequence[str]) -> None:
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
