"""Checks of arguments: what cannot work is refused before anything is asked, and says what was expected."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.ranges import ByteRange

T = TypeVar("T")

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_OF_THE_CLIENT = ("Bucket", "Key")


def is_number(value: object) -> bool:
    """Whether a value is a number, which may be infinite or none (NaN)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def positive(name: str, value: Any) -> None:
    """Refuse what is no positive finite number.

    Raises:
        InvalidConfiguration: it is not.
    """
    if not is_number(value) or not 0 < value < math.inf:
        refuse(name, value, "a positive number")


def whole(name: str, value: Any) -> None:
    """Refuse what is no whole number from 1 on.

    Raises:
        InvalidConfiguration: it is not.
    """
    if not is_number(value) or not isinstance(value, int) or value < 1:
        refuse(name, value, "a positive whole number")


def age(name: str, value: Any) -> None:
    """Refuse what is neither None nor a number of seconds.

    Raises:
        InvalidConfiguration: it is not.
    """
    if value is not None and not (is_number(value) and value >= 0):
        refuse(name, value, "None, or seconds from 0 on")


def flag(name: str, value: object) -> None:
    """Refuse what is neither True nor False: `"no"` would mean yes.

    Raises:
        InvalidConfiguration: it is not.
    """
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


def text(name: str, value: object) -> None:
    """Refuse what is no string, empty, or not Unicode.

    Raises:
        InvalidConfiguration: it is not.
    """
    if not isinstance(value, str) or not value or not _is_unicode(value):
        refuse(name, value, "a string that is not empty")


def path(name: str, value: object) -> None:
    """Refuse what cannot be a path of this system.

    Raises:
        InvalidConfiguration: it cannot.
    """
    try:
        found = os.fspath(value)  # type: ignore[call-overload]
        usable = isinstance(found, str) and b"\0" not in os.fsencode(found)
    except (TypeError, UnicodeEncodeError):
        usable = False
    if not usable:
        refuse(name, value, "a path, as a string or a pathlib.Path")


def instance(name: str, value: object, kind: type[T]) -> T:
    """Return a value of a class.

    Raises:
        InvalidConfiguration: it is of another.
    """
    if not isinstance(value, kind):
        refuse(name, value, f"an instance of {kind.__name__}")
    return value


def parameters(given: Mapping[str, Any]) -> None:
    """Refuse parameters of GetObject for which no region could be blamed; botocore checks their names and types.

    Raises:
        InvalidConfiguration: one names another object, is no single range, or cannot be in an HTTP header.
    """
    for name, value in given.items():
        if name in _OF_THE_CLIENT:
            refuse(name, value, "no such parameter: the client has the buckets, and the key is the first argument")
        if name == "Range" and ByteRange.parsed(value) is None:
            refuse(
                name,
                value,
                "one range, such as bytes=0-99, bytes=100- or bytes=-100: S3 ignores any other and sends the whole "
                "object",
            )
        # This one is sent as Base64.
        if name != "SSECustomerKey" and isinstance(value, str) and (_CONTROL.search(value) or not _is_unicode(value)):
            refuse(name, value, "a string without control characters")


def refuse(name: str, value: object, expected: str) -> NoReturn:
    """Raise the error of an argument.

    Raises:
        InvalidConfiguration: always.
    """
    msg = f"{name} is {value!r}, expected {expected}"
    raise InvalidConfiguration(msg)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
