"""The documentation site builds without a warning, opens without a network, and leads to every page."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
"""What a browser fetches by itself: elements, and the attribute that says from where."""


class Resources(HTMLParser):
    """Collects what a page loads."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        target = dict(attrs).get(LOADED.get(tag))
        if target and dict(attrs).get("rel") not in ("canonical", "author"):
            self.found.append(target)


def remote(page):
    """The resources of a page that are on another host."""
    return [each for each in Resources(page).found if re.match(r"(?:[a-z]+:)?//", each)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` builds it."""
    built = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "-c", "docs"]
    answer = subprocess.run(
        [*command, "-d", built / "doctrees", ".", built / "html"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return built / "html"


@pytest.mark.long
def test_no_page_loads_anything_from_another_host(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    assert {page.name: found for page in pages if (found := remote(page.read_text(encoding="utf-8")))} == {}
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']+", styles) == []


@pytest.mark.long
def test_the_first_page_leads_to_the_documentation(site):
    (target,) = re.findall(r"url=([^\"]+)", (site / "index.html").read_text(encoding="utf-8"))
    assert "<h1>s3-failover" in (site / target).read_text(encoding="utf-8")


@pytest.mark.long
def test_the_search_knows_every_page_without_a_server(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert index.startswith("Search.setIndex(")
    pages = [path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f'"{page.with_suffix("")}"' not in index] == []


def test_a_resource_of_another_host_is_found():
    page = '<script src="//cdn.example/a.js"></script><img src="a.svg"><link href="https://fonts.example/a.css"><a href="https://a.example">'
    assert remote(page) == ["//cdn.example/a.js", "https://fonts.example/a.css"]
