"""Every argument of a kind is checked alike: the parameters are found by their types, so that a new one is among them."""

import enum
import inspect

import pytest
from construct_samples import ARGUMENTS, make, outcome, parameters, public_classes


def names(found):
    return [f"{kind.__name__}.{name}" for kind, name, _ in found]


def test_every_public_class_has_a_sample():
    assert set(ARGUMENTS) == set(public_classes())


@pytest.mark.parametrize("kind", ARGUMENTS, ids=lambda kind: kind.__name__)
def test_every_sample_can_be_made(kind):
    outcome(kind)


ENUMS = list(parameters(lambda hint: inspect.isclass(hint) and issubclass(hint, enum.Enum)))


def test_enum_parameters_are_found():
    assert {"FailoverHealthChecks.failover_when", "ViewerPaths.directories"} < set(names(ENUMS))


@pytest.mark.parametrize(("kind", "name", "hint"), ENUMS, ids=names(ENUMS))
def test_an_enum_is_taken_by_its_value(kind, name, hint):
    for each in hint:
        assert outcome(kind, **{name: each.value}) == outcome(kind, **{name: each})


@pytest.mark.parametrize(("kind", "name", "hint"), ENUMS, ids=names(ENUMS))
@pytest.mark.parametrize("wrong", ["another", "", 3, None])
def test_anything_else_than_a_member_or_its_value_is_refused(kind, name, hint, wrong):
    with pytest.raises(ValueError) as refused:
        make(kind, **{name: wrong})
    first = next(iter(hint))
    assert f"{name}: got {wrong!r}, expected {hint.__name__}.{first.name} ({first.value!r}) or " in str(refused.value)
    assert str(refused.value).endswith("; pass a member or its value")


@pytest.mark.parametrize(("kind", "name", "hint"), ENUMS, ids=names(ENUMS))
def test_the_name_of_a_member_is_not_its_value(kind, name, hint):
    for each in hint:
        if each.name != each.value:
            with pytest.raises(ValueError, match=f"^{name}: got '{each.name}'"):
                make(kind, **{name: each.name})
