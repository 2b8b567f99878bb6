import base64
import contextlib
import importlib.util
import inspect
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import boto3
import botocore.session
import jsii
import pytest
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk.aws_apigateway import AccessLogFormat
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError
from cdk_templates import new_stack, properties, resources, statements, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import s3_failover_constructs.https_endpoint as module
from s3_failover_constructs import HttpsEndpoint

CERTIFICATE = "arn:aws:acm:us-west-2:123456789012:certificate/abc"


def endpoint(**more):
    stack = new_stack("us-west-2")
    HttpsEndpoint(
        stack,
        "Endpoint",
        hostname=more.pop("hostname", "assets.example.com"),
        target_name="assets-secondary.example.com",
        check_name="assets-check.example.com",
        zone=route53.HostedZone.from_hosted_zone_attributes(
            stack, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
        ),
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        bucket=s3.Bucket.from_bucket_attributes(stack, "Replica", bucket_name="replica", region="us-west-2"),
        **more,
    )
    return stack


@pytest.fixture(scope="module")
def stack():
    return endpoint()


def test_both_names_have_the_certificate_are_regional_and_reachable_over_ipv6(stack):
    domains = [found["Properties"] for found in resources(stack, "AWS::ApiGatewayV2::DomainName").values()]
    assert {domain["DomainName"] for domain in domains} == {"assets.example.com", "assets-check.example.com"}
    for domain in domains:
        assert domain["DomainNameConfigurations"] == [
            {
                "CertificateArn": CERTIFICATE,
                "EndpointType": "REGIONAL",
                "IpAddressType": "dualstack",
                "SecurityPolicy": "TLS_1_2",
            }
        ]


def test_the_api_s_name_is_cut_to_what_api_gateway_takes():
    api = properties(endpoint(hostname=f"{'a.' * 60}example.com"), "AWS::ApiGatewayV2::Api")
    assert len(api["Name"]) == 128


def test_each_name_leads_to_its_own_endpoint(stack):
    records = {
        found["Properties"]["Name"]: text(found["Properties"]["ResourceRecords"])
        for found in resources(stack, "AWS::Route53::RecordSet").values()
    }
    assert set(records) == {"assets-secondary.example.com.", "assets-check.example.com."}
    assert records["assets-secondary.example.com."].startswith("<EndpointHostnameDomainName")
    assert records["assets-check.example.com."].startswith("<EndpointCheckDomainName")


def test_every_request_goes_to_the_function_and_nothing_but_the_two_names_leads_to_the_api(stack):
    assert properties(stack, "AWS::ApiGatewayV2::Route")["RouteKey"] == "$default"
    assert properties(stack, "AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"] is True
    assert len(resources(stack, "AWS::ApiGatewayV2::ApiMapping")) == 2
    assert properties(stack, "AWS::ApiGatewayV2::Integration")["PayloadFormatVersion"] == "2.0"


def test_only_this_api_may_call_the_function(stack):
    permission = properties(stack, "AWS::Lambda::Permission")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    (api,) = resources(stack, "AWS::ApiGatewayV2::Api")
    assert text(permission["SourceArn"]).endswith(f":execute-api:us-west-2:<AWS::AccountId>:<{api}>/*/$default")


def test_the_function_may_read_the_bucket_and_write_its_own_log_only(stack):
    allowed = {str(s["Action"]): text(s["Resource"]) for s in statements(stack, "AWS::IAM::Policy").values()}
    assert allowed["s3:GetObject"] == "arn:aws:s3:::replica/*"
    assert allowed["s3:ListBucket"] == "arn:aws:s3:::replica"
    assert len(allowed) == 3


def test_the_function_may_decrypt_with_a_key_of_its_region_through_s3_for_the_one_bucket():
    allowed = {str(s["Action"]): s for s in statements(endpoint(encrypted=True), "AWS::IAM::Policy").values()}
    decrypt = allowed["kms:Decrypt"]
    assert text(decrypt["Resource"]) == "arn:<AWS::Partition>:kms:us-west-2:<AWS::AccountId>:key/*"
    assert decrypt["Condition"]["StringEquals"] == {"kms:ViaService": ["s3.us-west-2.amazonaws.com"]}
    assert set(decrypt["Condition"]) == {"StringEquals", "StringLike"}
    assert [text(arn) for arn in decrypt["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]] == [
        "arn:aws:s3:::replica",
        "arn:aws:s3:::replica/*",
    ]
    assert len(allowed) == 4


def test_requests_are_logged_and_logs_expire(stack):
    assert "AccessLogSettings" in properties(stack, "AWS::ApiGatewayV2::Stage")
    groups = resources(stack, "AWS::Logs::LogGroup").values()
    assert [group["Properties"]["RetentionInDays"] for group in groups] == [90, 90]


def settings_of(stack):
    return properties(stack, "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]


def test_the_access_log_has_what_api_gateway_demands_of_a_format(stack):
    model = botocore.session.get_session().get_service_model("apigatewayv2").shape_for("AccessLogSettings")
    demanded = re.search(r"must include at least (\$context\.\w+)", model.members["Format"].documentation)
    assert demanded[1] in settings_of(stack)["Format"]
    assert "\n" not in settings_of(stack)["Format"]


@jsii.implements(apigateway.IAccessLogSettings)
class Settings:
    def __init__(self, destination, log_format):
        self.where, self.log_format = destination, log_format

    @property
    def destination(self):
        return self.where

    @property
    def format(self):
        return AccessLogFormat.custom(self.log_format)


def stage_of_the_cdk(log_format):
    stack = new_stack("us-west-2")
    api = apigateway.HttpApi(stack, "Api", create_default_stage=False)
    where = apigateway.LogGroupLogDestination(logs.LogGroup(stack, "Logs"))
    apigateway.HttpStage(stack, "Stage", http_api=api, access_log_settings=Settings(where, log_format))
    return stack


def test_the_cdk_s_own_stage_accepts_the_access_log_format_and_would_refuse_one_without_a_request_id(stack):
    log_format = settings_of(stack)["Format"]
    assert settings_of(stage_of_the_cdk(log_format))["Format"] == log_format
    with pytest.raises(RuntimeError, match="Access log must include"):
        stage_of_the_cdk(log_format.replace("$context.requestId", "-"))


def test_each_line_of_the_access_log_is_json(stack):
    line = re.sub(r"\$context(\.\w+)+", "value", settings_of(stack)["Format"])
    assert set(json.loads(line)) == {"requestId", "time", "ip", "host", "method", "path", "status", "bytes", "error"}


def test_the_log_s_address_is_the_one_that_api_gateway_keeps(stack):
    where = text(settings_of(stack)["DestinationArn"])
    assert re.fullmatch(r"arn:aws:logs:us-west-2:<AWS::AccountId>:log-group:<EndpointAccessLogs\w+>", where)


def test_hsts_is_said_only_if_asked_for(stack):
    assert "HSTS" not in variables(stack)
    assert variables(endpoint(hsts=True))["HSTS"] == "max-age=31536000"


def variables(stack):
    return properties(stack, "AWS::Lambda::Function")["Environment"]["Variables"]


class S3:
    """An S3 that gives one object, or raises."""

    def __init__(self, body=b"body", error=None, **headers):
        self.body, self.error, self.asked = body, error, []
        self.headers = {"content-type": "text/plain", "server": "AmazonS3", "x-amz-request-id": "1"} | headers

    def get_object(self, **asked):
        self.asked.append(asked)
        if self.error:
            raise self.error
        return {
            "Body": io.BytesIO(self.body),
            "ContentLength": len(self.body),
            "ContentType": self.headers["content-type"],
            "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": self.headers},
        }

    head_object = get_object


@contextlib.contextmanager
def loaded_in(region):
    """The function's module, as Lambda loads it in a region."""
    environment = {
        "BUCKET": "replica",
        "INDEX_DOCUMENT": "index.html",
        "ERROR_DOCUMENT": "error.html",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "ASIA",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "token",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        path = Path(inspect.getfile(module)).parent / "handler" / "index.py"
        spec = importlib.util.spec_from_file_location("https_endpoint_handler", path)
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        yield made
        made.s3.close()
        made.signer.close()


@pytest.fixture(scope="module")
def loaded():
    with loaded_in("us-east-1") as made:
        yield made


def asked(loaded, path, method, headers):
    event = {"rawPath": path, "headers": headers, "requestContext": {"http": {"method": method}}}
    return loaded.handler(event, None)


@pytest.fixture
def handler(loaded, monkeypatch):
    """The function with an S3 of the test's own."""

    def call(s3, path="/a.txt", method="GET", **headers):
        monkeypatch.setattr(loaded, "s3", s3)
        return asked(loaded, path, method, headers)

    return call


def failed(status, code="Failed"):
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}
    return ClientError(answer, "GetObject")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", "index.html"),
        ("", "index.html"),
        ("/docs/", "docs/index.html"),
        ("/docs", "docs"),
        ("//a", "/a"),
        ("/a b/ü+.txt", "a b/ü+.txt"),
        ("/100%25.txt", "100%.txt"),
        ("/a%252Eb", "a%2Eb"),
    ],
)
def test_the_path_is_the_key_as_api_gateway_decodes_it(handler, path, key):
    s3 = S3()
    handler(s3, path)
    assert s3.asked == [{"Bucket": "replica", "Key": key}]


def test_viewers_get_the_body_and_the_headers_that_are_for_them(handler):
    answer = handler(S3(b"\x00\xff", **{"cache-control": "no-cache", "x-amz-meta-made": "1"}))
    assert base64.b64decode(answer["body"]) == b"\x00\xff"
    assert answer["isBase64Encoded"] is True
    assert answer["headers"] == {"content-type": "text/plain", "cache-control": "no-cache", "x-amz-meta-made": "1"}


def test_conditions_and_ranges_are_handed_to_s3_and_other_headers_are_not(handler):
    s3 = S3()
    handler(s3, range="bytes=0-1", cookie="secret", **{"if-none-match": '"e"'})
    assert s3.asked == [{"Bucket": "replica", "Key": "a.txt", "Range": "bytes=0-1", "IfNoneMatch": '"e"'}]


@pytest.mark.parametrize(("size", "status"), [(4 * 1024 * 1024, 200), (4 * 1024 * 1024 + 1, 307)])
def test_what_is_larger_than_four_mib_is_redirected_to(handler, size, status):
    answer = handler(S3(bytes(size)), "/big ü.bin")
    assert answer["statusCode"] == status
    assert len(answer["body"]) < 6_000_000


def test_the_redirect_leads_to_the_region_and_is_short_lived(handler):
    location = handler(S3(bytes(5_000_000)), "/big ü.bin")["headers"]["location"]
    assert location.startswith("https://replica.s3.dualstack.us-east-1.amazonaws.com/big%20%C3%BC.bin?")
    assert "X-Amz-Expires=300" in location


def test_the_redirect_leads_to_the_names_of_the_partition(monkeypatch):
    with loaded_in("cn-north-1") as there, monkeypatch.context() as patch:
        patch.setattr(there, "s3", S3(bytes(5_000_000)))
        location = asked(there, "/a.bin", "GET", {})["headers"]["location"]
    assert location.startswith("https://replica.s3.dualstack.cn-north-1.amazonaws.com.cn/a.bin?")


@pytest.mark.parametrize(
    ("status", "answered"),
    [(304, 304), (412, 412), (416, 416), (403, 403), (400, 400), (405, 405), (500, 503), (503, 503), (301, 503)],
)
def test_what_s3_refuses_becomes_what_the_viewer_can_use(handler, status, answered):
    assert handler(S3(error=failed(status)))["statusCode"] == answered


def test_an_s3_that_does_not_answer_is_503(handler):
    assert handler(S3(error=ConnectTimeoutError(endpoint_url="https://s3")))["statusCode"] == 503


def test_a_missing_object_without_error_document_is_a_plain_404(handler):
    answer = handler(S3(error=failed(404, "NoSuchKey")))
    assert (answer["statusCode"], answer["body"]) == (404, "")


def test_other_methods_are_not_allowed(handler):
    s3 = S3()
    answer = handler(s3, method="DELETE")
    assert (answer["statusCode"], answer["headers"]["allow"], s3.asked) == (405, "GET, HEAD", [])


SUNDAY = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "date", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_a_date_is_understood_in_each_way_that_http_writes_it(handler, date):
    s3 = S3()
    handler(s3, **{"if-modified-since": date, "if-unmodified-since": f" {date} "})
    assert s3.asked == [{"Bucket": "replica", "Key": "a.txt", "IfModifiedSince": SUNDAY, "IfUnmodifiedSince": SUNDAY}]


@pytest.mark.parametrize(
    "date",
    [
        "",
        "x",
        "INF",
        "Infinity",
        "0",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
        "Sun, 06 Nov 1994 08:49:37 GMT,Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 99999 08:49:37 GMT",
    ],
)
@pytest.mark.parametrize("header", ["if-modified-since", "if-unmodified-since"])
def test_a_condition_on_what_is_no_date_is_no_condition(handler, header, date):
    s3 = S3()
    assert handler(s3, **{header: date})["statusCode"] == 200
    assert s3.asked == [{"Bucket": "replica", "Key": "a.txt"}]


@pytest.mark.parametrize("wanted", ["bytes=0-", "bytes=-5", "BYTES=1-2", " bytes=0-0 "])
def test_one_range_is_handed_to_s3(handler, wanted):
    s3 = S3()
    handler(s3, range=wanted)
    assert s3.asked[0]["Range"] == wanted.strip().lower()


@pytest.mark.parametrize("wanted", ["", "x", "bytes", "bytes=", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes=٣-"])
def test_for_a_range_that_s3_cannot_read_the_whole_is_right(handler, wanted):
    s3 = S3()
    assert handler(s3, range=wanted)["statusCode"] == 200
    assert "Range" not in s3.asked[0]


def test_a_part_is_not_sent_where_only_the_part_of_a_certain_version_is_wanted(handler):
    s3 = S3()
    handler(s3, range="bytes=2-", **{"if-range": '"another"'})
    assert "Range" not in s3.asked[0]


@pytest.mark.parametrize("path", ["/a\ud800b", "/\udfff/"])
def test_a_path_that_is_no_text_is_the_viewer_s_mistake(wired, path):
    assert wired(200, path)["statusCode"] == 400


class Body(io.BytesIO):
    def stream(self):
        yield self.read()


@pytest.fixture(scope="module")
def wired(loaded):
    """The function with a client of its own, which answers before anything leaves the machine."""
    told = {}

    def answer(request, **_):
        for name, value in request.headers.items():
            text = value.decode() if isinstance(value, bytes) else value
            assert re.fullmatch("[\x20-\x7e]*", text), name
        body = b"" if request.method == "HEAD" else b"<Error><Code>C</Code></Error>"
        headers = {"content-type": "text/plain", "content-length": str(len(body))}
        return AWSResponse(request.url, told["status"], headers, Body(body))

    loaded.s3.meta.events.register("before-send.s3", answer)

    def call(status, path="/a.txt", method="GET", headers=None):
        told["status"] = status
        return asked(loaded, path, method, headers)

    return call


ETAGS = st.sampled_from(["*", '"e"', 'W/"e"', '"a", "b"', "e", ",", '"'])
DATES = st.datetimes().map(lambda date: date.strftime("%a, %d %b %Y %H:%M:%S GMT"))
RANGES = st.from_regex(r"bytes=\d{0,30}-\d{0,30}", fullmatch=True)
VALUES = st.text() | ETAGS | DATES | RANGES | st.sampled_from(["INF", "-Infinity", "nan", "; length=5", "1e999"])
HEADERS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range", "if-range", "accept"]
PATHS = st.text(st.characters()).map("/{}".format) | st.sampled_from(
    ["", "/", "//", "/..", "/%", "/%00", "/\0", "/%25ff", f"/{'k' * 3000}", f"/{'ü' * 1024}/"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    status=st.sampled_from([200, 206, 304, 400, 403, 404, 405, 412, 416]),
    path=PATHS,
    method=st.sampled_from(["GET", "HEAD", "POST", "get", ""]),
    headers=st.none() | st.dictionaries(st.sampled_from(HEADERS), VALUES),
)
def test_whatever_a_viewer_sends_is_no_fault_of_the_server_while_s3_answers(wired, status, path, method, headers):
    assert wired(status, path, method, headers)["statusCode"] < 500
