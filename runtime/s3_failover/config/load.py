"""Reads a configuration file and collects everything that is wrong with it."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from s3_failover.config.findings import ConfigError, Finding
from s3_failover.config.model import Config, Site
from s3_failover.config.rules import check_site, check_sites


def load(path: Path) -> Config:
    """Return the configuration in a file.

    Raises:
        ConfigError: the file is missing, not TOML, or holds anything that a rule refuses; it carries every finding.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [_unreadable(path, error)]) from error
    return parse(text, source=str(path))


def parse(text: str, *, source: str = "failover.toml") -> Config:
    """Return the configuration in a text.

    Args:
        text: the TOML.
        source: what errors call it.

    Raises:
        ConfigError: as for `load`.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(source, [_not_toml(source, error)]) from error
    sites: list[Site] = []
    findings = list(_unknown_tables(document))
    for name, table in _site_tables(document, findings):
        site, problems = _site(name, table)
        findings.extend(problems)
        if site is not None:
            sites.append(site)
    findings.extend(check_sites(sites))
    if findings:
        raise ConfigError(source, findings)
    return Config(sites=tuple(sites))


def _site_tables(document: Mapping[str, Any], findings: list[Finding]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tables = document.get("sites", {})
    if not isinstance(tables, dict) or not tables:
        findings.append(
            Finding(
                "CONFIG-NO-SITES",
                "sites",
                _literal(tables) if tables else "nothing",
                "at least one table [sites.NAME]",
                "a configuration without a site deploys nothing",
                "add a [sites.NAME] table as in failover.toml",
            )
        )
        return
    for name, table in tables.items():
        if isinstance(table, dict):
            yield name, table
        else:
            findings.append(
                Finding(
                    "CONFIG-VALUE",
                    f"sites.{name}",
                    _literal(table),
                    "a table",
                    "a site is a table of settings",
                    f"write it as [sites.{name}]",
                )
            )


def _site(name: str, table: Mapping[str, Any]) -> tuple[Site | None, list[Finding]]:
    where = f"sites.{name}"
    if "name" in table:
        return None, [_unknown_key(where, "name", Site)]
    try:
        site = Site.model_validate({**table, "name": name})
    except ValidationError as error:
        return None, [_from_pydantic(where, details) for details in error.errors()]
    return site, list(check_site(site))


def _from_pydantic(where: str, details: ErrorDetails) -> Finding:
    path, model = _locate(details["loc"])
    if details["type"] == "extra_forbidden":
        parent = ".".join([where, *path[:-1]])
        return _unknown_key(parent, path[-1], model)
    at = ".".join([where, *path])
    if details["type"] == "missing":
        return Finding(
            "CONFIG-MISSING-KEY",
            at,
            "nothing",
            _describe(model, path[-1]),
            "the setting has no default",
            f"add {path[-1]}",
        )
    expected = details["msg"].removeprefix("Input should be ").removeprefix("Input should have ")
    return Finding(
        "CONFIG-VALUE",
        at,
        _literal(details["input"]),
        expected[:1].lower() + expected[1:],
        "the value does not fit the setting",
        f"change {path[-1]}",
    )


def _locate(location: tuple[int | str, ...]) -> tuple[list[str], type[BaseModel]]:
    """Return the path of an error and the model in which its last part is a field."""
    path = [str(part) for part in location]
    model: type[BaseModel] = Site
    for part in path[:-1]:
        field = model.model_fields.get(part)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            break
        model = field.annotation
    return path, model


def _describe(model: type[BaseModel], name: str) -> str:
    description = model.model_fields[name].description or ""
    first = description.split(";")[0].split(": ")[0].rstrip(".").replace("\n", " ")
    return first[:1].lower() + first[1:] if first else "a value"


def _unknown_key(where: str, key: str, model: type[BaseModel]) -> Finding:
    known = sorted(set(model.model_fields) - {"name"} if model is Site else set(model.model_fields))
    close = difflib.get_close_matches(key, known, n=1)
    return Finding(
        "CONFIG-UNKNOWN-KEY",
        f"{where}.{key}",
        key,
        f"one of {', '.join(known)}",
        "a setting that nobody reads would look as if it worked",
        f"did you mean {close[0]}?" if close else "remove it",
    )


def _unknown_tables(document: Mapping[str, Any]) -> Iterator[Finding]:
    for key in document:
        if key != "sites":
            yield Finding(
                "CONFIG-UNKNOWN-KEY",
                key,
                key,
                "sites",
                "a setting that nobody reads would look as if it worked",
                "move it into a [sites.NAME] table or remove it",
            )


def _unreadable(path: Path, error: Exception) -> Finding:
    got = "text that is not UTF-8" if isinstance(error, UnicodeDecodeError) else _os_reason(error)
    return Finding(
        "CONFIG-FILE",
        str(path),
        got,
        "a readable TOML file",
        "everything is deployed from this file",
        "name another file with -c config=PATH (cdk) or PATH (s3-failover), or start from the example failover.toml",
    )


def _os_reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _not_toml(source: str, error: Exception) -> Finding:
    got = "arrays or tables nested too deeply" if isinstance(error, RecursionError) else f"invalid TOML ({error})"
    return Finding(
        "CONFIG-TOML", source, got, "TOML 1.0", "the file must be read before it can be checked", "correct that line"
    )


def _literal(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
