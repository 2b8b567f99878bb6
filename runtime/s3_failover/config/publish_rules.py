"""The rules about how a directory is published."""

import re
from collections.abc import Iterator

from s3_failover.config.checks import Breach
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.config.rulebook import Rulebook

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(\s*;\s*{_WORD}=({_WORD}|\"[\x20-\x7e]*\"))*")
"""A media type (RFC 9110, 8.3.1)."""
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")

_BOOK = Rulebook()
PUBLISH_RULES = _BOOK.rules
"""The rules, in the order in which they are checked."""


@_BOOK.rule("SITE-PUBLISH-CONTENT-TYPE", "browsers do not show what has no media type, and S3 stores any text as one")
def _content_types(site: Site) -> Iterator[Breach]:
    for value in site.publish.content_types.values():
        if not _MEDIA_TYPE.fullmatch(value):
            remedy = "write a media type that IANA lists, with its parameters"
            yield Breach("publish.content_types", literal(value), "a media type, as text/html; charset=utf-8", remedy)


@_BOOK.rule("SITE-PUBLISH-CACHE-CONTROL", "no request can carry another header, so every upload would fail")
def _cache_control(site: Site) -> Iterator[Breach]:
    for value in site.publish.cache_control.values():
        if not _VALUE.fullmatch(value):
            remedy = "write it as one line, as max-age=60"
            yield Breach("publish.cache_control", literal(value), "visible ASCII characters", remedy)
