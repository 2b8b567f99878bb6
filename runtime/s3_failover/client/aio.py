"""The client for asyncio: the same requests, in threads, given up when their task is cancelled."""

import asyncio
import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, Unpack

from s3_failover.client.client import S3FailoverClient
from s3_failover.client.errors import require_instance, require_whole
from s3_failover.client.net.guard import Cancellation, cancellable
from s3_failover.client.objects import Download, ReadParameters, S3Object
from s3_failover.client.results import RegionHealth

T = TypeVar("T")


class AsyncS3FailoverClient:
    """An `S3FailoverClient` whose requests are awaited.

    Requests run in threads of this object, as boto3 has no asyncio; a cancelled task shuts its connection down, so that
    it gives its thread back at once.

    Args:
        client: the client; closed with this object.
        max_concurrency: requests at the same time, at most; 32 by default. More wait for a thread.

    Raises:
        InvalidConfiguration: `client` is no S3FailoverClient, or `max_concurrency` no positive whole number.
    """

    def __init__(self, client: S3FailoverClient, *, max_concurrency: int = 32) -> None:
        require_whole("max_concurrency", max_concurrency)
        self._client = require_instance("client", client, S3FailoverClient)
        self._threads = ThreadPoolExecutor(max_concurrency, thread_name_prefix="s3-failover-aio")

    async def get_object(
        self, key: str, *, deadline: float | None = None, **parameters: Unpack[ReadParameters]
    ) -> S3Object:
        """Return an object, as `S3FailoverClient.get_object`."""
        return await self._run(functools.partial(self._client.get_object, key, deadline=deadline, **parameters))

    async def head_object(
        self, key: str, *, deadline: float | None = None, **parameters: Unpack[ReadParameters]
    ) -> S3Object:
        """Return what S3 says about an object, as `S3FailoverClient.head_object`."""
        return await self._run(functools.partial(self._client.head_object, key, deadline=deadline, **parameters))

    async def download_file(
        self,
        key: str,
        path: str | os.PathLike[str],
        *,
        deadline: float | None = None,
        **parameters: Unpack[ReadParameters],
    ) -> Download:
        """Write an object to a file, as `S3FailoverClient.download_file`."""
        run = functools.partial(self._client.download_file, key, path, deadline=deadline, **parameters)
        return await self._run(run)

    async def cached_file(
        self,
        key: str,
        path: str | os.PathLike[str],
        *,
        ttl: float | None = None,
        stale_if_error: bool = False,
        deadline: float | None = None,
        **parameters: Unpack[ReadParameters],
    ) -> Path:
        """Return the file with an object, as `S3FailoverClient.cached_file`."""
        return await self._run(
            functools.partial(
                self._client.cached_file,
                key,
                path,
                ttl=ttl,
                stale_if_error=stale_if_error,
                deadline=deadline,
                **parameters,
            )
        )

    def health(self) -> tuple[RegionHealth, ...]:
        """Return what the client knows about each region, without asking any."""
        return self._client.health()

    async def close(self) -> None:
        """Close the client, and wait for its threads."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def __repr__(self) -> str:
        """Return the client with the one that it wraps."""
        return f"{type(self).__name__}({self._client!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, request: Callable[[], T]) -> T:
        cancellation = Cancellation()

        def run() -> T:
            with cancellable(cancellation):
                return request()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except asyncio.CancelledError:
            cancellation.cancel()
            raise

    def _close(self) -> None:
        self._client.close()
        self._threads.shutdown()
