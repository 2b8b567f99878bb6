"""Alarms, topics and keys, read back after a create, an update and a delete."""

import json

import pytest
from resources import own_tags, resource, tags

pytestmark = pytest.mark.embedded


ACCOUNT = "123456789012"


def test_alarms_of_every_kind_are_read_back(embedded, unique):
    plain, maths, both = unique("plain"), unique("maths"), unique("both")

    def template(threshold):
        insights = {"Id": "q", "Expression": "SELECT MAX(F) FROM N GROUP BY Host", "Period": 60, "ReturnData": False}
        comparison = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3, "Threshold": threshold}
        rule = {"Fn::Sub": "ALARM(${P}) OR ALARM(${M})"}
        return {
            "T": resource("SNS::Topic"),
            "P": resource(
                "CloudWatch::Alarm",
                AlarmName=plain,
                MetricName="ReplicationLatency",
                Namespace="AWS/S3",
                Dimensions=[{"Name": "RuleId", "Value": "r"}],
                Statistic="Maximum",
                Period=60,
                DatapointsToAlarm=2,
                TreatMissingData="ignore",
                AlarmActions=[{"Ref": "T"}],
                Tags=tags(a="b"),
                **comparison,
            ),
            "M": resource(
                "CloudWatch::Alarm",
                AlarmName=maths,
                Metrics=[insights, {"Id": "e", "Expression": "SUM(q)"}],
                **comparison,
            ),
            "C": resource("CloudWatch::CompositeAlarm", AlarmName=both, AlarmRule=rule, AlarmActions=[{"Ref": "T"}]),
        }

    stack = embedded.deploy(template(900), region="us-west-2")
    cloudwatch = embedded.client("cloudwatch", "us-west-2")

    def found():
        answer = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return {alarm["AlarmName"]: alarm for kind in ("MetricAlarms", "CompositeAlarms") for alarm in answer[kind]}

    alarm = found()[plain]
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["TreatMissingData"]) == (900, 2, "ignore")
    assert alarm["Dimensions"] == [{"Name": "RuleId", "Value": "r"}]
    assert alarm["AlarmActions"][0].startswith(f"arn:aws:sns:us-west-2:{ACCOUNT}:")
    assert [(m["Id"], m["ReturnData"]) for m in found()[maths]["Metrics"]] == [("q", False), ("e", True)]
    assert "MetricName" not in found()[maths]
    assert found()[both]["AlarmRule"] == f"ALARM({plain}) OR ALARM({maths})"
    embedded.deploy(template(100), region="us-west-2", name=stack)
    assert [found()[name]["Threshold"] for name in (plain, maths)] == [100, 100]
    assert embedded.delete(stack, "us-west-2") == "DELETE_COMPLETE"
    assert not {plain, maths, both} & set(found())


def test_an_encrypted_topic_with_its_key_policy_and_subscriptions_is_read_back(embedded, unique):
    alias = f"alias/{unique('key')}"

    def template(display):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "kms:*",
            "Resource": "*",
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        publish = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": {"Ref": "T"},
        }
        topic_document = {"Version": "2012-10-17", "Statement": [publish]}
        return {
            "K": resource("KMS::Key", KeyPolicy=document, EnableKeyRotation=True, Description=display),
            "A": resource("KMS::Alias", AliasName=alias, TargetKeyId={"Ref": "K"}),
            "T": resource(
                "SNS::Topic", DisplayName=display, KmsMasterKeyId={"Fn::GetAtt": ["K", "Arn"]}, Tags=tags(a="b")
            ),
            "P": resource("SNS::TopicPolicy", Topics=[{"Ref": "T"}], PolicyDocument=topic_document),
            "S": resource("SNS::Subscription", TopicArn={"Ref": "T"}, Protocol="email", Endpoint="a@example.com"),
        }

    outputs = {"T": {"Value": {"Ref": "T"}}, "K": {"Value": {"Fn::GetAtt": ["K", "Arn"]}}}
    stack = embedded.deploy(template("critical"), outputs=outputs)
    sns, kms = embedded.client("sns"), embedded.client("kms")
    arn, key = embedded.output(stack, "T"), embedded.output(stack, "K")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["DisplayName"], attributes["KmsMasterKeyId"]) == ("critical", key)
    assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sns:Publish"
    assert own_tags(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]) == {"a": "b"}
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "a@example.com")
    pending = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    assert pending["PendingConfirmation"] == "true"
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert "cloudwatch.amazonaws.com" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    embedded.deploy(template("warning"), name=stack, outputs=outputs)
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "warning"
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_dashboard_and_its_tags_are_read_back(embedded, unique):
    name = unique("dashboard")

    def template(title, **labels):
        body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": title}}]})
        return {
            "D": resource("CloudWatch::Dashboard", DashboardName=name, DashboardBody=body, Tags=tags(**labels)),
        }

    stack = embedded.deploy(template("one", a="b", c="d"), region="us-west-2")
    cloudwatch = embedded.client("cloudwatch", "us-west-2")

    def found():
        told = cloudwatch.get_dashboard(DashboardName=name)
        markdown = json.loads(told["DashboardBody"])["widgets"][0]["properties"]["markdown"]
        return markdown, own_tags(cloudwatch.list_tags_for_resource(ResourceARN=told["DashboardArn"])["Tags"])

    assert found() == ("one", {"a": "b", "c": "d"})
    embedded.deploy(template("two", a="e"), region="us-west-2", name=stack)
    assert found() == ("two", {"a": "e"})
    assert embedded.delete(stack, "us-west-2") == "DELETE_COMPLETE"
    assert name not in {each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]}
