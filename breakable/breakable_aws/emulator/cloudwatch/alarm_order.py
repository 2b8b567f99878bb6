"""The order in which composite alarms are evaluated, so that none sees a child that is about to change."""

from __future__ import annotations

from collections.abc import Collection, Mapping


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
