import pytest
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from cdk_templates import new_stack, properties, resources, statements, text

from s3_failover_constructs import AlarmTopics
from s3_failover_constructs.alarm_topics import MAILED


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


def test_endpoints_subscribe_over_https_without_news_of_new_alarms_and_with_the_envelope_that_confirms():
    stack = new_stack()
    topics(stack, critical_endpoints=["https://events.pagerduty.com/integration/0a1b/enqueue"])
    ((_, found),) = resources(stack, "AWS::SNS::Subscription").items()
    given = found["Properties"]
    assert (given["Protocol"], given["Endpoint"]) == ("https", "https://events.pagerduty.com/integration/0a1b/enqueue")
    assert (given["FilterPolicyScope"], given["FilterPolicy"]) == ("MessageBody", MAILED)
    assert "RawMessageDelivery" not in given


def test_alarms_notify_existing_topics_beside_those_that_are_made():
    stack = new_stack()
    there = sns.Topic.from_topic_arn(stack, "There", "arn:aws:sns:us-west-2:111111111111:pager")
    made = topics(stack, critical_topics=[there])
    rings = alarm(stack)
    made.alert(rings)
    found = properties(stack, "AWS::CloudWatch::Alarm")
    assert len(found["AlarmActions"]) == 2
    assert there.topic_arn in found["AlarmActions"]
    assert found["OKActions"] == found["AlarmActions"]


def test_an_existing_topic_of_another_region_is_refused():
    stack = new_stack()
    there = sns.Topic.from_topic_arn(stack, "There", "arn:aws:sns:eu-west-1:111111111111:pager")
    made = topics(stack, warning_topics=[there])
    with pytest.raises(ValueError, match="eu-west-1"):
        made.warn(alarm(stack))


def test_the_arn_of_a_topic_is_no_topic():
    with pytest.raises(TypeError, match=r"^warning_topics: got 'arn:aws:sns:.*', expected a topic; pass an sns.Topic"):
        topics(new_stack(), warning_topics=["arn:aws:sns:us-west-2:111111111111:pager"])
