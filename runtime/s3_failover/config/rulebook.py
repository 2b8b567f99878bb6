"""Where the rules about one subject are written down: a check becomes a rule by its decorator."""

from collections.abc import Callable, Iterable, Sequence

from s3_failover.config.catalogue import rule
from s3_failover.config.checks import Breach, SiteRule
from s3_failover.config.model import Site

Check = Callable[[Site], Iterable[Breach]]


class Rulebook:
    """The rules about one subject, in the order in which they are checked."""

    def __init__(self) -> None:
        self.rules: list[SiteRule] = []

    def rule(
        self, rule_id: str, reason: str, *, compares: Sequence[str] = (), unless: Sequence[str] = ()
    ) -> Callable[[Check], Check]:
        """Return the decorator that makes a check a rule; see `SiteRule`.

        Args:
            rule_id: the stable name, for example `SITE-HOSTNAME`.
            reason: why the rule exists, in one line.
            compares: settings that the check compares.
            unless: ids of the rules whose breach explains a breach of this one; they must come before it.
        """

        def register(check: Check) -> Check:
            self.rules.append(SiteRule(rule(rule_id, reason), tuple(compares), tuple(unless), check))
            return check

        return register
