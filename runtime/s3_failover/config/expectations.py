"""Says in words what a setting accepts; errors and the config reference use the same words."""

import types
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from s3_failover.config.literals import literal

_SCALARS = {str: "a string", bool: "true or false", int: "an integer", float: "a number"}
_PLURALS = {str: "strings", int: "integers"}


def expected(field: FieldInfo) -> str:
    """Return what a field accepts, for example `an integer from 1 to 10` or `"dns" or "hybrid"`."""
    kind = _bare(field.annotation)
    if get_origin(kind) is tuple:
        return f"an array of {_PLURALS[get_args(kind)[0]]}{_length(field.metadata)}"
    if get_origin(kind) is dict:
        return f"a table of {_PLURALS[get_args(kind)[1]]}"
    return _type(kind) + _range(field.metadata)


def model_of(field: FieldInfo | None) -> type[BaseModel] | None:
    """Return the model of a field that is a table, None for any other field."""
    kind = _bare(field.annotation) if field else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def is_array(field: FieldInfo) -> bool:
    """Return whether a field is an array."""
    return get_origin(_bare(field.annotation)) is tuple


def holds_strings(field: FieldInfo) -> bool:
    """Return whether a field, or an item of it if it is an array, is written in quotes."""
    kind = _bare(field.annotation)
    if get_origin(kind) in (tuple, Literal):
        first = get_args(kind)[0]
        return first is str or isinstance(first, str)
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, str)


def default(field: FieldInfo) -> Any:
    """Return the default of a field as the file would hold it; None for a setting that may be left out."""
    value = field.get_default(call_default_factory=True)
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else value


def _bare(annotation: Any) -> Any:
    """Return the type that a file can hold: without metadata, and without the None of a setting that may be absent."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return _one_of(get_args(kind))
    if issubclass(kind, StrEnum):
        return _one_of([member.value for member in kind])
    if issubclass(kind, BaseModel):
        required = [name for name, field in kind.model_fields.items() if field.is_required()]
        return f"a table with {' and '.join(required)}" if required else "a table"
    return _SCALARS[kind]


def _one_of(values: Any) -> str:
    *most, last = map(literal, values)
    return f"{', '.join(most)} or {last}" if most else last


def _range(metadata: list[Any]) -> str:
    low = next((each for each in metadata if isinstance(each, Ge | Gt)), None)
    high = next((each for each in metadata if isinstance(each, Le)), None)
    if isinstance(low, Ge):
        return f" from {low.ge} to {high.le}" if high else f" of at least {low.ge}"
    if isinstance(low, Gt):
        return f" above {low.gt}, up to {high.le}" if high else f" above {low.gt}"
    return f" up to {high.le}" if high else ""


def _length(metadata: list[Any]) -> str:
    low = next((each.min_length for each in metadata if isinstance(each, MinLen)), 0)
    high = next((each.max_length for each in metadata if isinstance(each, MaxLen)), None)
    if high is not None:
        return f", {low} to {high} of them"
    return f", at least {low}" if low else ""
