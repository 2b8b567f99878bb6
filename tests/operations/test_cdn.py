"""Which paths a distribution is told to drop."""

import pytest

from s3_failover.operations.cdn import Cdn


@pytest.fixture
def paths():
    return Cdn(client=None, distribution_id="E1", index="index.html").paths


def test_an_index_is_dropped_under_its_directory_too(paths):
    assert paths(["a/index.html", "index.html", "c.css"]) == ["/", "/a/", "/a/index.html", "/c.css", "/index.html"]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("über uns.html", "/%C3%BCber%20uns.html"),
        ("what?#100%.txt", "/what%3F%23100%25.txt"),
        ("js/vendors~main.js", "/js/vendors*"),
        ("img/logo@2x.png", "/img/logo*"),
        ("sur-l'eau/index.html", "/sur-l*"),
        ("a b/c (1)/d.txt", "/a%20b/c%20*"),
        ("a*b", "/a*"),
        ("+", "/*"),
    ],
)
def test_what_viewers_spell_in_two_ways_is_dropped_in_both(paths, key, path):
    assert paths([key]) == [path]


def test_more_wildcards_than_may_be_under_way_become_one(paths):
    keys = [f"{number}@2x.png" for number in range(15)]
    assert len(paths(keys)) == 15
    assert paths([*keys, "other@2x.png"]) == ["/*"]


def test_more_paths_than_are_cheap_become_one(paths):
    keys = [f"{number}.png" for number in range(100)]
    assert len(paths(keys)) == 100
    assert paths([*keys, "other.png"]) == ["/*"]
