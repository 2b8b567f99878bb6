"""Every argument of a kind is checked alike: the parameters are found by their types, so that a new one is among them."""

import enum
import inspect
import typing
from collections import abc

import pytest
from aws_cdk import Duration
from construct_samples import ARGUMENTS, make, outcome, parameters, public_classes
from constructs import Construct


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


def outcome_or_refusal(kind, **changed):
    try:
        return outcome(kind, **changed)
    except ValueError as refused:
        return str(refused)


@pytest.mark.parametrize(("kind", "name", "hint"), ENUMS, ids=names(ENUMS))
def test_an_enum_is_taken_by_its_value(kind, name, hint):
    for each in hint:
        assert outcome_or_refusal(kind, **{name: each.value}) == outcome_or_refusal(kind, **{name: each})


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


FLAGS = list(parameters(lambda hint: hint is bool))


@pytest.mark.parametrize(("kind", "name", "hint"), FLAGS, ids=names(FLAGS))
@pytest.mark.parametrize("wrong", ["false", 1, None])
def test_a_flag_is_true_or_false(kind, name, hint, wrong):
    with pytest.raises(TypeError, match=f"^{name}: got {wrong!r}, expected True or False; write it without quotes$"):
        make(kind, **{name: wrong})


def holds_texts(hint):
    return typing.get_origin(hint) in (abc.Sequence, tuple) and typing.get_args(hint)[0] is str


TEXTS = list(parameters(holds_texts))


@pytest.mark.parametrize(("kind", "name", "hint"), TEXTS, ids=names(TEXTS))
def test_a_bare_text_is_no_list_of_texts(kind, name, hint):
    with pytest.raises(
        TypeError, match=rf"^{name}: got 'abc', expected a sequence of strings; write {name}=\['abc'\]$"
    ):
        make(kind, **{name: "abc"})


@pytest.mark.parametrize(("kind", "name", "hint"), TEXTS, ids=names(TEXTS))
def test_a_list_of_texts_holds_nothing_else(kind, name, hint):
    with pytest.raises(TypeError, match=rf"^{name}: got \[3\], expected a sequence of strings; write it as in {name}="):
        make(kind, **{name: [3]})


SEQUENCES = list(parameters(lambda hint: typing.get_origin(hint) is abc.Sequence and not holds_texts(hint)))


@pytest.mark.parametrize(("kind", "name", "hint"), SEQUENCES, ids=names(SEQUENCES))
@pytest.mark.parametrize("wrong", [3, "abc"])
def test_one_thing_is_no_list_of_things(kind, name, hint, wrong):
    with pytest.raises(
        TypeError, match=rf"^{name}: got {wrong!r}, expected a sequence.*; write it as in {name}=\[...\]"
    ):
        make(kind, **{name: wrong})


DURATIONS = list(parameters(lambda hint: hint is Duration))


@pytest.mark.parametrize(("kind", "name", "hint"), DURATIONS, ids=names(DURATIONS))
@pytest.mark.parametrize("wrong", [0, 30, "30"])
def test_a_number_is_no_duration(kind, name, hint, wrong):
    with pytest.raises(TypeError, match=f"^{name}: got {wrong!r}, expected a Duration; write it as in {name}=Duration"):
        make(kind, **{name: wrong})


NUMBERS = list(parameters(lambda hint: hint in (int, float)))


def may_be_none(kind, name):
    return inspect.signature(kind.__init__).parameters[name].default is None


@pytest.mark.parametrize(("kind", "name", "hint"), NUMBERS, ids=names(NUMBERS))
@pytest.mark.parametrize("wrong", ["3", True, None])
def test_a_number_is_a_number(kind, name, hint, wrong):
    if wrong is None and may_be_none(kind, name):
        make(kind, **{name: None})
        return
    with pytest.raises(
        TypeError, match=f"^{name}: got {wrong!r}, expected an? (integer|number); write it without quote"
    ):
        make(kind, **{name: wrong})


@pytest.mark.parametrize(("kind", "name", "hint"), NUMBERS, ids=names(NUMBERS))
def test_no_number_may_be_negative(kind, name, hint):
    with pytest.raises(ValueError, match=rf"^{name}\b.* -1, expected an?"):
        make(kind, **{name: -1})


STRINGS = [
    (kind, name, hint)
    for kind, name, hint in parameters(lambda hint: hint is str)
    if not (name == "id" and issubclass(kind, Construct))
]
MAY_BE_EMPTY = {"access_log_prefix", "body", "comment", "description", "prefix"}


@pytest.mark.parametrize(("kind", "name", "hint"), STRINGS, ids=names(STRINGS))
def test_a_text_is_a_text(kind, name, hint):
    with pytest.raises(
        TypeError, match=f"^{name}: got 3, expected a string; (write it in quotes|pass the key or its ARN)"
    ):
        make(kind, **{name: 3})


@pytest.mark.parametrize(("kind", "name", "hint"), STRINGS, ids=names(STRINGS))
def test_a_name_is_not_empty(kind, name, hint):
    if name not in MAY_BE_EMPTY:
        with pytest.raises(ValueError, match=f"^{name}: got '', expected .+; .+"):
            make(kind, **{name: ""})


def is_an_object(hint):
    """Whether a type is an interface of the CDK, or a class of it or of ours that is no enumeration."""
    module = getattr(hint, "__module__", "").split(".")[0]
    apart = inspect.isclass(hint) and issubclass(hint, enum.Enum | Duration)
    return module in ("aws_cdk", "s3_failover_constructs") and not apart


def takes_text(kind, name):
    """Whether a parameter may also be a text, which has tests of its own."""
    return str in typing.get_args(typing.get_type_hints(kind.__init__)[name])


BY_THE_CDK = {"ContentBucket.block_public_access"}
OBJECTS = [
    (kind, name, hint)
    for kind, name, hint in parameters(is_an_object)
    if not takes_text(kind, name) and f"{kind.__name__}.{name}" not in BY_THE_CDK
]


def test_parameters_that_are_objects_are_found():
    assert {"FailoverDistribution.certificate", "HealthObject.bucket", "PrimaryBucket.encryption_key"} < set(
        names(OBJECTS)
    )


@pytest.mark.parametrize(("kind", "name", "hint"), OBJECTS, ids=names(OBJECTS))
@pytest.mark.parametrize("wrong", [3, "abc"])
def test_an_object_is_no_name_of_one(kind, name, hint, wrong):
    with pytest.raises(TypeError, match=f"^{name}: got {wrong!r}, expected an? .+; .+"):
        make(kind, **{name: wrong})
