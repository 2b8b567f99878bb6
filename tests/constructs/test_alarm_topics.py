from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from cdk_templates import new_stack, properties, resources, statements, text

from s3_failover_constructs import AlarmTopics


def topics(stack, **options):
    return AlarmTopics(stack, "Topics", display_name="site", **options)


def alarm(stack):
    metric = cloudwatch.Metric(namespace="N", metric_name="M", period=Duration.minutes(1))
    return cloudwatch.Alarm(stack, "Alarm", metric=metric, threshold=1, evaluation_periods=1)


def test_topics_are_encrypted_with_a_key_that_alarms_may_use():
    stack = new_stack()
    topics(stack)
    assert len(resources(stack, "AWS::KMS::Key")) == 1
    for topic in resources(stack, "AWS::SNS::Topic").values():
        assert text(topic["Properties"]["KmsMasterKeyId"]).startswith("<TopicsKey")
    grant = properties(stack, "AWS::KMS::Key")["KeyPolicy"]["Statement"][1]
    assert grant["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert grant["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_topic_policy_admits_alarms_because_requiring_tls_replaced_the_default_that_did():
    stack = new_stack()
    topics(stack)
    statement = statements(stack, "AWS::SNS::TopicPolicy")["AlarmsPublish"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    source = text(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:aws:cloudwatch:us-west-2:<AWS::AccountId>:alarm:*"


def test_alarms_and_nothing_else_may_publish():
    stack = new_stack()
    topics(stack)
    for kind in ("AWS::SNS::TopicPolicy", "AWS::KMS::Key"):
        document = "KeyPolicy" if kind == "AWS::KMS::Key" else "PolicyDocument"
        for found in resources(stack, kind).values():
            allowed = [s for s in found["Properties"][document]["Statement"] if s["Effect"] == "Allow"]
            services = [s["Principal"]["Service"] for s in allowed if "Service" in s["Principal"]]
            assert services == ["cloudwatch.amazonaws.com"]


def test_publishing_without_tls_is_denied():
    stack = new_stack()
    topics(stack)
    denied = [s for s in statements(stack, "AWS::SNS::TopicPolicy").values() if s["Effect"] == "Deny"]
    assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_emails_subscribe_to_their_own_severity():
    stack = new_stack()
    topics(stack, warning_emails=["w@example.com"], critical_emails=["c@example.com", "d@example.com"])
    subscribed = {
        (s["Properties"]["Endpoint"], text(s["Properties"]["TopicArn"])[: len("<TopicsWarn")])
        for s in resources(stack, "AWS::SNS::Subscription").values()
    }
    assert subscribed == {
        ("w@example.com", "<TopicsWarn"),
        ("c@example.com", "<TopicsCrit"),
        ("d@example.com", "<TopicsCrit"),
    }


def test_alarm_tells_when_it_goes_off_and_when_it_is_over():
    stack = new_stack()
    topics(stack).alert(alarm(stack))
    found = properties(stack, "AWS::CloudWatch::Alarm")
    assert text(found["AlarmActions"]).startswith("<TopicsCritical")
    assert found["AlarmActions"] == found["OKActions"]
