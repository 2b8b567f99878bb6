"""What the results of commands are made of: frozen pydantic models, for `--json`, its schema and the text alike."""

import dataclasses
from datetime import datetime
from typing import Annotated, TypeVar, cast, dataclass_transform

import pydantic
import pydantic.dataclasses
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

_CONFIG = ConfigDict(
    strict=True,
    extra="forbid",
    use_attribute_docstrings=True,
    # What is printed has every key, those with a default too.
    json_schema_serialization_defaults_required=True,
)

T = TypeVar("T")


class Result(BaseModel):
    """What a command prints with `--json`; a value of another type than the declared one is an error."""

    model_config = ConfigDict(frozen=True, **_CONFIG)


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def part(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass that is part of results, and as strict as these.

    What `--json` does not have is a field with `exclude=True`; what it calls otherwise has a `serialization_alias`.
    """
    made = pydantic.dataclasses.dataclass(frozen=True, config=_CONFIG)(cls)
    return cast(type[T], made)


Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""A moment that is printed in ISO 8601 with its offset."""
