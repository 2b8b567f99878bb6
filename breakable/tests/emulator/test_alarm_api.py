"""What CloudWatch's API says of alarms, refuses and keeps."""

import json
from itertools import chain

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

REGION = "eu-west-3"


@pytest.fixture
def cloudwatch(embedded):
    return embedded.client("cloudwatch", REGION)


def put(cloudwatch, name, **more):
    given = {
        "Namespace": "n",
        "MetricName": "m",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Statistic": "Sum",
    }
    cloudwatch.put_metric_alarm(AlarmName=name, ComparisonOperator="GreaterThanThreshold", **given | more)
    return name


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def pages(call, key, **arguments):
    token, found = {}, []
    while token is not None:
        answer = call(**arguments, **token)
        found.append(answer[key])
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else None
    return found


def test_alarms_are_described_by_name_page_by_page(cloudwatch, unique):
    names = sorted(put(cloudwatch, unique(f"page-{letter}")) for letter in "cab")
    asked = {"AlarmNamePrefix": "page-", "MaxRecords": 2}
    found = pages(cloudwatch.describe_alarms, "MetricAlarms", **asked)
    assert [[alarm["AlarmName"] for alarm in page] for page in found] == [names[:2], names[2:]]
    code, message = refusal(cloudwatch.describe_alarms, MaxRecords=101)
    assert (code, "less than or equal to 100" in message) == ("ValidationError", True)


def test_an_alarm_on_a_percentile_has_no_other_statistic(cloudwatch, unique):
    name = put(cloudwatch, unique("percentile"), Statistic="", ExtendedStatistic="p99")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarm["ExtendedStatistic"] == "p99"
    assert "Statistic" not in alarm


def test_metric_math_is_kept_and_is_either_that_or_one_metric(cloudwatch, unique):
    math = {"AlarmName": unique("math"), "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}
    math |= {"Threshold": 1, "Metrics": [{"Id": "e", "Expression": "SELECT MAX(F) FROM N", "Period": 60}]}
    cloudwatch.put_metric_alarm(**math)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[math["AlarmName"]])["MetricAlarms"]
    assert alarm["Metrics"] == [math["Metrics"][0] | {"ReturnData": True}]
    assert not {"MetricName", "Namespace", "Statistic", "Period"} & alarm.keys()
    code, message = refusal(cloudwatch.put_metric_alarm, **math, MetricName="m")
    assert (code, message) == ("ValidationError", "an alarm has Metrics or MetricName, not both")


def test_an_alarm_keeps_its_state_when_it_is_put_again(cloudwatch, unique):
    name = put(cloudwatch, unique("kept"), TreatMissingData="ignore")
    data = {"why": 1}
    cloudwatch.set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="by hand", StateReasonData=json.dumps(data)
    )
    put(cloudwatch, name, TreatMissingData="ignore", Threshold=7)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name], StateValue="ALARM")["MetricAlarms"]
    assert (alarm["Threshold"], alarm["StateReason"], json.loads(alarm["StateReasonData"])) == (7, "by hand", data)


def test_the_history_is_told_from_either_end_page_by_page(cloudwatch, unique):
    name = put(cloudwatch, unique("history"), TreatMissingData="ignore")
    for state in ("ALARM", "OK", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")
    asked = {"AlarmName": name, "MaxRecords": 3}
    latest = pages(cloudwatch.describe_alarm_history, "AlarmHistoryItems", **asked)
    first = pages(cloudwatch.describe_alarm_history, "AlarmHistoryItems", **asked, ScanBy="TimestampAscending")
    assert [len(page) for page in latest] == [len(page) for page in first] == [3, 1]
    assert list(chain(*first)) == list(chain(*latest))[::-1]
    assert latest[0][0]["HistorySummary"] == "Alarm updated from OK to ALARM"
    after = cloudwatch.describe_alarm_history(AlarmName=name, StartDate=latest[0][0]["Timestamp"].timestamp() + 60)
    assert after["AlarmHistoryItems"] == []
    assert refusal(cloudwatch.describe_alarm_history, NextToken="nonsense")[0] == "InvalidNextToken"


def test_a_state_that_is_none_or_of_no_alarm_is_refused(cloudwatch, unique):
    name, state = put(cloudwatch, unique("refused")), {"StateReason": "by hand", "StateValue": "OK"}
    assert refusal(cloudwatch.set_alarm_state, AlarmName="gone", **state)[0] == "ResourceNotFound"
    assert refusal(cloudwatch.set_alarm_state, AlarmName=name, **state | {"StateValue": "FINE"})[0] == "ValidationError"
    assert refusal(cloudwatch.set_alarm_state, AlarmName=name, **state, StateReasonData="{")[0] == "InvalidFormat"


def test_an_alarm_that_a_composite_alarm_needs_stays(cloudwatch, unique):
    child, above = put(cloudwatch, unique("child")), unique("above")
    cloudwatch.put_composite_alarm(AlarmName=above, AlarmRule=f"ALARM({child})")
    code, message = refusal(cloudwatch.delete_alarms, AlarmNames=[child])
    assert (code, "composite alarm(s) depending on it" in message) == ("ValidationError", True)
    assert refusal(cloudwatch.put_composite_alarm, AlarmName=child, AlarmRule="TRUE")[0] == "ValidationError"
    assert refusal(cloudwatch.put_composite_alarm, AlarmName=above, AlarmRule="ALARM(")[0] == "ValidationError"
    assert "do not exist" in refusal(cloudwatch.put_composite_alarm, AlarmName=above, AlarmRule="ALARM(gone)")[1]
    cloudwatch.delete_alarms(AlarmNames=[above])
    cloudwatch.delete_alarms(AlarmNames=[child])
    assert cloudwatch.describe_alarms(AlarmNames=[child, above])["MetricAlarms"] == []


def test_tags_and_actions_of_an_alarm_are_changed(cloudwatch, unique):
    name = put(cloudwatch, unique("tagged"), Tags=[{"Key": "a", "Value": "1"}])
    (alarm,) = cloudwatch.describe_alarms_for_metric(Namespace="n", MetricName="m")["MetricAlarms"][-1:]
    arn = alarm["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refusal(cloudwatch.list_tags_for_resource, ResourceARN=f"{arn}-gone")[0] == "ResourceNotFound"
    assert refusal(put, cloudwatch=cloudwatch, name="tags", Tags=[{"Key": "aws:a", "Value": "1"}])[0] == "AccessDenied"
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["ActionsEnabled"] is False
    cloudwatch.enable_alarm_actions(AlarmNames=[name])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["ActionsEnabled"] is True
