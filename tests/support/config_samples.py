"""Configurations for tests: a document to change, a TOML writer, and the findings of either."""

import copy
import datetime
import json
import re

from s3_failover.config import ConfigError, ConfigFinding, parse

SITE = {
    "hostname": "assets.example.com",
    "primary_region": "us-west-2",
    "replica_regions": ["us-east-2"],
    "hosted_zone": {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"},
    "mode": "dns",
}
"""The shortest site that is accepted."""


def site(**changes):
    """Return the shortest accepted site with settings changed; `...` removes one."""
    settings = {**copy.deepcopy(SITE), **changes}
    return {key: value for key, value in settings.items() if value is not ...}


def one(**changes):
    """Return the text of a file with one site, `assets`, with settings changed."""
    return dumps({"sites": {"assets": site(**changes)}})


def many(**sites):
    """Return the text of a file with some sites."""
    return dumps({"sites": sites})


def findings(text: str) -> list[ConfigFinding]:
    """Return what is wrong with a text; nothing if it is accepted."""
    try:
        parse(text)
    except ConfigError as error:
        return list(error.findings)
    return []


def ids(text: str) -> list[str]:
    """Return the ids of what is wrong with a text."""
    return [finding.id for finding in findings(text)]


def dumps(document) -> str:
    """Return a document as TOML."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in document.items())


def _key(key):
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else _string(key)


def _string(text):
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_value, value)) + "]"


def expect(text, rule_id, where, **parts):
    """Assert that a text has exactly one finding, of this rule, at this place."""
    (finding,) = findings(text)
    assert (finding.id, finding.where) == (rule_id, where)
    for part, words in parts.items():
        assert words in getattr(finding, part)


def accept(text):
    assert findings(text) == []
