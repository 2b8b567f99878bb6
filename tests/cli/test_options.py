"""Options that belong together are one parameter of a command, and each an option on the command line."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from s3_failover.cli.app import app
from s3_failover.cli.options import flat


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large."""

    width: Annotated[int, typer.Option("--width", min=1)] = 2
    height: Annotated[int | None, typer.Option("--height")] = None


@dataclass(frozen=True, kw_only=True)
class Wide(Size):
    """How large, with another default."""

    width: Annotated[int, typer.Option("--width", min=100)] = 100


def commands(command=None, name="s3-failover"):
    command = command or get_command(app)
    inner = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for each, below in inner.items():
        yield from commands(below, f"{name} {each}")


@pytest.mark.parametrize("command", [command for _, command in commands()], ids=[name for name, _ in commands()])
def test_no_command_has_more_than_eight_parameters(command):
    assert len(inspect.signature(inspect.unwrap(command.callback)).parameters) <= 8


def run(group, *arguments):
    got = []
    made = typer.Typer()

    def draw(name: Annotated[str, typer.Argument()], *, size: group, dry_run: bool = False) -> None:
        got.append((name, size, dry_run))

    made.command()(flat(draw))
    result = CliRunner().invoke(made, list(arguments))
    return result.exit_code, got


def test_fields_of_a_group_are_options_with_their_defaults():
    assert run(Size, "box", "--height", "3") == (0, [("box", Size(height=3), False)])


def test_a_group_may_change_an_option_of_the_group_that_it_extends():
    assert run(Wide, "box", "--dry-run") == (0, [("box", Wide(width=100), True)])
    assert run(Wide, "box", "--width", "99") == (2, [])


def test_a_command_without_groups_stays_as_it_is():
    def plain(name: str, *, dry_run: bool = False) -> None: ...

    assert list(inspect.signature(flat(plain)).parameters) == ["name", "dry_run"]
