"""What users read is plain English: docs, help, messages, first lines of docstrings.

A word that is not allowed has a better one in the list. Decisions and released changes stay as they were written.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLAINER = {
    "nobody": "no viewer, no alarm, ...",
    "somebody": "a user",
    "everybody": "everyone, all viewers",
    "anybody": "anyone",
    "whoever": "the one who",
    "himself": "leave it out",
    "is said": "the command reports it",
    "are said": "the command reports them",
    "mends?|mended": "fix",
    "rings?|rang": "an alarm goes off",
    "what is there": "name it",
    "none? of ours|a \\w+ of ours|is ours": "name whose it is",
    "told otherwise": "unless you set it",
    "says otherwise": "unless another setting applies",
    "people are told": "an alarm goes off",
    "(was|were) (held|missed)|expectations? held": "passed, failed",
}
WORDS = re.compile(rf"\b({'|'.join(PLAINER)})\b", re.IGNORECASE)
DOCUMENTS = [
    *(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"),
    *(ROOT / "docs").glob("*.md"),
    *(path for folder in ("alerts", "api", "operate", "tutorials") for path in (ROOT / "docs" / folder).rglob("*.md")),
    *(ROOT / "examples").rglob("*.md"),
    *(ROOT / ".github").rglob("*.md"),
    *(ROOT / "runtime/s3_failover/project/templates").glob("*.tmpl"),
    ROOT / "breakable/README.md",
]
CODE = [
    path
    for folder in ("breakable/breakable_aws", "constructs", "runtime", "stacks")
    for path in (ROOT / folder).rglob("*.py")
    # Its text is part of templates.
    if path.parent.name != "handler"
]


def texts(tree):
    """Yield the strings of a module, of docstrings the first line, each with its line."""
    defined = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, defined) and _documented(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip().partition("\n")[0] if id(node) in docstrings else node.value
            yield node.lineno, text


def _documented(node):
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)


def found(numbered):
    return [f"{number}: {match[0]}" for number, text in numbered for match in WORDS.finditer(text)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_use_plain_words(path):
    assert found(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)) == []


def test_messages_help_and_docstrings_use_plain_words():
    words = {path.relative_to(ROOT): found(texts(ast.parse(path.read_text(encoding="utf-8")))) for path in CODE}
    assert {str(path): each for path, each in words.items() if each} == {}


def test_the_list_finds_a_word_and_no_part_of_one():
    assert found([(3, "Nobody mends it")]) == ["3: Nobody", "3: mends"]
    assert found([(1, "a recommended string, amended; it hears spring")]) == []
    module = ast.parse('def f():\n    """First.\n\n    Nobody reads on.\n    """\n    return "whoever"\n')
    assert found(texts(module)) == ["6: whoever"]
