"""Replaces regions of a site in the text of a configuration file, and changes nothing else of it."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from s3_failover.config.model import Site
from s3_failover.errors import UserError

_QUOTED = """(?P<q>["']){}(?P=q)"""


def with_regions(text: str, site: Site, moves: Mapping[str, str]) -> str:
    """Return the text with other regions for the copies of a site; comments and all else stay.

    A region that is left is no protected one any more. A website secondary whose region is left becomes an `https` one:
    its bucket is named like the hostname, and no other region can have that name meanwhile.

    Args:
        text: the file's.
        site: the site as the text has it.
        moves: by region, which one takes its place.

    Raises:
        UserError: a setting is not written as a line of its own below `[sites.NAME]`.
    """
    begin, end = _table(text, site.name)
    table, wanted = text[begin:end], _read(text)
    settings = wanted["sites"][site.name]
    for left, new in moves.items():
        table = _edited(table, left, new)
        _edit(settings, left, new)
    if loses_website(site, moves):
        table = _with_https(table)
        settings["secondary"] = {**settings.get("secondary", {}), "type": "https"}
    changed = f"{text[:begin]}{table}{text[end:]}"
    if not _is(changed, wanted):
        told = ", ".join(f"{new} in place of {left}" for left, new in moves.items())
        secondary = ' and secondary = { type = "https" }' if loses_website(site, moves) else ""
        raise UserError(
            f"the regions of sites.{site.name} are not lines of their own below [sites.{site.name}]: write {told}"
            f"{secondary} there yourself, and run it again"
        )
    return changed


def loses_website(site: Site, moves: Mapping[str, str]) -> bool:
    """Tell whether the region of a website secondary is left."""
    return site.secondary.kind.has_public_bucket and site.replica_regions[0] in moves


def _table(text: str, name: str) -> tuple[int, int]:
    """Return where the lines between a site's header and the next one begin and end."""
    header = rf"""(?m)^\ufeff?[ \t]*\[[ \t]*sites[ \t]*\.[ \t]*(["']?){re.escape(name)}\1[ \t]*\].*$"""
    if (found := re.search(header, text)) is None:
        return len(text), len(text)
    following = re.compile(r"(?m)^[ \t]*\[").search(text, found.end())
    return found.end(), following.start() if following else len(text)


def _edited(table: str, left: str, new: str) -> str:
    quoted = _QUOTED.format(re.escape(left))
    table = re.sub(rf"(?m)^([ \t]*primary_region[ \t]*=[ \t]*){quoted}", rf"\g<1>\g<q>{new}\g<q>", table, count=1)
    table = _in_list(table, "replica_regions", quoted, rf"\g<q>{new}\g<q>")
    return _in_list(table, "protected_regions", rf"{quoted}[ \t]*,?[ \t]*", "")


def _in_list(table: str, key: str, quoted: str, by: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        return re.sub(quoted, by, found[0], count=1)

    return re.sub(rf"(?m)^[ \t]*{key}[ \t]*=[ \t]*\[[^\]]*\]", replaced, table, count=1)


def _with_https(table: str) -> str:
    named, count = re.subn(
        r"""(?m)^([ \t]*secondary[ \t]*=.*?\btype[ \t]*=[ \t]*)(["'])website\2""", r"\1\2https\2", table, count=1
    )
    if count:
        return named
    line = r'\g<0>secondary = { type = "https" }\g<1>'
    return re.sub(r"(?m)^[ \t]*replica_regions[ \t]*=[ \t]*\[[^\]]*\][^\r\n]*(\r?\n|\Z)", line, table, count=1)


def _edit(settings: dict[str, Any], left: str, new: str) -> None:
    if settings["primary_region"] == left:
        settings["primary_region"] = new
    settings["replica_regions"] = [new if each == left else each for each in settings["replica_regions"]]
    if "protected_regions" in settings:
        settings["protected_regions"] = [each for each in settings["protected_regions"] if each != left]


def _is(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _read(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _read(text: str) -> dict[str, Any]:
    return tomllib.loads(text.removeprefix("\ufeff"))
