import boto3
import pytest
from boto3.exceptions import RetriesExceededError
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSOTokenLoadError,
)

from s3_failover.errors import UserError
from s3_failover.operations.refusals import DeniedError, action, explained


def refused(code, operation="GetObject", message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (refused("AccessDenied"), "cannot read it: access is denied (no), expected the permission s3:GetObject"),
        (refused("403", "HeadObject", ""), "access is denied (403), expected the permission s3:GetObject"),
        (
            refused("400", "HeadObject", "Bad Request"),
            "S3 gives no reason, as when credentials have expired: sign in",
        ),
        (refused("ExpiredToken"), "the credentials have expired: sign in"),
        (refused("SlowDown"), "AWS asks to slow down (SlowDown), after several tries: run it again later"),
        (refused("NoSuchBucket"), "there is no bucket of that name: is the site deployed"),
        (refused("Odd"), "cannot read it: no (Odd)"),
        (NoCredentialsError(), "there are no AWS credentials, expected some: sign in"),
        (SSOTokenLoadError(error_msg="expired"), "the sign-in has expired: sign in"),
        (EndpointConnectionError(endpoint_url="u"), "AWS cannot be reached"),
    ],
)
def test_what_boto3_raises_is_one_line_that_says_what_to_do(error, says):
    with pytest.raises(UserError) as caught, explained("read it"):
        raise error
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("needed", ["kms:GenerateDataKey", "iam:PassRole", "sts:AssumeRole", "s3:GetObjectVersion"])
def test_what_aws_says_is_missing_is_what_is_expected(needed):
    message = (
        f"User: arn:aws:iam::1:user/a is not authorized to perform: {needed} on resource: b because no policy allows"
    )
    with pytest.raises(DeniedError, match=f"expected the permission {needed}:"), explained("do it"):
        raise refused("AccessDenied", "PutObject", message)


def test_a_missing_permission_is_told_apart():
    with pytest.raises(DeniedError), explained("read it"):
        raise refused("AccessDenied")
    with pytest.raises(UserError) as caught, explained("read it"):
        raise refused("NoSuchBucket")
    assert not isinstance(caught.value, DeniedError)


def test_what_is_refused_to_a_transfer_is_told_like_what_is_refused_to_a_call(tmp_path):
    def refuse(request, **_):
        answered = AWSResponse(request.url, 403, {}, None)
        answered._content = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        return answered

    client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.meta.events.register("before-send.s3.PutObject", refuse)
    path = tmp_path / "a"
    path.write_text("x")
    with (
        pytest.raises(DeniedError, match=r"^cannot send it: .*expected the permission s3:PutObject"),
        explained("send it"),
    ):
        client.upload_file(str(path), "bucket", "a")


def test_a_transfer_that_the_network_ended_is_told_like_a_call():
    with pytest.raises(UserError, match="AWS cannot be reached"), explained("fetch it"):
        raise RetriesExceededError(ReadTimeoutError(endpoint_url="u"))


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError), explained("divide"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("service", "operation", "needed"),
    [
        ("s3", "ListObjectVersions", "s3:ListBucketVersions"),
        ("s3", "DeleteObjects", "s3:DeleteObject"),
        ("s3", "UploadPartCopy", "s3:GetObject and s3:PutObject"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("monitoring", "DescribeAlarms", "cloudwatch:DescribeAlarms"),
        ("route53", "GetHealthCheck", "route53:GetHealthCheck"),
    ],
)
def test_operations_have_the_names_of_their_permissions(service, operation, needed):
    assert action(service, operation) == needed


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("s3-control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        ("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
        ("apigateway", "GetApis", "apigateway:GET"),
        ("ssm", "GetParameter", "ssm:GetParameter"),
    ],
)
def test_the_permission_of_an_operation(service, operation, expected):
    assert action(service, operation) == expected


def test_the_permission_that_is_missing_is_known():
    with pytest.raises(DeniedError) as raised, explained("look", service="s3"):
        raise refused("403", "HeadBucket")
    assert raised.value.permission == "s3:ListBucket"
