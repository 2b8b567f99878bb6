"""The files of a new project, made of templates."""

import json
import string
import sys
from collections.abc import Iterator
from importlib import resources

from s3_failover import __version__
from s3_failover.config import EDGE_REGION, Site

_TEMPLATES = resources.files("s3_failover.project") / "templates"

WRITTEN = {
    "failover.toml": "failover.toml.tmpl",
    "app.py": "app.py.tmpl",
    "requirements.txt": "requirements.txt.tmpl",
    ".gitignore": "gitignore.tmpl",
    "tests/test_templates.py": "test_templates.py.tmpl",
    ".github/workflows/site.yml": "site.yml.tmpl",
    "public/index.html": "index.html.tmpl",
    "public/error.html": "error.html.tmpl",
    "README.md": "README.md.tmpl",
    ".npmrc": ".npmrc",
}
"""The template of each file that is text."""

_TESTED = ((3, 11), (3, 14))
"""The oldest and the newest Python that the project's CI may run."""


class _Template(string.Template):
    """Text with `@@name` in it: what has a dollar or a percent sign is written as it is."""

    delimiter = "@@"


def project(site: Site) -> dict[str, str]:
    """Return the text of every file of a project for a site, by its path."""
    values = _values(site)
    return {
        **{path: _Template(_read(template)).substitute(values) for path, template in WRITTEN.items()},
        "cdk.json": _json(_cdk_settings()),
        "package.json": _json({**json.loads(_read("package.json")), "name": site.name}),
        "package-lock.json": _json(_lock(site.name)),
    }


def _values(site: Site) -> dict[str, object]:
    return {
        "name": site.name,
        "hostname": site.hostname,
        "primary_region": site.primary_region,
        "replica_regions": ", ".join(f'"{region}"' for region in site.replica_regions),
        "zone_id": site.hosted_zone.id,
        "zone_name": site.hosted_zone.name,
        "mode": site.mode.value,
        "version": __version__,
        "next_major": int(__version__.partition(".")[0]) + 1,
        "python": "{}.{}".format(*min(max(sys.version_info[:2], _TESTED[0]), _TESTED[1])),
        "targets": " ".join(f"aws://ACCOUNT/{region}" for region in _regions(site)),
    }


def _regions(site: Site) -> Iterator[str]:
    return iter(sorted({site.primary_region, *site.replica_regions, EDGE_REGION}))


def _cdk_settings() -> dict[str, object]:
    """Return what cdk.json holds: this project's own feature flags; it watches the files of the new one."""
    return {**json.loads(_read("cdk.json")), "watch": {"include": ["app.py", "failover.toml"]}}


def _lock(name: str) -> dict[str, object]:
    lock = json.loads(_read("package-lock.json"))
    lock["name"] = lock["packages"][""]["name"] = name
    return dict(lock)


def _read(template: str) -> str:
    return (_TEMPLATES / template).read_text(encoding="utf-8")


def _json(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"
