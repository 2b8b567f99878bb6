from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, resource, resources, statements, text

from s3_failover_constructs import AccessLogBucket


def log_bucket(stack):
    return AccessLogBucket(stack, "Logs", bucket_name="logs")


def test_logs_are_private_encrypted_and_kept_when_the_stack_goes():
    stack = new_stack()
    log_bucket(stack)
    bucket = resource(stack, "AWS::S3::Bucket")
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    encryption = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_logs_expire_after_90_days_or_as_told():
    stack = new_stack()
    AccessLogBucket(stack, "Default", bucket_name="default")
    AccessLogBucket(stack, "Short", bucket_name="short", expiration=Duration.days(7))
    days = {
        b["Properties"]["BucketName"]: b["Properties"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]
        for b in resources(stack, "AWS::S3::Bucket").values()
    }
    assert days == {"default": 90, "short": 7}


def test_logging_service_may_write_for_the_one_bucket_only():
    stack = new_stack()
    log_bucket(stack).log(s3.Bucket(stack, "Logged", bucket_name="logged"), prefix="primary/")
    statement = statements(stack)["S3ServerAccessLogs"]
    assert statement["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert statement["Action"] == "s3:PutObject"
    assert text(statement["Resource"]).endswith(".Arn>/primary/*")
    assert text(statement["Condition"]["ArnLike"]["aws:SourceArn"]) == "arn:aws:s3:::logged"
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_logged_bucket_waits_until_its_logs_are_admitted():
    stack = new_stack()
    log_bucket(stack).log(s3.Bucket(stack, "Logged", bucket_name="logged"), prefix="primary/")
    logged = next(b for b in resources(stack, "AWS::S3::Bucket").values() if b["Properties"]["BucketName"] == "logged")
    assert logged["Properties"]["LoggingConfiguration"]["LogFilePrefix"] == "primary/"
    assert len(logged["DependsOn"]) == 1
    assert logged["DependsOn"][0].startswith("LogsBucketPolicy")


def test_a_bucket_whose_name_cloudformation_makes_is_admitted_with_those_of_its_account():
    stack = new_stack()
    log_bucket(stack).log(s3.Bucket(stack, "Logged"), prefix="x/")
    condition = statements(stack)["S3ServerAccessLogs"]["Condition"]
    assert text(condition["ArnLike"]["aws:SourceArn"]) == "arn:aws:s3:::*"
    assert condition["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
