"""S3 Block Public Access of the account counts for each of its buckets, besides that of the bucket."""

import json

import boto3
import pytest
import run_keys
from botocore.exceptions import ClientError

from breakable_aws.aws import without_account

pytestmark = pytest.mark.embedded

ACCOUNT = "555566667777"
ON = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def client(embedded, service):
    made = boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=embedded.ready["endpoint"],
        **run_keys.of(embedded.secret, ACCOUNT),
    )
    made.meta.events.register("before-sign.s3-control", without_account)
    return made


@pytest.fixture
def control(embedded):
    found = client(embedded, "s3control")
    yield found
    found.delete_public_access_block(AccountId=ACCOUNT)


@pytest.fixture
def public(embedded, unique):
    """A bucket whose policy is public, with an object."""
    name, s3 = unique("public"), client(embedded, "s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"1")
    s3.put_bucket_policy(Bucket=name, Policy=policy(name))
    return name


def policy(bucket):
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def block(control, **settings):
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=settings)


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_it_is_read_back_until_it_is_deleted(control):
    assert refusal(control.get_public_access_block, AccountId=ACCOUNT)[0] == "NoSuchPublicAccessBlockConfiguration"
    block(control, **ON)
    assert control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"] == ON
    block(control, BlockPublicPolicy=True)
    found = control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    assert [name for name, on in found.items() if on] == ["BlockPublicPolicy"]
    control.delete_public_access_block(AccountId=ACCOUNT)
    assert refusal(control.get_public_access_block, AccountId=ACCOUNT)[0] == "NoSuchPublicAccessBlockConfiguration"


def test_another_account_has_no_say(control):
    assert refusal(control.get_public_access_block, AccountId="999999999999")[0] == "AccessDenied"


def test_a_public_policy_is_refused_by_the_api(embedded, control, public):
    block(control, BlockPublicPolicy=True)
    code, message = refusal(client(embedded, "s3").put_bucket_policy, Bucket=public, Policy=policy(public))
    assert code == "AccessDenied"
    assert f's3:PutBucketPolicy on resource: "arn:aws:s3:::{public}" because public policies are prevented' in message


def test_a_policy_that_is_not_public_is_not_refused(embedded, control, public):
    block(control, **ON)
    only = json.loads(policy(public))
    only["Statement"][0]["Condition"] = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    client(embedded, "s3").put_bucket_policy(Bucket=public, Policy=json.dumps(only))


def test_a_public_policy_is_refused_by_cloudformation(embedded, control, unique):
    block(control, BlockPublicPolicy=True)
    name, cloudformation = unique("site"), client(embedded, "cloudformation")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    properties = {"Bucket": {"Ref": "B"}, "PolicyDocument": json.loads(policy(name))}
    resources = {"B": bucket, "P": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))

    def failure():
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return [e["ResourceStatusReason"] for e in events if e["ResourceStatus"] == "CREATE_FAILED"]

    assert "AccessDenied: User: " in embedded.until(failure)[0]
    assert "BlockPublicPolicy setting in S3 Block Public Access" in failure()[0]


def read(embedded, bucket):
    return embedded.viewer("s3", f"{bucket}.s3.us-east-1.amazonaws.com", "/k").status


@pytest.mark.parametrize("of_account", [True, False])
def test_restricted_public_buckets_are_not_read_by_strangers(embedded, control, public, of_account):
    assert read(embedded, public) == 200
    if of_account:
        block(control, RestrictPublicBuckets=True)
    else:
        settings = {"RestrictPublicBuckets": True}
        client(embedded, "s3").put_public_access_block(Bucket=public, PublicAccessBlockConfiguration=settings)
    assert read(embedded, public) == 403


def test_other_accounts_are_not_blocked(embedded, control, unique):
    block(control, **ON)
    s3 = embedded.client("s3")
    s3.create_bucket(Bucket=unique("other"))
    s3.put_bucket_policy(Bucket=unique("other"), Policy=policy(unique("other")))
