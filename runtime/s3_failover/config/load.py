"""Reads a configuration file and collects everything that is wrong with it."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from s3_failover.config import positions, shapes
from s3_failover.config.catalogue import Violation, rule
from s3_failover.config.dashboards import assigned
from s3_failover.config.examination import examined
from s3_failover.config.findings import ConfigError, ConfigFinding
from s3_failover.config.literals import dotted, literal, plain
from s3_failover.config.model import Config
from s3_failover.config.uniqueness import between
from s3_failover.config.written import FILE_NAME

FILE = rule("CONFIG-FILE", "everything is deployed from this file")
TOML = rule("CONFIG-TOML", "the file must be read before it can be checked")
JSON = rule("CONFIG-JSON", "the file must be read before it can be checked")
NO_SITES = rule("CONFIG-NO-SITES", "a configuration without a site deploys nothing")
DASHBOARD = "dashboard"
"""The one setting above all tables: whether there is a dashboard over all sites."""

NAME = rule("SITE-NAME", "people type it as an argument of commands")


def load(path: Path) -> Config:
    """Return the configuration in a file, or in the cloud assembly of an app, which is a directory.

    Raises:
        ConfigError: the file is missing, not TOML, or holds anything that a rule refuses; it carries every finding.
    """
    file = file_of(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigError(plain(str(path)), [_unreadable(file, error)]) from error
    if file.suffix == ".json":
        return of_document(_json(text, plain(str(file))), source=str(file))
    return parse(text, source=str(file))


def file_of(path: Path) -> Path:
    """Return the file that a configuration is read from: the one named, or the one in a cloud assembly."""
    written = path / FILE_NAME
    return written if written.exists() else path


def parse(text: str, *, source: str = "failover.toml") -> Config:
    """Return the configuration in a text.

    Errors call it `source`.

    Raises:
        ConfigError: as for `load`.
    """
    source = plain(source)
    try:
        document = tomllib.loads(text)
    # ValueError: tomllib lets Python's refusal of integers of more than 4300 digits through.
    except (ValueError, RecursionError) as error:
        raise ConfigError(source, [_not_toml(source, error)]) from error
    return of_document(document, source=source, text=text)


def of_document(document: Mapping[str, Any], *, source: str = "failover.toml", text: str = "") -> Config:
    """Return the configuration in a document that has been read.

    Errors call it `source`, and name the lines of `text`, which is TOML.

    Raises:
        ConfigError: as for `load`.
    """
    source = plain(source)
    sites = [examined(name, table) for name, table in _tables(document) if isinstance(table, dict)]
    faults = [*_misplaced(document), *(fault for each in sites for fault in each.faults), *between(sites)]
    if faults:
        found = positions.lines(text)
        ordered = _in_file_order(faults, document)
        raise ConfigError(source, [fault.finding(positions.line_of(fault.path, found)) for fault in ordered])
    return Config(sites=assigned([each.site for each in sites], shared=document.get(DASHBOARD, True)))


def _json(text: str, source: str) -> dict[str, Any]:
    """Return what an app has written at synthesis.

    Raises:
        ConfigError: it is no object of JSON.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(source, [_not_json(source, plain(str(error), 160))]) from error
    if not isinstance(document, dict):
        raise ConfigError(source, [_not_json(source, literal(document))])
    return document


def _not_json(source: str, got: str) -> ConfigFinding:
    return JSON.finding(source, got, "a JSON object with sites", "synthesize the app again")


def _tables(document: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    tables = document.get("sites")
    return tables.items() if isinstance(tables, dict) else ()


def _misplaced(document: Mapping[str, Any]) -> Iterator[Violation]:
    """Return what is wrong with the file around the settings of its sites."""
    yield from (_unknown(key, value) for key, value in document.items() if key not in ("sites", DASHBOARD))
    if not isinstance(shared := document.get(DASHBOARD, True), bool):
        remedy = "write dashboard = false for none over all sites"
        yield Violation(shapes.VALUE, (DASHBOARD,), literal(shared), "true or false", remedy)
    if not _tables(document):
        got = literal(document["sites"]) if "sites" in document else "nothing"
        remedy = "add a table as in [sites.assets], with hostname and regions"
        yield Violation(NO_SITES, ("sites",), got, "at least one table [sites.NAME]", remedy)
    for name, table in _tables(document):
        at = ("sites", name)
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", name):
            expected = "1 to 32 lower-case letters, digits and hyphens, a letter first"
            yield Violation(NAME, at, literal(name), expected, "rename the table [sites.NAME]")
        if not isinstance(table, dict):
            yield Violation(shapes.VALUE, at, literal(table), "a table of settings", f"write it as [{dotted(at)}]")


def _unknown(key: str, value: object) -> Violation:
    if difflib.get_close_matches(key.lower()[:64], ["sites"], n=1):
        remedy = "did you mean sites?"
    elif isinstance(value, dict):
        remedy = f"write [{dotted(('sites', key))}], or remove it"
    else:
        remedy = "move it into a [sites.NAME] table, or remove it"
    return Violation(shapes.UNKNOWN_KEY, (key,), literal(key), "sites", remedy)


def _in_file_order(faults: Iterable[Violation], document: Mapping[str, Any]) -> list[Violation]:
    """Return faults in the order in which the file names the settings; what it does not name comes last."""

    def position(fault: Violation) -> list[int]:
        places, table = [], document
        for key in fault.path:
            keys = list(table) if isinstance(table, dict) else []
            places.append(keys.index(key) if key in keys else len(keys))
            table = table.get(key, {}) if isinstance(table, dict) else {}
        return places

    return sorted(faults, key=position)


def _unreadable(path: Path, error: Exception) -> ConfigFinding:
    reason = "text that is not UTF-8" if isinstance(error, UnicodeDecodeError) else _os_reason(error)
    remedy = "name another file, or write one with `s3-failover init`"
    if path.is_dir():
        remedy = "name a file in it; or synthesize an app, and name its cdk.out or a stage's directory inside"
    if path.suffix == ".json":
        return FILE.finding(plain(str(path)), reason, "a readable JSON file", "synthesize the app again")
    return FILE.finding(plain(str(path)), reason, "a readable TOML file", remedy)


def _os_reason(error: Exception) -> str:
    if isinstance(error, (IsADirectoryError, PermissionError)):
        return "a directory" if isinstance(error, IsADirectoryError) else "a file without permission to read it"
    return plain(getattr(error, "strerror", None) or str(error)).lower()


def _not_toml(source: str, error: Exception) -> ConfigFinding:
    if isinstance(error, tomllib.TOMLDecodeError):
        text = plain(str(error), 160)
        at = re.search(r"\(at line (\d+)", text)
        got, line = f"invalid TOML: {text[:1].lower()}{text[1:]}", int(at[1]) if at else None
        return TOML.finding(source, got, "TOML 1.0", "correct that place", line)
    got = "tables or arrays nested too deeply" if isinstance(error, RecursionError) else "a number too long to read"
    return TOML.finding(source, got, "TOML 1.0", "correct that place; `s3-failover init` writes a file to compare with")
