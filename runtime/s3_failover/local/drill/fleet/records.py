"""What a simulated host tells the drill about each of its requests: one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

OK = "ok"
WRONG = "wrong"
"""The bytes were not those that were published."""
RAISED = "AllRegionsFailed"


@dataclass(frozen=True)
class HostRequest:
    """One request of a host, in embedded time.

    `result` is `ok`, `wrong`, or the name of what the client raised; `failing` are the regions that fail in the eyes of
    the host's client when the request is over.
    """

    began: float
    ended: float
    result: str
    region: str
    attempts: Sequence[str]
    failing: Sequence[str]
    detail: str = ""

    @property
    def rerouted(self) -> bool:
        """Whether another region served it than the one that was asked first."""
        return self.result == OK and len(self.attempts) > 1

    def dump(self) -> str:
        """Return it as a line of JSON, without the end of the line."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def load(cls, line: str) -> HostRequest:
        """Return what `dump` wrote.

        Raises:
            ValueError, TypeError: it is something else, as the last line of a host that was killed can be.
        """
        found: dict[str, Any] = json.loads(line)
        return cls(**found)
