"""What results of commands are made of: one type for `--json`, its schema and the text."""

import json
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, ValidationError

from s3_failover.cli import reference
from s3_failover.results import Moment, Result, part


@part
class Alarm:
    """An alarm."""

    name: str
    """Its name."""
    failed: int = Field(default=0, serialization_alias="failed_in_a_day")
    """How often it has failed."""
    raw: dict[str, str] = Field(default_factory=dict, exclude=True)


class Alarms(Result):
    """All alarms."""

    at: Moment
    alarms: tuple[Alarm, ...] = ()


NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_result_is_printed_in_the_order_and_with_the_names_of_json():
    text = Alarms(at=NOW, alarms=(Alarm("a", 3, {"hidden": "yes"}),)).model_dump_json(by_alias=True)
    assert text == '{"at":"2026-11-20T10:00:00+00:00","alarms":[{"name":"a","failed_in_a_day":3}]}'


def test_a_schema_requires_what_is_always_printed_and_takes_nothing_else():
    schema = reference.schema(Alarms)
    assert (schema["required"], schema["additionalProperties"]) == (["at", "alarms"], False)
    assert schema["$defs"]["Alarm"]["properties"]["failed_in_a_day"]["description"] == "How often it has failed."
    assert "raw" not in schema["$defs"]["Alarm"]["properties"]


@pytest.mark.parametrize("wrong", [{"name": 3}, {"name": "a", "failed": "3"}, {"name": "a", "other": 1}])
def test_a_value_of_another_type_is_an_error(wrong):
    with pytest.raises(ValidationError):
        Alarm(**wrong)


def test_a_result_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Alarms(at=NOW).at = NOW
    with pytest.raises(AttributeError, match="cannot assign"):
        Alarm("a").name = "b"


@pytest.mark.parametrize("command", reference.RESULTS)
def test_every_schema_is_one(command):
    schema = reference.schema(reference.RESULTS[command])
    Draft202012Validator.check_schema(schema)
    # Docstrings of this kind describe attributes, which here describe themselves.
    assert "Attributes:" not in json.dumps(schema)
