from aws_cdk import aws_cloudfront as cloudfront
from cdk_templates import new_stack, properties, resource, statements, text

from s3_failover_constructs import AccessLogBucket, DistributionLogs


def delivered(bucket_name="logs", **options):
    stack = new_stack("us-east-1")
    distribution = cloudfront.Distribution.from_distribution_attributes(
        stack, "Cdn", distribution_id="E1", domain_name="d1.cloudfront.net"
    )
    bucket = AccessLogBucket(stack, "Bucket", bucket_name=bucket_name).bucket
    DistributionLogs(stack, "Logs", distribution=distribution, bucket=bucket, **options)
    return stack


def test_access_logs_of_the_distribution_go_to_the_bucket():
    stack = delivered()
    source = properties(stack, "AWS::Logs::DeliverySource")
    assert source["LogType"] == "ACCESS_LOGS"
    assert text(source["ResourceArn"]).endswith(":distribution/E1")
    assert text(properties(stack, "AWS::Logs::DeliveryDestination")["DestinationResourceArn"]).startswith("<Bucket")
    assert properties(stack, "AWS::Logs::Delivery")["DeliverySourceName"] == source["Name"]


def test_delivery_waits_for_its_source_and_the_bucket_policy():
    waits = resource(delivered(), "AWS::Logs::Delivery")["DependsOn"]
    assert [name.rstrip("0123456789ABCDEF") for name in waits] == ["BucketPolicy", "LogsSource"] or len(waits) == 2


def test_log_delivery_may_write_below_the_accounts_prefix_only():
    statement = statements(delivered())["LogDeliveryWrites"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Action"] == "s3:PutObject"
    assert text(statement["Resource"]).endswith("/AWSLogs/<AWS::AccountId>/*")
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_logs_can_go_below_a_prefix_and_nowhere_else():
    stack = delivered(prefix="cdn/www")
    destination = text(properties(stack, "AWS::Logs::DeliveryDestination")["DestinationResourceArn"])
    assert destination.endswith("/cdn/www")
    assert text(statements(stack)["LogDeliveryWrites"]["Resource"]).endswith("/cdn/www/*")


def destination_name(**options):
    return properties(delivered(**options), "AWS::Logs::DeliveryDestination")["Name"]


def test_a_destination_elsewhere_has_another_name_because_it_replaces_the_first():
    names = [destination_name(), destination_name(prefix="cdn/www"), destination_name(bucket_name="others")]
    assert len({*names, destination_name()}) == 3
    assert all(len(name) <= 60 for name in names)
