"""One check against AWS or DNS, independent of the others, and the permissions that it needs."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from s3_failover.errors import UserError
from s3_failover.operations import permissions
from s3_failover.operations.permissions import Policy
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.refusals import DeniedError


@dataclass(frozen=True)
class Look:
    """One look.

    No two looks of a preflight look at the same part; `needs` are the statements of IAM that it needs.
    """

    part: str
    find: Callable[[], Findings]
    needs: tuple[Policy, ...] = ()

    def unanswered(self, error: UserError, known: Sequence[Policy]) -> PreflightFinding:
        """Return the finding that this could not be looked at, with the statement that is missing.

        `known` are the statements of the whole preflight: a look also uses what others have found out.
        """
        remedy = "remove the cause, and run it again"
        if isinstance(error, DeniedError):
            remedy = f"have this granted: {json.dumps(self._missing(error.permission, known))}"
        return PreflightFinding("PREFLIGHT-UNKNOWN", self.part, f"could not be looked at: {error}", remedy)

    def _missing(self, permission: str, known: Sequence[Policy]) -> Policy:
        for statements in (self.needs, known):
            where = {arn for each in statements if permission in each["Action"] for arn in each["Resource"]}
            if where:
                return permissions.allow([permission], where)
        return permissions.allow([permission], ["*"])


def merged(statements: Iterable[Policy]) -> list[Policy]:
    """Return the same permissions in fewer statements: one for each set of resources."""
    resources: dict[tuple[str, ...], set[str]] = {}
    for each in statements:
        resources.setdefault(tuple(each["Action"]), set()).update(each["Resource"])
    actions: dict[tuple[str, ...], set[str]] = {}
    for action, where in resources.items():
        actions.setdefault(tuple(sorted(where)), set()).update(action)
    return [permissions.allow(action, where) for where, action in actions.items()]
