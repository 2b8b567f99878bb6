"""Options that belong together as one parameter of a command, which typer does not have by itself."""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter, Signature
from typing import Any, get_type_hints


def flat(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command as typer takes it: each field of a dataclass among its parameters is a parameter of its own.

    A field is written as typer has parameters, `name: Annotated[T, typer.Option(...)] = default`. The help shows the
    fields where the dataclass stands.
    """
    groups: dict[str, Any] = {
        parameter.name: parameter.annotation
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
        if is_dataclass(parameter.annotation)
    }

    @functools.wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        command(**given)

    parameters = list(_flattened(command))
    # What typer reads.
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _flattened(command: Callable[..., None]) -> Iterator[Parameter]:
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if not is_dataclass(parameter.annotation):
            yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
            continue
        hints = get_type_hints(parameter.annotation, include_extras=True)
        for each in fields(parameter.annotation):
            default = Parameter.empty if each.default is MISSING else each.default
            yield Parameter(each.name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[each.name])
