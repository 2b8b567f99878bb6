"""A deployed function calls as its role, which bucket policies see."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from urllib.parse import urlsplit

import boto3
import pytest
import run_keys

pytestmark = pytest.mark.embedded

ACCOUNT = "123456789012"
OTHER = "210987654321"
CODE = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

def handler(event, context):
    settings = Config(signature_version=event.get("signature"), s3={"addressing_style": "path"})
    client = boto3.client(event["service"], endpoint_url=event.get("endpoint"), config=settings)
    try:
        if "presign" in event:
            return client.generate_presigned_url(event["presign"], Params=event["arguments"])
        answer = getattr(client, event["call"])(**event["arguments"])
    except ClientError as error:
        return {"refused": error.response["Error"]}
    if "Payload" in answer:
        return answer["Payload"].read().decode()
    return {name: answer[name] for name in event.get("wanted", ())}
"""


class Function:
    """A deployed function that makes the call it is told to, and its role."""

    def __init__(self, client, name, role):
        self.client, self.name, self.role = client, name, role

    def __call__(self, service, call, *wanted, **arguments):
        return self.run(service=service, call=call, wanted=wanted, arguments=arguments)

    def run(self, **event):
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event))
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    def deletes(self, bucket, key):
        """Tell whether it may delete an object."""
        return "refused" not in self("s3", "delete_object", Bucket=bucket, Key=key)


def template(name, path):
    role = {"RoleName": name, "Path": path, "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    function = {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["R", "Arn"]},
        "Timeout": 60,
        "Code": {"ZipFile": CODE},
    }
    return {
        "R": {"Type": "AWS::IAM::Role", "Properties": role},
        "F": {"Type": "AWS::Lambda::Function", "Properties": function},
    }


@pytest.fixture(scope="module")
def function(embedded):
    """A function whose role has a path."""
    embedded.deploy(template("exempt", "/writers/"), region="eu-west-1")
    role = f"arn:aws:iam::{ACCOUNT}:role/writers/exempt"
    return Function(embedded.client("lambda", "eu-west-1"), "exempt", role)


@pytest.fixture(scope="module")
def another(embedded):
    """A function with a role of its own."""
    embedded.deploy(template("another", "/"), region="eu-west-1")
    return Function(embedded.client("lambda", "eu-west-1"), "another", f"arn:aws:iam::{ACCOUNT}:role/another")


@pytest.fixture
def s3(embedded):
    return embedded.client("s3", "eu-west-1")


@pytest.fixture
def bucket(s3, unique):
    """A bucket with an object."""
    name = unique("roles")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=name, Key="health.txt", Body=b"ok")
    return name


@pytest.fixture
def deny(s3, bucket):
    """Gives the bucket a policy that denies actions on its objects."""

    def put(*actions, principal="*", **condition):
        statement = {"Effect": "Deny", "Principal": principal, "Action": actions, "Condition": condition}
        statement["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    return put


def test_a_function_is_a_session_of_its_role(embedded, function):
    told = function("sts", "get_caller_identity", "Account", "Arn", "UserId")
    identifier = embedded.client("iam").get_role(RoleName="exempt")["Role"]["RoleId"]
    assert told == {
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/exempt/exempt",
        "UserId": f"{identifier}:exempt",
    }


@pytest.mark.parametrize(
    ("operator", "spared"),
    [
        ("ArnNotEquals", "{role}"),
        ("ArnNotLike", "arn:aws:iam::*:role/writers/*"),
        ("StringNotEquals", "{role}"),
        ("StringNotLike", "*/exempt"),
        ("ArnNotEqualsIfExists", "{role}"),
    ],
)
def test_only_the_role_that_a_denial_spares_may_delete(s3, bucket, deny, function, another, operator, spared):
    deny("s3:DeleteObject", **{operator: {"aws:PrincipalArn": spared.format(role=function.role)}})
    refused = another("s3", "delete_object", Bucket=bucket, Key="health.txt")["refused"]
    assert refused["Code"] == "AccessDenied"
    assert refused["Message"].startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/another/another is not authorized")
    with pytest.raises(s3.exceptions.ClientError, match=f"arn:aws:iam::{ACCOUNT}:root is not authorized"):
        s3.delete_object(Bucket=bucket, Key="health.txt")
    assert function.deletes(bucket, "health.txt")


@pytest.mark.parametrize(
    ("operator", "meant"), [("ArnEquals", "{role}"), ("ArnLike", "*:role/writers/*"), ("StringLike", "*/exempt")]
)
def test_only_the_role_that_a_denial_means_may_not_delete(bucket, deny, function, another, operator, meant):
    deny("s3:DeleteObject", **{operator: {"aws:PrincipalArn": meant.format(role=function.role)}})
    assert not function.deletes(bucket, "health.txt")
    assert another.deletes(bucket, "health.txt")


@pytest.mark.parametrize("principal", ["{role}", "arn:aws:sts::123456789012:assumed-role/exempt/exempt"])
def test_a_denial_names_a_role_or_its_session(bucket, deny, function, another, principal):
    deny("s3:DeleteObject", principal={"AWS": principal.format(role=function.role)})
    assert not function.deletes(bucket, "health.txt")
    assert another.deletes(bucket, "health.txt")


def test_a_denial_knows_the_id_of_a_role(embedded, bucket, deny, function, another):
    identifier = embedded.client("iam").get_role(RoleName="exempt")["Role"]["RoleId"]
    deny("s3:DeleteObject", StringNotLike={"aws:userId": [f"{identifier}:*", ACCOUNT]})
    assert not another.deletes(bucket, "health.txt")
    assert function.deletes(bucket, "health.txt")


def test_a_role_can_be_locked_out_of_the_policy_and_the_root_user_cannot(s3, bucket, deny, function):
    deny("s3:*")
    assert "refused" in function("s3", "get_bucket_policy", "Policy", Bucket=bucket)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"]


def status(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def presigned(function, bucket, endpoint=None, signature="s3v4"):
    """A URL that a function signs, for the API unless an endpoint is given."""
    arguments = {"Bucket": bucket, "Key": "health.txt"}
    return function.run(service="s3", presign="get_object", arguments=arguments, endpoint=endpoint, signature=signature)


@pytest.fixture
def viewed(embedded, bucket):
    """Has a function sign a URL for viewers, and returns the status that a viewer gets."""

    def view(function):
        url = urlsplit(presigned(function, bucket, "https://s3.eu-west-1.amazonaws.com"))
        return embedded.viewer("s3", url.netloc, f"{url.path}?{url.query}", secure=True).status

    return view


@pytest.mark.parametrize("signature", ["s3", "s3v4"])
def test_what_a_function_presigns_is_read_at_the_api_as_its_role(bucket, deny, function, another, signature):
    assert [status(presigned(each, bucket, signature=signature)) for each in (function, another)] == [200, 200]
    deny("s3:GetObject", ArnNotEquals={"aws:PrincipalArn": function.role})
    assert [status(presigned(each, bucket, signature=signature)) for each in (function, another)] == [200, 403]


def test_what_a_function_presigns_is_read_by_viewers_as_its_role(deny, function, another, viewed):
    assert (viewed(function), viewed(another)) == (200, 200)
    deny("s3:GetObject", ArnNotEquals={"aws:PrincipalArn": function.role})
    assert (viewed(function), viewed(another)) == (200, 403)


def test_a_function_invokes_another_one(embedded, function):
    embedded.deploy(template("invoked", "/"), region="eu-west-1")
    event = {"service": "sts", "call": "get_caller_identity", "arguments": {}, "wanted": ["Arn"]}
    told = function("lambda", "invoke", FunctionName="invoked", Payload=json.dumps(event))
    assert json.loads(told)["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/invoked/invoked"


def test_a_function_of_another_account_works_in_its_own_account_and_region(embedded, bucket):
    def client(service):
        keys = run_keys.of(embedded.secret, OTHER)
        return boto3.client(service, region_name="sa-east-1", endpoint_url=embedded.ready["endpoint"], **keys)

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", CODE)
    client("lambda").create_function(
        FunctionName="apart",
        Runtime="python3.13",
        Handler="index.handler",
        Role=f"arn:aws:iam::{OTHER}:role/apart",
        Timeout=60,
        Code={"ZipFile": packed.getvalue()},
    )
    client("sqs").create_queue(QueueName="apart")
    apart = Function(client("lambda"), "apart", None)
    assert apart("sts", "get_caller_identity", "Account")["Account"] == OTHER
    (url,) = apart("sqs", "list_queues", "QueueUrls")["QueueUrls"]
    assert f"/{OTHER}/apart" in url
    assert apart("s3", "head_object", Bucket=bucket, Key="health.txt")["refused"]["Code"] == "403"


def test_a_function_whose_role_is_no_role_does_not_start(embedded):
    resources = template("roleless", "/")
    resources["F"]["Properties"]["Role"] = "no role"
    embedded.deploy({"F": resources["F"]})
    answer = embedded.client("lambda").invoke(FunctionName="roleless", Payload=b"{}")
    assert answer["FunctionError"]
    assert b"has no role to call as: got no role, expected the ARN of a role" in answer["Payload"].read()
