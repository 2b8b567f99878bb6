"""Name resolution and TCP that end in time: a resolver that hangs, and endpoints with many dead addresses."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from urllib3.util.connection import allowed_gai_family

from s3_failover.client import forks

ADDRESSES = 3
"""How many of an endpoint's addresses are tried: S3 names several, and a region that is down refuses all of them."""

Address = tuple[Any, ...]
SocketOptions = Sequence[tuple[int, int, int | bytes]]


class Lookups:
    """Name lookups, each in a thread of its own that can be left behind; one at a time for each name.

    `getaddrinfo` knows no timeout: with a resolver that does not answer it returns after half a minute or so.
    """

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Forget lookups whose threads stayed in the parent."""
        self._running: dict[tuple[str, int], _Lookup] = {}
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int, timeout: float) -> list[Address]:
        """Return the addresses of a name.

        Raises:
            socket.gaierror: it has none.
            TimeoutError: the resolver did not answer in time.
        """
        try:
            return _getaddrinfo(host, port, socket.AI_NUMERICHOST)
        except socket.gaierror:
            pass
        try:
            lookup = self._lookup(host, port)
        except RuntimeError:
            # There is no thread to be had; as long as the resolver answers, the timeout is not missed.
            return _getaddrinfo(host, port)
        return lookup.result(timeout)

    def _lookup(self, host: str, port: int) -> _Lookup:
        with self._lock:
            lookup = self._running.get((host, port))
            if lookup is None:
                lookup = _Lookup(host, port)
                self._running[host, port] = lookup
                try:
                    threading.Thread(target=self._run, args=(lookup,), name="s3-failover-lookup", daemon=True).start()
                except RuntimeError:
                    del self._running[host, port]
                    raise
            return lookup

    def _run(self, lookup: _Lookup) -> None:
        lookup.run()
        with self._lock:
            self._running.pop((lookup.host, lookup.port), None)


class _Lookup:
    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._done = threading.Event()
        self._found: list[Address] = []
        self._error: OSError | UnicodeError | None = None

    def run(self) -> None:
        try:
            self._found = _getaddrinfo(self.host, self.port)
        except (OSError, UnicodeError) as error:
            self._error = error
        self._done.set()

    def result(self, timeout: float) -> list[Address]:
        if not self._done.wait(timeout):
            msg = f"the resolver did not answer for {self.host} within {timeout:.3g} s"
            raise TimeoutError(msg)
        if self._error is not None:
            # Several threads may wait for one lookup: each needs an exception of its own.
            raise type(self._error)(*self._error.args)
        return self._found


def _getaddrinfo(host: str, port: int, flags: int = 0) -> list[Address]:
    return socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM, 0, flags)


_lookups = Lookups()


def connect(
    host: str,
    port: int,
    timeout: float,
    *,
    options: SocketOptions | None = None,
    source: tuple[str, int] | None = None,
) -> socket.socket:
    """Return a connected socket, with at most `timeout` seconds for the lookup and all addresses together.

    While there are more addresses, each has half of the time that is left.

    Raises:
        socket.gaierror: the name has no address.
        TimeoutError: nothing answered in time.
        OSError: every address that was tried refused.
    """
    end = time.monotonic() + timeout
    addresses = _lookups.addresses(host.strip("[]"), port, timeout)[:ADDRESSES]
    last: OSError | None = None
    for position, address in enumerate(addresses, start=1):
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            return _dial(address, left if position == len(addresses) else left / 2, options or (), source)
        except OSError as error:
            last = error
    raise last or TimeoutError(f"no connection to {host} within {timeout:.3g} s")


def _dial(address: Address, timeout: float, options: Iterable[Any], source: tuple[str, int] | None) -> socket.socket:
    family, kind, protocol, _, target = address
    sock = socket.socket(family, kind, protocol)
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.settimeout(timeout)
        if source:
            sock.bind(source)
        sock.connect(target)
    except BaseException:
        sock.close()
        raise
    return sock
