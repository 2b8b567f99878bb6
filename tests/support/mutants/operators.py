"""Mutation operators: those of Cosmic Ray that change what code does, and four that tables and state machines need.

Cosmic Ray replaces each operator by every other one; one replacement of each is enough to see whether a test looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names
from parso.python.tree import Keyword, Name, PythonNode
from parso.python.tree import Operator as Sign

_CHOSEN = re.compile(
    r"core/("
    r"ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot|IsNot_Is)"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Pow_Mul)"
    r"|ReplaceUnaryOperator_(Delete_Not|USub_UAdd)"
    r"|AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd|ReplaceBreakWithContinue"
    r"|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer|RemoveDecorator|ZeroIterationForLoop)"
)

_MEMBERS = {
    "Outcome": ("REJECTED", "LOCAL"),
    "Kind": ("MISSING", "EXTRA"),
    "FailoverWhen": ("DISTRIBUTION", "PRIMARY_OR_DISTRIBUTION"),
    "Mode": ("DNS", "HYBRID"),
}
"""Members of enums that decide: each is replaced by the first that differs."""


class _Ours(Operator):
    @classmethod
    def examples(cls) -> tuple:
        return ()


class DropStatement(_Ours):
    """Replaces a call, a yield, or an assignment to an attribute or an item by `pass`."""

    def mutation_positions(self, node):
        if node.type == "simple_stmt" and _has_effect(node.children[0]):
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        old = node.children[0]
        node.children[0] = Keyword("pass", old.start_pos, prefix=old.get_first_leaf().prefix)
        return node


def _has_effect(statement) -> bool:
    if statement.type in ("atom_expr", "yield_expr"):
        return True
    if statement.type != "expr_stmt" or statement.search_ancestor("funcdef") is None:
        return False
    target = statement.children[0]
    return target.type == "atom_expr" or (
        target.type == "testlist_star_expr" and any(each.type == "atom_expr" for each in target.children)
    )


class DropElement(_Ours):
    """Removes one element of a set, tuple, list or dictionary that is written outside functions: a row of a table."""

    def mutation_positions(self, node):
        if node.type in ("dictorsetmaker", "testlist_comp") and node.search_ancestor("funcdef") is None:
            for _ in _elements(node):
                yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        elements = list(_elements(node))
        del elements[index]
        node.children = [leaf for element in elements for leaf in (*element, Sign(",", node.end_pos))]
        return node


def _elements(node) -> Iterator[list]:
    if any(child.type in ("comp_for", "sync_comp_for") for child in node.children):
        return
    element: list = []
    for child in node.children:
        if child == ",":
            yield element
            element = []
        else:
            element.append(child)
    if element:
        yield element


class SwapMember(_Ours):
    """Replaces a member of an enum by another one."""

    def mutation_positions(self, node):
        if node.type == "trailer" and node.children[0] == "." and _enum_of(node) in _MEMBERS:
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        member = node.children[1]
        other = next(name for name in _MEMBERS[_enum_of(node)] if name != member.value)
        node.children[1] = Name(other, member.start_pos)
        return node


def _enum_of(trailer) -> str:
    return getattr(trailer.get_previous_sibling(), "value", "")


class SwapMembership(_Ours):
    """Replaces `in` by `not in`, and the reverse."""

    def mutation_positions(self, node):
        if node.type == "comparison":
            for _ in _memberships(node):
                yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        place = list(_memberships(node))[index]
        old = node.children[place]
        node.children[place] = (
            PythonNode("comp_op", [Keyword("not", old.start_pos, " "), Keyword("in", old.start_pos, " ")])
            if old == "in"
            else Keyword("in", old.start_pos, " ")
        )
        return node


def _memberships(comparison) -> Iterator[int]:
    for place, child in enumerate(comparison.children):
        if child == "in" or (child.type == "comp_op" and child.children[-1] == "in"):
            yield place


def operators() -> list[Operator]:
    """Return an instance of each operator that is used."""
    theirs = [get_operator(name)() for name in operator_names() if _CHOSEN.fullmatch(name)]
    return [*theirs, DropStatement(), DropElement(), SwapMember(), SwapMembership()]
