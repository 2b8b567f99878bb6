"""What must begin anew in a forked child: locks that nothing will release, lost threads, shared connections."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something that has to know when it wakes up in a forked child."""

    def after_fork(self) -> None:
        """Begin anew: the process has one thread now, and shares its sockets with the parent."""


_known: weakref.WeakSet[Forkable] = weakref.WeakSet()


def tell(forkable: Forkable) -> None:
    """Call `after_fork` of this object in every child that is forked while the object lives."""
    _known.add(forkable)


def _in_child() -> None:
    for forkable in list(_known):
        forkable.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
