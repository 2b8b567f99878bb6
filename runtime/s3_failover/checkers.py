"""The address ranges from which Route 53's health checkers ask, as data in the repository.

Bucket policies let requests from these ranges, and no others, read the health object of a private bucket.
`s3-failover checker-ranges --refresh` compares the data with what Route 53 publishes.
"""

import functools
import ipaddress
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from s3_failover.values import WIDEST_NETWORKS

DATA = Path(__file__).with_name("checker_ranges.json")
"""The data file that is shipped."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RangesError(ValueError):
    """A list of ranges that must not get into a bucket policy."""


@dataclass(frozen=True)
class Ranges:
    """The published ranges of the commercial partition.

    Attributes:
        source: where they come from.
        retrieved: the day they were read there, as in 2026-11-21.
        ipv4: networks in CIDR notation; checks of a domain name come from these only.
        ipv6: networks in CIDR notation.

    Raises:
        RangesError: the ranges are not what their attribute says, too broad for a bucket policy, or listed twice.
    """

    source: str
    retrieved: str
    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]

    def __post_init__(self) -> None:
        _check(self.ipv4, 4)
        _check(self.ipv6, 6)

    def as_json(self) -> str:
        """Return the text of the data file."""
        return json.dumps(asdict(self), indent=2) + "\n"


def ipv4() -> tuple[str, ...]:
    """Return the IPv4 ranges of the health checkers: those that a check of a domain name can come from."""
    return shipped().ipv4


def ipv6() -> tuple[str, ...]:
    """Return the IPv6 ranges of the health checkers: only checks of an IPv6 address come from these."""
    return shipped().ipv6


@functools.cache
def shipped() -> Ranges:
    """Return the ranges in the repository, read once."""
    return read(DATA)


def read(path: Path) -> Ranges:
    """Return the ranges in a data file.

    Raises:
        OSError: the file cannot be read.
        RangesError: it does not hold ranges that are fit for a bucket policy.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Ranges(str(data["source"]), str(data["retrieved"]), tuple(data["ipv4"]), tuple(data["ipv6"]))
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, RecursionError) as error:
        expected = "a JSON object with source, retrieved, ipv4 and ipv6"
        raise RangesError(f"{path}: got {_told(error)}, expected {expected}; restore the file") from error


def _told(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else f"something else ({error})"


def split(ranges: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IPv4 and IPv6 networks among ranges, in numerical order; raise RangesError if one is no network."""
    networks = sorted({_network(text) for text in ranges}, key=_order)
    four, six = ([str(network) for network in networks if network.version == version] for version in (4, 6))
    return tuple(four), tuple(six)


def _order(network: _Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen


def _check(ranges: Sequence[str], version: int) -> None:
    if not ranges:
        raise RangesError(f"got no IPv{version} range, expected at least one")
    seen: set[str] = set()
    for text in ranges:
        network = _network(text)
        if network.version != version:
            raise RangesError(f"got {text!r} among the IPv{version} ranges, expected IPv{version} only")
        if network.prefixlen < WIDEST_NETWORKS[version]:
            expected = f"/{WIDEST_NETWORKS[version]} or narrower: S3 counts a broader range as public"
            raise RangesError(f"got {text!r}, expected {expected}")
        if text in seen:
            raise RangesError(f"got {text!r} twice, expected each range once")
        seen.add(text)


def _network(text: object) -> _Network:
    # ip_network() also takes integers, bytes and addresses without a length.
    if isinstance(text, str) and "/" in text:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            pass
        else:
            if str(network) == text:
                return network
    raise RangesError(f"got {text!r}, expected a network in CIDR notation such as 192.0.2.0/24")
