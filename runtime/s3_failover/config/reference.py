"""Writes the config reference: every setting of `failover.toml`, from the model, and every rule, from the catalogue.

`python -m s3_failover.config.reference` prints it; `--write FILE` puts it between the marks in a Markdown file.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from s3_failover.config import expectations
from s3_failover.config.catalogue import rules
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.errors import UserError

BEGIN = "<!-- config reference: begin -->"
END = "<!-- config reference: end -->"

_ABOVE = (
    "true or false",
    "`true`",
    "Whether the sites of an account share one CloudWatch dashboard, which the first of them carries. A site that is "
    "alone in its account has its own instead.",
)


def render() -> str:
    """Return the reference in Markdown: a table of settings for each table of the file, and the table of rules."""
    return "\n\n".join([*_settings("[sites.NAME]", Site), _above(), _rules()])


def insert(text: str, *, source: str = "the text") -> str:
    """Return a text with the reference between its marks; raise UserError if they are missing, doubled or in disorder.

    The error calls the text `source`.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        expected = f"one {BEGIN} and one {END} after it"
        raise UserError(
            f"{source}: got no such pair of marks, expected {expected}; add them where the reference belongs"
        )
    return f"{before}{BEGIN}\n\n{render()}\n\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the reference, or write it into a file; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m s3_failover.config.reference", description="The config reference.")
    parser.add_argument("--write", metavar="FILE", type=Path, help="put it between the marks in this Markdown file")
    file: Path | None = parser.parse_args(arguments).write
    if file is None:
        sys.stdout.write(f"{render()}\n")
        return 0
    try:
        file.write_text(insert(file.read_text(encoding="utf-8"), source=str(file)), encoding="utf-8")
    except (OSError, UserError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _settings(title: str, model: type[BaseModel], path: str = "") -> Iterator[str]:
    fields = {key: field for key, field in model.model_fields.items() if not (model is Site and key == "name")}
    rows = [_row(key, field) for key, field in fields.items()]
    yield f"## `{title}`\n\n{_table(('setting', 'value', 'default', 'meaning'), rows)}"
    for key, field in fields.items():
        inner = expectations.model_of(field)
        if inner is not None:
            yield from _settings(f"{path}{key} = {{ ... }}", inner, f"{path}{key}.")


def _above() -> str:
    return f"## Above all tables\n\n{_table(('setting', 'value', 'default', 'meaning'), [('`dashboard`', *_ABOVE)])}"


def _row(key: str, field: FieldInfo) -> tuple[str, ...]:
    return f"`{key}`", expectations.expected(field), _default(field), " ".join((field.description or "").split())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = expectations.default(field)
    return "none" if default is None else f"`{literal(default)}`"


def _rules() -> str:
    rows = [(f"`{rule.id}`", rule.reason) for rule in rules()]
    return f"## Rules\n\n{_table(('id', 'reason'), rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
