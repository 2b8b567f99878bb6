"""Examines one site by itself, wherever it is written: as a table of the file, or in Python."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from s3_failover.config import shapes
from s3_failover.config.catalogue import Violation
from s3_failover.config.checks import Examined, examine
from s3_failover.config.copy_rules import COPY_RULES
from s3_failover.config.existing_rules import EXISTING_RULES
from s3_failover.config.findings import ConfigError
from s3_failover.config.https_rules import HTTPS_RULES
from s3_failover.config.literals import plain
from s3_failover.config.publish_rules import PUBLISH_RULES
from s3_failover.config.rules import SITE_RULES
from s3_failover.config.zone_rules import ZONE_RULES

_RULES = [*SITE_RULES, *COPY_RULES, *ZONE_RULES, *HTTPS_RULES, *EXISTING_RULES, *PUBLISH_RULES]


def examined(name: str, table: Mapping[str, Any]) -> Examined:
    """Return a site and everything that is wrong with its settings."""
    return examine(*shapes.fit(name, table), _RULES)


def keep_rules(settings: Mapping[str, Any]) -> None:
    """Refuse the settings of a site that is written in Python as the file's are refused.

    Raises:
        ConfigError: a rule refuses something; it carries every finding.
    """
    name = str(settings["name"])
    refuse(name, examined(name, {key: _table(value) for key, value in settings.items() if key != "name"}).faults)


def refuse(name: str, faults: Iterable[Violation]) -> None:
    """Raise ConfigError with what is wrong with a site that is written in Python, which has settings and no table."""
    findings = [fault._replace(path=fault.path[2:]).finding() for fault in faults]
    if findings:
        raise ConfigError(f"site {plain(name)}", findings)


def _table(value: object) -> object:
    return value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value
