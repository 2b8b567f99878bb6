"""A group of commands that imports a command's module when the command is called: `check` then needs no boto3."""

import importlib
import keyword
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from s3_failover.cli.options import flat


class OnDemand(TyperGroup):
    """A group whose commands are known by name and short help until one is called.

    A command is the function `s3_failover.cli.NAME.NAME`, or `return_.return_` where Python keeps the name for itself,
    with what `NAME_help` returns for its help where the module has that; or it is a group, `s3_failover.cli.NAME.app`.
    """

    short_helps: ClassVar[dict[str, str]]
    """What the group's help says of each command."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands(self.short_helps)  # type: ignore[assignment]

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write the list of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.short_helps.items()))


class _Commands(Mapping[str, Any]):
    """Commands by name; each is imported and built when it is taken."""

    def __init__(self, short_helps: dict[str, str]) -> None:
        self._short_helps = short_helps
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        short_help = self._short_helps[name]
        if name not in self._built:
            self._built[name] = _build(name, short_help)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._short_helps)

    def __len__(self) -> int:
        return len(self._short_helps)


def _build(name: str, short_help: str) -> Any:
    spelled = f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")
    module = importlib.import_module(f"s3_failover.cli.{spelled}")
    if hasattr(module, "app"):
        return get_group(module.app)
    alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    long_help = getattr(module, f"{spelled}_help", None)
    alone.command(name, short_help=short_help, help=long_help() if long_help else None)(flat(getattr(module, spelled)))
    return get_command(alone)
