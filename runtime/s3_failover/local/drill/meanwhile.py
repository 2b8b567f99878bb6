"""A deployment while a region is lost, and the same one once more afterwards."""

import re
import threading
from collections.abc import Callable, Collection

from breakable_aws.errors import BreakableError
from s3_failover.drill.report import Held
from s3_failover.errors import UserError

Deploy = Callable[[], None]
"""Deploys the drilled sites; raises BreakableError or UserError if that fails."""


class DeploymentMeanwhile:
    """A deployment that is begun while regions are lost, and must fail and name one of them.

    `again` is the same deployment when all is as before, which must succeed.
    """

    def __init__(self, deploy: Deploy, lost: Collection[str]) -> None:
        self._deploy = deploy
        self._lost = sorted(lost)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._said: list[str | None] = []

    def begin(self) -> None:
        """Begin to deploy."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it has succeeded or failed."""
        return not self._thread.is_alive()

    def again(self) -> list[Held]:
        """Deploy once more when the first deployment is over, and return what was expected of the two."""
        self._thread.join()
        self._run()
        first, again = self._said
        lines = [line for line in _lines(first) if any(region in line for region in self._lost)]
        fails = f"a deployment meanwhile fails, and names {' or '.join(self._lost)}"
        told = "it succeeded" if first is None else (lines or _lines(first))[-1]
        return [
            Held(expectation=fails, held=bool(lines), seen=told),
            Held(
                expectation="the same deployment succeeds afterwards",
                held=again is None,
                seen="it did" if again is None else _lines(again)[-1],
            ),
        ]

    def _run(self) -> None:
        try:
            self._deploy()
        except (BreakableError, UserError) as error:
            self._said.append(str(error))
        else:
            self._said.append(None)


def _lines(said: str | None) -> list[str]:
    return [re.sub(r"\s+", " ", line).strip() for line in (said or "").splitlines() if line.strip()]
