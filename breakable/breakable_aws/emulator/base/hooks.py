"""The places of ministack that are replaced or relied upon, and the check that they are what we know.

Ministack has no extension points: what it lacks is added by replacing functions of its modules. That is only safe for
the one version that was read, so the version is pinned, every place is declared in `hook_points.py`, and a place that
is missing or has other source code stops the start before anything listens.
"""

import hashlib
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any

from breakable_aws.emulator.failure import StartError

DISTRIBUTION = "ministack"
"""The package that is hooked into."""

VERSION = "1.5.33"
"""The only version that the hooks are for."""

_DIGEST_LENGTH = 12


@dataclass(frozen=True)
class HookPoint:
    """One attribute of a ministack module that is replaced.

    `expected` is the digest of a function's source code, or the name of another value's type.
    """

    module: str
    attribute: str
    expected: str

    @property
    def name(self) -> str:
        """The full dotted name."""
        return f"{DISTRIBUTION}.{self.module}.{self.attribute}"


def check(points: tuple[HookPoint, ...], uses: dict[str, str]) -> None:
    """Raise StartError if ministack has another version than the hooks were written for, or a place has changed.

    `uses` has the names that are called or read, separated by spaces, for each module below `ministack`.
    """
    _check_version()
    for problem in problems(points, uses):
        raise StartError(f"{problem}; reinstall {DISTRIBUTION}=={VERSION} from the emulator's requirements.txt")


def problems(points: tuple[HookPoint, ...], uses: dict[str, str]) -> Iterator[str]:
    """Return what does not hold in the ministack that is installed, whatever its version; arguments as for `check`."""
    for point in points:
        try:
            found = fingerprint(_attribute(point.module, point.attribute))
        except LookupError as error:
            yield str(error)
            continue
        if found != point.expected:
            yield f"{point.name} has changed: got {found}, expected {point.expected}"
    for module, names in uses.items():
        for name in names.split():
            try:
                _attribute(module, name)
            except LookupError as error:
                yield str(error)


def replace(module: ModuleType, attribute: str, value: Any) -> Any:
    """Replace an attribute of ministack, and return what was there; raise LookupError if it is not declared."""
    from .hook_points import REPLACED  # noqa: PLC0415 - it needs HookPoint

    name = f"{module.__name__}.{attribute}"
    if name not in {point.name for point in REPLACED}:
        raise LookupError(f"{name} is replaced and not declared in hook_points.py")
    original = getattr(module, attribute)
    setattr(module, attribute, value)
    return original


def fingerprint(value: Any) -> str:
    """Return the digest of a function's source code, or the name of another value's type."""
    if not inspect.isfunction(value):
        return type(value).__name__
    return hashlib.sha256(inspect.getsource(value).encode()).hexdigest()[:_DIGEST_LENGTH]


def _check_version() -> None:
    try:
        found = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        found = "none"
    if found != VERSION:
        raise StartError(f"{DISTRIBUTION} {VERSION} is needed, got {found}: install the emulator's requirements.txt")


def _attribute(module: str, attribute: str) -> Any:
    try:
        return getattr(importlib.import_module(f"{DISTRIBUTION}.{module}"), attribute)
    except (ImportError, AttributeError) as error:
        name = f"{DISTRIBUTION}.{module}.{attribute}"
        raise LookupError(f"{name} is missing: got {error}, expected {DISTRIBUTION} {VERSION}") from error
