import datetime
import ipaddress
import json

import pytest

from s3_failover import checkers
from s3_failover.checkers import Ranges, RangesError, read, split


def ranges(ipv4=("192.0.2.0/24",), ipv6=("2001:db8::/32",)):
    return Ranges("test", "2026-11-21", tuple(ipv4), tuple(ipv6))


def test_the_shipped_ranges_are_those_of_the_commercial_partition():
    assert len(checkers.ipv4()) == 17
    assert {"15.177.0.0/18", "54.183.255.128/26", "177.71.207.128/26"} <= set(checkers.ipv4())


@pytest.mark.parametrize(
    "address", ["52.80.197.1", "52.83.34.129", "160.1.55.1", "18.253.167.1", "15.177.108.1", "51.0.252.1"]
)
def test_no_shipped_range_is_of_china_or_govcloud(address):
    assert not any(ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in checkers.ipv4())


def test_no_shipped_ipv6_range_is_of_china():
    assert not [each for each in checkers.ipv6() if each.startswith(("2400:7fc0", "2404:c2c0"))]


def test_no_shipped_range_lies_in_another():
    for ours in (checkers.ipv4(), checkers.ipv6()):
        networks = [ipaddress.ip_network(text) for text in ours]
        assert not [(a, b) for a in networks for b in networks if a != b and a.overlaps(b)]


def test_the_shipped_file_is_sorted_dated_and_says_its_source():
    shipped = checkers.shipped()
    assert split((*shipped.ipv4, *shipped.ipv6)) == (shipped.ipv4, shipped.ipv6)
    assert shipped.as_json() == checkers.DATA.read_text(encoding="utf-8")
    assert "ROUTE53_HEALTHCHECKS" in shipped.source
    assert datetime.date.fromisoformat(shipped.retrieved)


def test_a_range_as_broad_as_s3_allows_is_accepted():
    assert ranges(["10.0.0.0/8"], ["2001:db8::/32"])


@pytest.mark.parametrize(
    ("ipv4", "message"),
    [
        ([], "no IPv4 range"),
        (["8.0.0.0/7"], "counts a broader range as public"),
        (["0.0.0.0/0"], "counts a broader range as public"),
        (["192.0.2.0/24", "192.0.2.0/24"], "twice"),
        (["192.0.2.1/24"], "expected a network"),
        (["192.0.2.0"], "expected a network"),
        (["192.0.2.0/255.255.255.0"], "expected a network"),
        ([" 192.0.2.0/24"], "expected a network"),
        (["*"], "expected a network"),
        ([3221225984], "expected a network"),
        (["2001:db8::/32"], "expected IPv4 only"),
    ],
)
def test_what_is_not_fit_for_a_bucket_policy_is_refused(ipv4, message):
    with pytest.raises(RangesError, match=message):
        ranges(ipv4)


@pytest.mark.parametrize("ipv6", [[], ["2000::/31"], ["192.0.2.0/24"], ["2001:DB8::/32"]])
def test_ipv6_ranges_are_checked_as_well(ipv6):
    with pytest.raises(RangesError):
        ranges(ipv6=ipv6)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"source": "s", "retrieved": "r", "ipv4": 1, "ipv6": 1}', "[" * 100_000, "\udcff"]
)
def test_a_file_that_holds_no_ranges_is_refused_by_name(tmp_path, content):
    file = tmp_path / "ranges.json"
    file.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(RangesError, match=r"ranges\.json: got (no 'source'|something else \(.+\)), expected"):
        read(file)


def test_a_file_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "ranges.json"
    file.write_text(ranges().as_json())
    assert read(file) == ranges()
    assert list(json.loads(file.read_text())) == ["source", "retrieved", "ipv4", "ipv6"]


def test_ranges_are_split_by_version_in_numerical_order_without_doubles():
    mixed = ["54.1.0.0/16", "2001:db8::/32", "6.0.0.0/8", "54.1.0.0/16"]
    assert split(mixed) == (("6.0.0.0/8", "54.1.0.0/16"), ("2001:db8::/32",))
