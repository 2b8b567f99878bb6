"""Checks one site against rules: what a rule for a site is, when it applies, and what comes of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from s3_failover.config.catalogue import KeyPath, Rule, Violation
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.values import Misfit


class Breach(NamedTuple):
    """One setting that breaks a rule: where it is in the site, what it holds, what would be valid, and the remedy."""

    setting: str
    got: str
    expected: str
    remedy: str


def misfits(setting: str, found: Iterable[Misfit]) -> Iterator[Breach]:
    """Return the breaches of a rule that constructs have, too."""
    for each in found:
        got = "nothing" if each.got is None else literal(each.got)
        yield Breach(setting, got, each.expected, each.remedy)


class SiteRule(NamedTuple):
    """A rule with its check, and when the check would only repeat what is known."""

    rule: Rule
    """Id and reason."""
    compares: tuple[str, ...]
    """Settings that the check compares; it is put off until each of them fits the model. A check that looks at one
    setting alone needs no mention: in place of a misfit it sees a sound stand-in."""
    unless: tuple[str, ...]
    """Ids of the rules whose breach explains a breach of this one."""
    breaches: Callable[[Site], Iterable[Breach]]
    """The check."""


@dataclass(frozen=True)
class Examined:
    """A site and everything that is wrong with it; settings that do not fit the model have a stand-in."""

    site: Site
    faults: Sequence[Violation]
    misfits: frozenset[KeyPath]

    @property
    def broken(self) -> frozenset[str]:
        """The ids of the rules that the site breaks."""
        return frozenset(fault.rule.id for fault in self.faults)

    def sound(self, *settings: str) -> bool:
        """Return whether settings hold what the file says: none of them, or a table around them, is a misfit."""
        parts = [tuple(setting.split(".")) for setting in settings]
        return not any(part[: len(misfit)] == misfit for part in parts for misfit in self.misfits)


def examine(site: Site, faults: Sequence[Violation], rules: Iterable[SiteRule]) -> Examined:
    """Return what is wrong with one site, in the order of the rules.

    The site has stand-ins for the settings at fault; `faults` are what does not fit the model.
    """
    examined = Examined(site, tuple(faults), frozenset(fault.path[2:] for fault in faults))
    for each in rules:
        if examined.sound(*each.compares) and not examined.broken.intersection(each.unless):
            found = [_fault(each.rule, site, breach) for breach in each.breaches(site)]
            examined = Examined(site, (*examined.faults, *dict.fromkeys(found)), examined.misfits)
    return examined


def _fault(broken: Rule, site: Site, breach: Breach) -> Violation:
    setting = breach.setting.split(".") if breach.setting else ()
    return Violation(broken, ("sites", site.name, *setting), breach.got, breach.expected, breach.remedy)
