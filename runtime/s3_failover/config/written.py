"""The settings of sites that an app defines in Python: a file of its cloud assembly, which commands read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from s3_failover.config.model import Site

FILE_NAME = "s3-failover.json"
"""The file's name in the cloud assembly, which is `cdk.out` or, for a stage, a directory in it."""

_LONGEST_NAME = 32


def write(directory: Path, sites: Mapping[str, Site]) -> None:
    """Write the settings of sites, by where they are in the app, into a directory."""
    tables = {_name(path): _table(site) for path, site in sites.items()}
    document = {"dashboard": False, "sites": tables}
    (directory / FILE_NAME).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _table(site: Site) -> dict[str, object]:
    table = site.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    # Which site carries the dashboard over all of them was decided when they were defined.
    return {**table, "dashboard": True} if site.on_dashboard else table


def _name(path: str) -> str:
    """Return the path of a construct as people type it: it names the table, as in a file that is written by hand."""
    name = re.sub("[^a-z0-9]+", "-", path.lower()).strip("-")
    return (name if name[:1].isalpha() else f"site-{name}")[:_LONGEST_NAME]
