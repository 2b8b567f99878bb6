"""Writes docs/constructs/: a page for each public class of the construct library, and a list of them.

A page is the class's docstring, what its source says of arguments and attributes, and the function of
`examples/constructs/parts.py` that is named like the class. `python docs/construct_pages.py` writes them all.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import s3_failover_constructs as library
from s3_failover_stacks import Site, SiteArguments
from s3_failover_stacks.arguments import RequiredArguments

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/constructs"
EXAMPLES = ROOT / "examples/constructs/parts.py"
_OF_A_SITE = (("required", RequiredArguments), ("[as in the file](../configuration.md)", SiteArguments))


def pages() -> dict[str, str]:
    """Return the text of every page by the name of its file."""
    classes = [each for name in library.__all__ if inspect.isclass(each := getattr(library, name))]
    examples = _examples()
    every: list[type] = [Site, *classes]
    found = {f"{each.__name__}.md": _page(each, examples.get(_snake(each.__name__))) for each in every}
    return {"README.md": _list(classes), **found}


def main() -> None:
    """Write every page, and remove those of classes that are gone."""
    texts = pages()
    for old in PAGES.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (PAGES / name).write_text(text, encoding="utf-8")


def _list(classes: Iterable[type]) -> str:
    rows = [(f"[`{each.__name__}`]({each.__name__}.md)", _Docstring(each).summary) for each in classes]
    functions = [each for name in library.__all__ if inspect.isfunction(each := getattr(library, name))]
    calls = [(f"`{_signature(each)}`", _Docstring(each).summary) for each in functions]
    site = f"A whole site is [`Site`](Site.md), of `s3_failover_stacks`: {_Docstring(Site).summary}"
    intro = f"{site}\n\nEach part is imported from `s3_failover_constructs`. [How they go together](../constructs.md)."
    tables = [_table(("class", "what it is"), rows), f"## Functions\n\n{_table(('function', 'what it does'), calls)}"]
    return "\n\n".join(["# The constructs", intro, *tables]) + "\n"


def _signature(function: Callable[..., object]) -> str:
    return f"{function.__name__}({', '.join(inspect.signature(function).parameters)})"


def _page(kind: type, example: str | None) -> str:
    docstring, source = _Docstring(kind), _Source(kind)
    parts = [f"# `{kind.__name__}`", docstring.summary, *docstring.body, *_arguments(docstring, source)]
    parts += [*_attributes(docstring, source), *_methods(source)]
    if errors := docstring.entries("Raises"):
        parts.append("## What it refuses\n\n" + "\n".join(f"- `{name}`: {text}" for name, text in errors.items()))
    if left := docstring.sections.get("Leaves to you"):
        parts.append(f"## What it leaves to you\n\n{left[0].upper()}{_flat(left)[1:]}")
    if example is not None:
        parts.append(f"## Example\n\n```python\n{example}\n```")
    return "\n\n".join(parts) + "\n"


def _arguments(docstring: _Docstring, source: _Source) -> Iterator[str]:
    if source.members:
        yield f"## Members\n\n{_table(('member', 'value', 'meaning'), source.members)}"
    if source.settings:
        yield f"## Arguments\n\n{_table(('argument', 'type', 'default', 'meaning'), source.settings)}"
        return
    told = docstring.entries("Args") or docstring.entries("Attributes")
    rows = [(f"`{name}`", f"`{kind}`", default, told.get(name, "")) for name, kind, default in source.arguments]
    if rows:
        yield f"## Arguments\n\n{_table(('argument', 'type', 'default', 'meaning'), rows)}"


def _attributes(docstring: _Docstring, source: _Source) -> Iterator[str]:
    told = {} if source.is_plain else docstring.entries("Attributes")
    rows = [(f"`{name}`", text) for name, text in {**told, **source.properties}.items()]
    if rows:
        yield f"## Attributes\n\n{_table(('attribute', 'what it is'), rows)}"


def _methods(source: _Source) -> Iterator[str]:
    rows = [(f"`{call}`", text) for call, text in source.methods]
    if rows:
        yield f"## Methods\n\n{_table(('method', 'what it does'), rows)}"


class _Docstring:
    """A docstring in Google's style."""

    def __init__(self, documented: object) -> None:
        text = inspect.getdoc(documented) or ""
        heads = "Args|Attributes|Raises|Leaves to you"
        before, *rest = re.split(rf"^({heads}):\n", text, flags=re.MULTILINE)
        summary, *body = before.strip().split("\n\n")
        self.summary = _flat(summary)
        self.body = [each if each.startswith(("*", "-", "|")) else _flat(each) for each in body]
        told = zip(rest[::2], rest[1::2], strict=True)
        self.sections = {title: textwrap.dedent(_indented(each)) for title, each in told}

    def entries(self, title: str) -> dict[str, str]:
        """Return the names of a section with what it says of them."""
        found = re.split(r"^(\w+): ", self.sections.get(title, ""), flags=re.MULTILINE)
        return {name: _flat(text) for name, text in zip(found[1::2], found[2::2], strict=True)}


class _Source:
    """The source of a class: its arguments, properties and methods."""

    def __init__(self, kind: type) -> None:
        mine = [each for each in kind.__mro__ if each.__module__.startswith((library.__name__, Site.__module__))]
        self._settings = _OF_A_SITE if kind is Site else ()
        self._classes = [_parsed(each) for each in mine]
        nodes = [node for each in reversed(self._classes) for node in each.body]
        self._functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self.is_plain = "__init__" not in self._functions

    @property
    def arguments(self) -> list[tuple[str, str, str]]:
        """Names, types and defaults of the arguments, without scope and id."""
        return list(self._fields() if self.is_plain else self._parameters())

    @property
    def properties(self) -> dict[str, str]:
        """What the properties say of themselves, by name."""
        return {name: text for name, node, text in self._public() if _is_property(node)}

    @property
    def methods(self) -> list[tuple[str, str]]:
        """How each method is called, and what it says of itself."""
        return [(_call(node), text) for _, node, text in self._public() if not _is_property(node)]

    @property
    def settings(self) -> list[tuple[str, str, str, str]]:
        """The arguments of a site, which are those of a typed dictionary, with what stands below them."""
        return [
            (f"`{node.target.id}`", f"`{_written(node.annotation)}`", default, _flat(str(text.value.value)))
            for default, kind in self._settings
            for node, text in pairwise(_parsed(kind).body)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        ]

    @property
    def members(self) -> list[tuple[str, str, str]]:
        """The members of an enumeration, with their values and what stands below them."""
        body = self._classes[0].body
        return [
            (f"`{node.targets[0].id}`", f"`{ast.unparse(node.value)}`", _flat(str(text.value.value)))
            for node, text in pairwise(body)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        ]

    def _public(self) -> Iterator[tuple[str, ast.FunctionDef, str]]:
        for name, node in self._functions.items():
            if not name.startswith("_"):
                yield name, node, _flat((ast.get_docstring(node) or "").split("\n\n")[0])

    def _parameters(self) -> Iterator[tuple[str, str, str]]:
        arguments = self._functions["__init__"].args
        given = [each for each in arguments.args[1:] if arguments.args[1].arg != "scope"]
        yield from ((each.arg, _written(each.annotation), "required") for each in given)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            yield each.arg, _written(each.annotation), _default(default)

    def _fields(self) -> Iterator[tuple[str, str, str]]:
        for node in self._classes[0].body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, _written(node.annotation), _default(node.value)


def _parsed(kind: type) -> ast.ClassDef:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(node, ast.ClassDef)
    return node


def _is_property(node: ast.FunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list)


def _call(node: ast.FunctionDef) -> str:
    given = [each.arg for each in (*node.args.args[1:], *node.args.kwonlyargs)]
    return f"{node.name}({', '.join(given)})"


def _default(value: ast.expr | None) -> str:
    if value is None:
        return "required"
    return "none" if isinstance(value, ast.Constant) and value.value is None else f"`{ast.unparse(value)}`"


def _written(annotation: ast.expr | None) -> str:
    return ast.unparse(annotation).removesuffix(" | None") if annotation else ""


def _examples() -> dict[str, str]:
    """Return the bodies of the functions with examples, by their names."""
    text = EXAMPLES.read_text(encoding="utf-8")
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: _body(text.splitlines(), node) for node in functions if not node.name.startswith("_")}


def _body(lines: list[str], node: ast.FunctionDef) -> str:
    first = node.body[1] if ast.get_docstring(node) else node.body[0]
    return textwrap.dedent("\n".join(lines[first.lineno - 1 : node.end_lineno]))


def _snake(name: str) -> str:
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _indented(text: str) -> str:
    """Return the indented lines that a section begins with."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    return "\n".join(lines[:end])


def _flat(text: str) -> str:
    return " ".join(text.split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
