"""The door of the API listener: the bytes that a web page or another user of the machine can send."""

import base64
import http.client
import io
import json
import socket
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
import run_keys
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from breakable_aws import secret

pytestmark = pytest.mark.embedded

TOLD = "set the AWS variables that its start printed"
ROLE = "arn:aws:iam::123456789012:role/x"
PATHS = (
    "/",
    "/2015-03-31/functions",
    "/bucket/key",
    "/_breakable/status",
    "/_breakable/faults",
    "/_breakable/resolve?name=x&scheme=http",
    "/_ministack/health",
    "/_ministack/reset",
    "/_ministack/config",
    "/_localstack/health",
    "/health",
    "/_aws/execute-api/x/y",
)


@pytest.fixture(scope="module")
def port(embedded):
    return urlsplit(embedded.ready["endpoint"]).port


def raw(port, head, body=b""):
    """Send exactly these bytes; return the status, the headers and the body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        connection.sendall(f"{head}{length}Connection: close\r\n\r\n".encode("latin-1") + body)
        answer = http.client.HTTPResponse(connection, method=head.partition(" ")[0])
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def create(name):
    """The body of EM-1's first request: a function whose code runs as the user."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("m.py", "def h(event, context): return 'ran'")
    code = {"ZipFile": base64.b64encode(packed.getvalue()).decode()}
    function = {"FunctionName": name, "Runtime": "python3.12", "Role": ROLE, "Handler": "m.h", "Code": code}
    return json.dumps(function).encode()


def simple_post(path, port, more=""):
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}Content-Type: text/plain\r\n"


PAGE = "Origin: https://evil.example\r\n"


@pytest.mark.parametrize(
    ("origin", "knows"), [(PAGE, False), (PAGE, True), ("", False)], ids=["page", "page with the secret", "other user"]
)
def test_what_a_page_or_another_user_can_send_creates_no_function(embedded, port, unique, origin, knows):
    name = unique("evil")
    more = origin + (f"{secret.HEADER}: {embedded.secret}\r\n" if knows else "")
    assert raw(port, simple_post("/2015-03-31/functions", port, more), create(name))[0] == 403
    assert raw(port, simple_post(f"/2015-03-31/functions/{name}/invocations", port, more), b"{}")[0] == 403
    functions = embedded.client("lambda").get_paginator("list_functions").paginate()
    assert name not in [found["FunctionName"] for page in functions for found in page["Functions"]]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
def test_nothing_is_served_without_the_secret(port, method, path):
    status, headers, _ = raw(port, f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n")
    assert status == 403
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header",
    ["Host: evil.example", "Host: localhost.evil.example:{port}", "Host: evil.example:80@127.0.0.1"],
)
def test_another_name_is_refused_in_one_line_even_with_the_secret(embedded, port, path, header):
    host = header.format(port=port)
    status, headers, body = raw(port, f"GET {path} HTTP/1.1\r\n{host}\r\n{secret.HEADER}: {embedded.secret}\r\n")
    assert status == 403
    assert headers["content-type"].startswith("text/plain")
    assert body.count(b"\n") == 1


@pytest.mark.parametrize(
    "header",
    ["Origin: null", "Origin: https://evil.example", "Referer: https://evil.example/", "Sec-Fetch-Site: cross-site"],
)
def test_a_page_elsewhere_is_refused_even_with_the_secret(embedded, port, header):
    head = f"GET /_breakable/status HTTP/1.1\r\nHost: localhost:{port}\r\n{secret.HEADER}: {embedded.secret}\r\n"
    assert raw(port, head)[0] == 200
    assert raw(port, f"{head}{header}\r\n")[0] == 403


def test_several_hosts_are_a_bad_request(embedded, port):
    knows = f"{secret.HEADER}: {embedded.secret}\r\n"
    head = f"GET /_breakable/status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n{knows}"
    assert raw(port, head)[0] in (400, 403)
    assert raw(port, f"GET /_breakable/status HTTP/1.0\r\n{knows}")[0] == 403


@pytest.mark.parametrize("path", ["/2015-03-31/functions", "/_breakable/faults", "/bucket/key"])
@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:{port}"])
def test_a_preflight_is_refused(port, path, origin):
    asked = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Private-Network: true\r\n"
    head = f"OPTIONS {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin.format(port=port)}\r\n{asked}"
    status, headers, _ = raw(port, head)
    assert status == 403
    assert not [name for name in headers if name.startswith("access-control-")]


def test_a_websocket_is_refused(embedded, port):
    upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    head = f"GET /_aws/execute-api/x/y HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{upgrade}{secret.HEADER}: {embedded.secret}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{head}Connection: Upgrade\r\n\r\n".encode())
        assert connection.recv(100).split()[1] == b"403"


def test_own_origin_gets_no_permission_to_read_from_elsewhere(embedded, port):
    head = f"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{secret.HEADER}: {embedded.secret}\r\n"
    status, headers, _ = raw(port, f"{head}Origin: http://127.0.0.1:{port}\r\n")
    assert status == 200
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("wrong", ["", "x", "SECRET", "é"], ids=["empty", "short", "other", "not ASCII"])
def test_a_wrong_secret_is_refused(port, wrong):
    head = f"PUT /_breakable/faults HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{secret.HEADER}: {wrong}\r\n"
    assert raw(port, head, b'{"fault": "cdn-503"}')[0] == 403


def client(embedded, service, **keys):
    return boto3.session.Session().client(
        service,
        region_name="eu-west-1",
        endpoint_url=embedded.ready["endpoint"],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}, read_timeout=300),
        **run_keys.of(embedded.secret) | keys,
    )


CALLS = [
    ("sts", "get_caller_identity", {}),
    ("lambda", "list_functions", {}),
    ("s3", "list_buckets", {}),
    ("cloudformation", "list_stacks", {}),
    ("route53", "list_hosted_zones", {}),
    ("cloudwatch", "describe_alarms", {}),
    ("sqs", "list_queues", {}),
    ("sns", "list_topics", {}),
    ("ssm", "describe_parameters", {}),
    ("fis", "list_experiments", {}),
    ("cloudfront", "list_distributions", {}),
    ("apigatewayv2", "get_apis", {}),
    ("iam", "list_roles", {}),
]


@pytest.mark.parametrize(("service", "call", "arguments"), CALLS)
def test_an_sdk_with_the_keys_of_the_run_is_served(embedded, service, call, arguments):
    assert getattr(client(embedded, service), call)(**arguments)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("wrong", ["aws_secret_access_key", "aws_session_token", "aws_access_key_id"])
@pytest.mark.parametrize(("service", "call", "arguments"), CALLS)
def test_an_sdk_without_them_is_told_what_to_run(embedded, service, call, arguments, wrong):
    with pytest.raises(ClientError) as caught:
        getattr(client(embedded, service, **{wrong: "AKIDANOTHER"}), call)(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert "AccessDenied" in caught.value.response["Error"]["Code"]
    assert TOLD in caught.value.response["Error"]["Message"]


def test_an_sdk_that_does_not_sign_is_refused(embedded):
    with pytest.raises(ClientError, match=TOLD):
        boto3.client(
            "s3",
            region_name="eu-west-1",
            endpoint_url=embedded.ready["endpoint"],
            config=Config(signature_version=UNSIGNED),
        ).list_buckets()


@pytest.fixture
def session(embedded, unique):
    """The credentials of an assumed role."""
    name = unique("assumed")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = embedded.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    found = embedded.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def test_a_session_of_an_assumed_role_is_served(embedded, session):
    assert "assumed-role" in client(embedded, "sts", **session).get_caller_identity()["Arn"]
    with pytest.raises(ClientError, match=TOLD):
        client(embedded, "sts", **session | {"aws_session_token": "another"}).get_caller_identity()
    with pytest.raises(ClientError, match=TOLD):
        client(embedded, "sts", **session | {"aws_secret_access_key": embedded.secret}).get_caller_identity()


def test_keys_of_a_user_are_served(embedded, unique):
    name = unique("user")
    embedded.client("iam").create_user(UserName=name)
    made = embedded.client("iam").create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    assert client(embedded, "sts", **keys, aws_session_token=None).get_caller_identity()["Arn"].endswith(name)


@pytest.fixture
def bucket(embedded, unique):
    name = unique("guarded")
    s3 = client(embedded, "s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=name, Key="a b+c%/ü.txt", Body=b"private")
    return name


def presigned(embedded, bucket, version, method="get_object", **keys):
    s3 = boto3.session.Session().client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=embedded.ready["endpoint"],
        config=Config(signature_version=version, s3={"addressing_style": "path"}),
        **run_keys.of(embedded.secret) | keys,
    )
    return s3.generate_presigned_url(method, Params={"Bucket": bucket, "Key": "a b+c%/ü.txt"})


def status(url, method="GET", headers=None, body=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}, method=method)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_is_good_for_what_it_is_for(embedded, bucket, version):
    url = presigned(embedded, bucket, version)
    assert status(url) == 200
    assert status(url, "PUT", body=b"other") == 403
    assert status(url, "DELETE") == 403
    assert status(url.replace(bucket, "another")) == 403


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_of_another_secret_is_refused(embedded, bucket, version):
    assert status(presigned(embedded, bucket, version, aws_secret_access_key="embedded")) == 403


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_session_presigns_too(embedded, bucket, version, session):
    assert status(presigned(embedded, bucket, version, **session)) == 200


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_does_not_tell_the_secret_nor_open_another_service(embedded, bucket, version):
    url = presigned(embedded, bucket, version)
    assert embedded.secret not in url
    assert secret.session_token(embedded.secret) in url
    for target in ("AmazonSSM.DescribeParameters", "DynamoDB_20120810.ListTables", "Logs_20140328.DescribeLogGroups"):
        assert status(url, headers={"X-Amz-Target": target}) == 403
    only_token = {"X-Amz-Security-Token": secret.session_token(embedded.secret)}
    assert status(f"{embedded.ready['endpoint']}/2015-03-31/functions", headers=only_token) == 403


def test_an_answer_to_cloudformation_leads_nowhere_else(port):
    """Custom resources answer without credentials, at a path that only they were told."""
    path = "/_ministack/cfn-response/00000000-0000-4000-8000-000000000000"
    more = "X-Amz-Target: AmazonSSM.DescribeParameters\r\nAuthorization: AWS4-HMAC-SHA256 Credential=1/2/3/ssm/5\r\n"
    head = f"PUT {path}?Action=ListRoles HTTP/1.1\r\nHost: api.execute-api.localhost:{port}\r\n{more}"
    assert raw(port, head, b"{}")[::2] == (200, b"")
    assert raw(port, head.replace("PUT", "POST", 1), b"{}")[0] == 403
    assert raw(port, f"{head}Origin: https://evil.example\r\n", b"{}")[0] == 403


def test_viewer_ports_take_no_calls_of_the_api(embedded, bucket, unique):
    for service in ("s3", "cloudfront"):
        port = embedded.ready[service]["http"]
        for host in (f"127.0.0.1:{port}", "lambda.eu-west-1.amazonaws.com", "evil.example"):
            head = f"POST /2015-03-31/functions HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n"
            assert raw(port, head, create(unique("viewer")))[0] >= 400
            assert raw(port, f"GET /_breakable/status HTTP/1.1\r\nHost: {host}\r\n")[0] >= 400
    for host in (f"{bucket}.s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"):
        head = f"PUT /{bucket}/new HTTP/1.1\r\nHost: {host}\r\n"
        assert raw(embedded.ready["s3"]["http"], head, b"x")[0] == 403


def test_the_secret_is_told_to_the_user_alone(embedded):
    file = Path(embedded.ready["secret_file"])
    assert file.stat().st_mode & 0o077 == 0
    assert len(embedded.secret) >= 43
    assert embedded.secret not in json.dumps(embedded.ready)
    assert embedded.secret not in Path(f"/proc/{embedded.ready['pid']}/cmdline").read_text()


def test_every_run_has_a_secret_of_its_own_that_ends_with_it(start, embedded):
    other = start()
    assert other.secret != embedded.secret
    other.stop()
    assert not Path(other.ready["secret_file"]).exists()
