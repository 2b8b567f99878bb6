"""What a package index shows: metadata of a build, and the description that it makes of README.md."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from email import message_from_string
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from trove_classifiers import classifiers

import s3_failover
from s3_failover.names import runbook

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://example.com/owner/project"
WRITE = "from hatchling.build import prepare_metadata_for_build_wheel as p; import sys; print(p(sys.argv[1]))"


def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


description, urls = hook().description, hook().urls


@pytest.fixture(scope="module")
def metadata(tmp_path_factory):
    """The metadata that a build of this directory writes, without isolation."""
    place = tmp_path_factory.mktemp("metadata")
    made = subprocess.run([sys.executable, "-c", WRITE, place], cwd=ROOT, capture_output=True, text=True, check=True)
    return message_from_string((place / made.stdout.split()[-1] / "METADATA").read_text(encoding="utf-8"))


def targets(markdown):
    """Return where the links and pictures of a text lead."""
    blocks = MarkdownIt("commonmark").enable("table").parse(markdown)
    found = [token for block in blocks for token in (block, *(block.children or ()))]
    return [str(target) for token in found if (target := token.attrGet("href") or token.attrGet("src"))]


def text(markdown):
    """Return the words of a text, without those that describe a picture."""
    blocks = MarkdownIt("commonmark").enable("table").parse(markdown)
    parts = [part for block in blocks if block.type == "inline" for part in block.children]
    return "".join(part.content for part in parts if part.type in ("text", "code_inline")).split()


def relative(markdown):
    return [target for target in targets(markdown) if not re.match(r"https?:|mailto:", target)]


def test_the_description_has_the_words_of_readme_and_no_relative_link(metadata):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert relative(readme)
    assert relative(metadata.get_payload()) == []
    assert text(metadata.get_payload()) == text(readme)
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_metadata_says_what_the_project_is(metadata):
    assert (metadata["Name"], metadata["Version"]) == ("s3-failover", s3_failover.__version__)
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata.get_all("Classifier")) <= classifiers
    assert metadata["Keywords"]


def test_readme_with_an_address_leads_to_the_files_of_the_version():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    made = description(readme, REPOSITORY, "v1.2.3")
    assert text(made) == text(readme)
    for before, after in zip(targets(readme), targets(made), strict=True):
        path = re.fullmatch(rf"{REPOSITORY}/(?:blob|raw)/v1\.2\.3/([^#]*)(?:#.*)?", after)
        assert (ROOT / path[1]).is_file() if path else after == before


@pytest.mark.parametrize(
    ("written", "without", "with_address"),
    [
        ("[a](docs/a.md#b)", "a", f"[a]({REPOSITORY}/blob/v1/docs/a.md#b)"),
        ("[a](#b)", "a", f"[a]({REPOSITORY}/blob/v1/README.md#b)"),
        ("x\n\n![a](docs/a.svg)\n\ny", "x\n\ny", f"x\n\n![a]({REPOSITORY}/raw/v1/docs/a.svg)\n\ny"),
        ("[a](https://example.com)", "[a](https://example.com)", "[a](https://example.com)"),
        ("[`a`](a.md), [b] (c)", "`a`, [b] (c)", f"[`a`]({REPOSITORY}/blob/v1/a.md), [b] (c)"),
    ],
)
def test_links_become_plain_text_or_absolute(written, without, with_address):
    assert description(written, "", "v1") == without
    assert description(written, REPOSITORY, "v1") == with_address


def test_urls_follow_from_the_address():
    assert urls("") == {}
    assert urls(REPOSITORY)["Source"] == REPOSITORY
    assert all(url.startswith(REPOSITORY) for url in urls(REPOSITORY).values())


def test_alarms_name_the_runbook_at_the_projects_address_once_it_has_one():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["metadata"]["hooks"]["custom"]
    assert runbook.ADDRESS.startswith(settings["repository"] or "docs/runbook/")
