"""Fits the table of a site to the model, and says in words what does not fit."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from s3_failover.config import expectations
from s3_failover.config.catalogue import KeyPath, Violation, rule
from s3_failover.config.literals import dotted, literal
from s3_failover.config.model import RULES_FOLLOW, Site

UNKNOWN_KEY = rule("CONFIG-UNKNOWN-KEY", "a setting that is never read would look as if it worked")
MISSING_KEY = rule("CONFIG-MISSING-KEY", "the setting has no default")
VALUE = rule("CONFIG-VALUE", "a value of another type or range cannot be deployed")

WHICH_MODE = (
    ", the recommended start: CloudFront reads the replica within the request, and HTTPS keeps working. With "
    'mode = "dns", Route 53 moves viewers: HTTP fails for a minute or two, and HTTPS until the region is back, unless '
    "the secondary serves HTTPS"
)
"""What the two modes mean for viewers: no default could be right for all sites."""


def fit(name: str, table: Mapping[str, Any]) -> tuple[Site, list[Violation]]:
    """Return a site and what does not fit the model.

    A setting at fault has a stand-in in the site, so that rules which do not read it can still be checked.
    """
    settings = {key: value for key, value in table.items() if key != "name"}
    faults = [_renamed(name, table["name"])] if "name" in table else []
    try:
        return Site.model_validate({**settings, "name": name}, context=RULES_FOLLOW), faults
    except ValidationError as error:
        faults += dict.fromkeys(_fault(name, each) for each in _innermost(error.errors(include_url=False)))
    return Site.model_validate({**_repaired(settings, faults), "name": name}, context=RULES_FOLLOW), faults


def _innermost(details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Return errors without those of an array whose items are at fault: pydantic then also calls it too short."""
    around = {each["loc"][:-1] for each in details}
    return (each for each in details if each["loc"] not in around)


def _renamed(name: str, got: object) -> Violation:
    at = ("sites", name)
    remedy = f"remove it: [{dotted(at)}] names the site"
    return Violation(UNKNOWN_KEY, (*at, "name"), literal(got), "no such setting", remedy)


def _fault(name: str, details: ErrorDetails) -> Violation:
    path = _settings_path(details["loc"])
    model = _model_at(path)
    at = ("sites", name, *path)
    if details["type"] == "extra_forbidden":
        return _unknown(at, model)
    if details["type"] == "missing":
        return _missing(at, model)
    field, got = model.model_fields[path[-1]], details["input"]
    remedy = _way_out(path[-1], field, got, is_item=len(path) < len(details["loc"]))
    return Violation(VALUE, at, literal(got), expectations.expected(field), remedy)


def _settings_path(location: tuple[int | str, ...]) -> KeyPath:
    """Return the part of a location that the model names: items of an array and keys of a free table are values."""
    path: list[str] = []
    model: type[BaseModel] | None = Site
    for part in map(str, location):
        if model is None:
            break
        path.append(part)
        model = expectations.model_of(model.model_fields.get(part))
    return tuple(path)


def _model_at(path: KeyPath) -> type[BaseModel]:
    """Return the model in which the last key of a path is a field."""
    model: type[BaseModel] = Site
    for key in path[:-1]:
        model = expectations.model_of(model.model_fields[key]) or model
    return model


def _missing(at: KeyPath, model: type[BaseModel]) -> Violation:
    field = model.model_fields[at[-1]]
    remedy = f"add it, for example {at[-1]} = {_example(field)}"
    if model is Site and at[-1] == "mode":
        remedy += WHICH_MODE
    return Violation(MISSING_KEY, at, "nothing", expectations.expected(field), remedy)


def _example(field: FieldInfo) -> str:
    return literal((field.examples or ["..."])[0])


def _way_out(key: str, field: FieldInfo, got: object, *, is_item: bool) -> str:
    if expectations.is_array(field) and not is_item and not isinstance(got, list | dict):
        return f"write {key} = [{literal(got)}]"
    if expectations.holds_strings(field) and not isinstance(got, str | list | dict):
        return "write it in quotes"
    if isinstance(got, str) and re.fullmatch(r"true|false|[0-9]+(\.[0-9]+)?", got):
        return "write it without quotes"
    if field.is_required():
        return f"write it as in {key} = {_example(field)}"
    default = expectations.default(field)
    return "change or remove it" if default is None else f"change it, or remove it: the default is {literal(default)}"


def _unknown(at: KeyPath, model: type[BaseModel]) -> Violation:
    known = _settings(model)
    close = difflib.get_close_matches(at[-1][:64], [each.split(".")[-1] for each in known], n=1)
    if not close:
        return Violation(UNKNOWN_KEY, at, literal(at[-1]), f"one of {', '.join(known)}", "remove it")
    meant = next(each for each in known if each.split(".")[-1] == close[0])
    return Violation(UNKNOWN_KEY, at, literal(at[-1]), "a known setting", f"did you mean {meant}?")


def _settings(model: type[BaseModel]) -> list[str]:
    """Return the settings of a table in the order of the model, followed by those of the tables in it."""
    fields = {key: field for key, field in model.model_fields.items() if not (model is Site and key == "name")}
    inner = (
        f"{key}.{each}"
        for key, field in fields.items()
        if (table := expectations.model_of(field))
        for each in _settings(table)
    )
    return [*fields, *inner]


def _repaired(settings: Mapping[str, Any], faults: list[Violation]) -> dict[str, Any]:
    wrong = {fault.path[2:] for fault in faults}
    return dict(_sound(Site, settings, wrong, ()))


def _sound(
    model: type[BaseModel], settings: Mapping[str, Any], wrong: set[KeyPath], at: KeyPath
) -> Iterator[tuple[str, Any]]:
    """Return the settings that fit the model, with examples for those that have no default."""
    for key, field in model.model_fields.items():
        path = (*at, key)
        table = expectations.model_of(field)
        if key in settings and path not in wrong:
            yield key, dict(_sound(table, settings[key], wrong, path)) if table else settings[key]
        elif field.is_required() and field.examples:
            yield key, field.examples[0]
