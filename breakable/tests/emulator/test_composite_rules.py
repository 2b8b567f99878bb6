import pytest

from breakable_aws.emulator.cloudwatch.composite_rules import agreeing, is_true, references

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA"}
A, B, C = (("state", "ALARM", name) for name in "abc")
TWO = ("at_least", 2, False, False, "ALARM", ("a", "b", "c"))
TWO_NOT = ("at_least", 2, False, True, "ALARM", ("a", "b", "c"))
HALF = ("at_least", 50, True, False, "ALARM", ("a", "b"))


@pytest.mark.parametrize(
    ("rule", "truth", "agree"),
    [
        (("const", True), True, []),
        (("state", "ALARM", "gone"), False, ["gone"]),
        (("and", A, ("not", B)), True, ["a", "b"]),
        (("or", A, B), True, ["a"]),
        (("not", ("or", B, C)), True, ["b", "c"]),
        (("and", A, B), False, ["b"]),
        (TWO, False, ["b", "c"]),
        (TWO_NOT, True, ["b", "c"]),
        (HALF, True, ["a"]),
    ],
)
def test_a_rule_is_true_or_false_for_the_reasons_of_some_alarms(rule, truth, agree):
    assert is_true(rule, STATES.get) is truth
    assert list(agreeing(rule, STATES.get, target=truth)) == agree


def test_the_alarms_of_a_rule_come_in_its_order():
    assert list(references(("and", ("not", C), ("const", True), TWO, A))) == ["c", "a", "b", "c", "a"]
