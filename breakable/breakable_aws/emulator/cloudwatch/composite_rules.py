"""The rules of composite alarms: what they refer to, what they come to, and in which order they are evaluated."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Rule = tuple[Any, ...]
"""A node of a rule's tree."""

States = Callable[[str], str | None]
"""Returns the state of an alarm that a rule refers to; None when there is no such alarm."""


def references(rule: Rule) -> Iterator[str]:
    """Yield the alarms in a rule, by name or ARN, in the order of the rule."""
    if rule[0] == "state":
        yield rule[2]
    elif rule[0] == "at_least":
        yield from rule[5]
    elif rule[0] != "const":
        for part in rule[1:]:
            yield from references(part)


def is_true(rule: Rule, states: States) -> bool:
    """Tell whether a rule is true."""
    kind, *parts = rule
    if kind == "const":
        return bool(parts[0])
    if kind == "state":
        return bool(states(parts[1]) == parts[0])
    if kind == "not":
        return not is_true(parts[0], states)
    if kind == "and":
        return all(is_true(part, states) for part in parts)
    if kind == "or":
        return any(is_true(part, states) for part in parts)
    count, is_percentage, negate, state, alarms = parts
    hits = len(_hits(alarms, state, states, negate=negate))
    return bool(hits * 100 >= count * len(alarms) if is_percentage else hits >= count)


def agreeing(rule: Rule, states: States, *, target: bool) -> Iterator[str]:
    """Yield the alarms whose own condition gives the rule a value; a NOT around it turns the value."""
    kind, *parts = rule
    if kind == "state":
        if (states(parts[1]) == parts[0]) == target:
            yield parts[1]
    elif kind == "at_least":
        _, _, negate, state, alarms = parts
        yield from _hits(alarms, state, states, negate=negate == target)
    elif kind != "const":
        for part in parts:
            yield from agreeing(part, states, target=target != (kind == "not"))


def _hits(alarms: Collection[str], state: str, states: States, *, negate: bool) -> list[str]:
    return [each for each in alarms if (states(each) == state) != negate]


def children_first(children: Mapping[str, Collection[str]]) -> list[str]:
    """Return each composite alarm after the composite alarms that it is made of; a cycle is cut where it is entered.

    Args:
        children: the names in the rule of each composite alarm.
    """
    ordered: dict[str, None] = {}

    def visit(name: str, path: frozenset[str]) -> None:
        if name in path or name in ordered or name not in children:
            return
        for child in children[name]:
            visit(child, path | {name})
        ordered[name] = None

    for name in children:
        visit(name, frozenset())
    return list(ordered)
