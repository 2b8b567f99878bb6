"""Every relative link and anchor in the documents leads to a file and a heading that exist."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "breakable").rglob("*.md")),
]


def tokens(path):
    """Return the tokens of a page, those within its lines too."""
    blocks = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    return [token for block in blocks for token in (block, *(block.children or ()))]


def links(path):
    """Yield where a page's links and pictures lead, but for other sites."""
    for token in tokens(path):
        target = str(token.attrGet("href") or token.attrGet("src") or "")
        if target and not re.match(r"[a-z]+:", target):
            yield target


def anchors(path):
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = tokens(path)
    seen = Counter()
    names = set()
    for opening, heading in pairwise(found):
        if opening.type == "heading_open":
            text = "".join(part.content for part in heading.children if part.type in ("text", "code_inline"))
            name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            names.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
    return names


def broken(path):
    """Return the links of a page that lead nowhere."""
    found = []
    for link in links(path):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading(path):
    assert broken(path) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One `table = { ... }`\n\n## Two\n\n## Two\n\n"
        "[a](#two-1) [b](page.md#one-table----) [c](https://example.com/#x) `[d](no)`\n\n"
        "| [e](#three) |\n|---|\n| [f](none.md) |\n\n![g](none.svg) [h](page.md#two-2)\n\n```text\n[i](#no)\n```\n"
    )
    assert broken(page) == ["#three", "none.md", "none.svg", "page.md#two-2"]


def navigation():
    """Return the pages that the documentation site leads to, as its first page and `conf.py` have them."""
    docs = ROOT / "docs"
    listed = re.findall(r"```\{toctree\}\n(.*?)```", (docs / "index.md").read_text(encoding="utf-8"), re.S)
    names = [
        re.sub(r".*<(.*)>", r"\1", line) for block in listed for line in block.splitlines() if line[:1] not in ("", ":")
    ]
    pages = {(docs / f"{name}.md" if name[0] != "/" else ROOT / f"{name[1:]}.md") for name in names}
    folders = re.findall(r'"(docs/\w+)/README"', (docs / "conf.py").read_text(encoding="utf-8"))
    return pages | {page for folder in folders for page in (ROOT / folder).glob("*.md")} | {docs / "index.md"}


def test_every_page_of_the_site_is_in_its_navigation():
    """A new page gets its line in a toctree of docs/index.md."""
    on_the_site = set(PAGES) - {ROOT / "README.md"}
    assert on_the_site - navigation() == set()


def test_every_page_that_the_program_names_exists():
    named = {
        name
        for folder in ("breakable/breakable_aws", "constructs", "runtime", "stacks")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\bdocs/[\w/.-]+\.(?:md|json|yml|svg)\b", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
