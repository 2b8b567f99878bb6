"""Wildcards of policies: they stand for every character, line feeds in keys included.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ministack.core import iam_evaluator

from breakable_aws.emulator.base.hooks import replace

_STANDS_FOR = {"*": ".*", "?": "."}


def install() -> None:
    """Put the matching into ministack, whose own ends at the first line feed, and forgives one at the end."""
    replace(iam_evaluator, "_fnmatch_compile", compiled)


@lru_cache(maxsize=4096)
def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """Return the regular expression of a pattern."""
    parts = [_STANDS_FOR.get(character) or re.escape(character) for character in pattern]
    return re.compile("".join(parts) + r"\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))
