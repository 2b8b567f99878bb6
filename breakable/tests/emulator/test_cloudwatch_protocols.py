"""CloudWatch's API in the two protocols that its clients choose."""

import json
from urllib.parse import urlencode

import pytest

from breakable_aws.emulator.cloudwatch import protocols
from breakable_aws.emulator.net.viewer_requests import Request

GIVEN = {"AlarmName": "a", "Tags": [{"Key": "k", "Value": ""}], "AlarmNames": ["x", "y"]}
FLAT = {
    "Action": "PutMetricAlarm",
    "AlarmName": "a",
    "Tags.member.1.Key": "k",
    "Tags.member.1.Value": "",
    "AlarmNames.member.2": "y",
    "AlarmNames.member.1": "x",
}
RESULT = {"Alarms": [{"Name": "<a>", "On": True, "None": None, "StateUpdatedTimestamp": 90.5}], "NextToken": None}


def request(body, headers, *, method="POST", query=""):
    return Request(method, False, "", "", "/", query, headers, body)


def query(fields, **more):
    return request(urlencode(fields).encode(), {}, **more)


def in_json(document):
    return request(json.dumps(document).encode(), {"x-amz-target": "GraniteServiceVersion20100801.PutMetricAlarm"})


@pytest.mark.parametrize("asked", [query(FLAT), in_json(GIVEN), request(b"", {}, method="GET", query=urlencode(FLAT))])
def test_an_action_and_its_parameters_are_read(asked):
    assert protocols.action_of(asked) == "PutMetricAlarm"
    assert protocols.parameters_of(asked).items() >= GIVEN.items()


def test_a_compressed_form_is_of_no_action_about_alarms():
    assert protocols.action_of(request(b"\x1f\x8b", {"content-encoding": "gzip"})) == ""


def test_a_result_is_written_without_what_is_not_there():
    status, headers, body = protocols.answer(in_json(GIVEN), "DescribeAlarms", RESULT)
    assert (status, headers["content-type"]) == (200, "application/x-amz-json-1.0")
    assert json.loads(body) == {"Alarms": [{"Name": "<a>", "On": True, "StateUpdatedTimestamp": 90.5}]}
    status, headers, body = protocols.answer(query(FLAT), "DescribeAlarms", RESULT)
    assert (status, headers["content-type"]) == (200, "text/xml")
    expected = (
        b"<DescribeAlarmsResult><Alarms><member><Name>&lt;a&gt;</Name><On>true</On>"
        b"<StateUpdatedTimestamp>1970-01-01T00:01:30.500Z</StateUpdatedTimestamp></member></Alarms>"
    )
    assert expected in body


def test_an_error_has_its_code_and_message_in_either_protocol():
    status, _, body = protocols.error(in_json(GIVEN), "ResourceNotFound", "no", 404)
    assert (status, json.loads(body)) == (404, {"__type": "ResourceNotFound", "message": "no"})
    assert (
        b"<Code>ResourceNotFound</Code><Message>no</Message>"
        in protocols.error(query(FLAT), "ResourceNotFound", "no", 404)[2]
    )
