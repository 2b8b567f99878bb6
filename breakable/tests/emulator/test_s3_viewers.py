import json
import ssl

import pytest

pytestmark = pytest.mark.embedded

CHECKER = "15.177.0.1"
OPEN = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def policy(bucket, *statements):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Type": "AWS::S3::BucketPolicy",
        "DependsOn": "B",
        "Properties": {"Bucket": bucket, "PolicyDocument": document},
    }


def allow(bucket, *actions, key="*", **more):
    resources = [f"arn:aws:s3:::{bucket}/{key}"] if "s3:GetObject" in actions else []
    resources += [f"arn:aws:s3:::{bucket}"] if "s3:ListBucket" in actions else []
    return {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": resources} | more


def website(name, *statements, access=OPEN, configuration=None):
    properties = {
        "BucketName": name,
        "WebsiteConfiguration": configuration or {"IndexDocument": "index.html", "ErrorDocument": "error.html"},
        "PublicAccessBlockConfiguration": access,
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": properties}
    return {"B": bucket} | ({"P": policy(name, *statements)} if statements else {})


@pytest.fixture
def site(embedded, unique):
    """A public website bucket in us-west-2 with a few pages: its name."""
    name = unique("www.example.com")
    embedded.deploy(website(name, allow(name, "s3:GetObject")), region="us-west-2")
    fill(embedded, name)
    return name


def fill(embedded, name):
    s3 = embedded.client("s3", "us-west-2")
    for key in ("index.html", "error.html", "dir/index.html", "data.bin", "a b/ü.txt"):
        s3.put_object(Bucket=name, Key=key, Body=f"body of {key}".encode(), ContentType="text/x-test")


@pytest.mark.parametrize(
    "spelling", ["{}", "{}.s3-website-us-west-2.amazonaws.com", "{}.s3-website.us-west-2.amazonaws.com"]
)
def test_a_website_answers_by_its_bucket_and_by_its_endpoint(embedded, site, spelling):
    answer = embedded.viewer("s3", spelling.format(site))
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"body of index.html", "text/x-test")


def test_paths_are_keys_and_directories_are_index_documents(embedded, site):
    assert embedded.viewer("s3", site, "/dir/").body == b"body of dir/index.html"
    assert embedded.viewer("s3", site, "/a%20b/%C3%BC.txt").body == "body of a b/ü.txt".encode()
    redirect = embedded.viewer("s3", site, "/dir")
    assert (redirect.status, redirect.headers["location"]) == (302, "/dir/")


def test_a_head_is_a_get_without_its_body(embedded, site):
    answer = embedded.viewer("s3", site, "/data.bin", method="HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "16")


def test_ranges_and_conditions_count(embedded, site):
    part = embedded.viewer("s3", site, "/data.bin", headers={"Range": "bytes=0-3"})
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"body", "bytes 0-3/16")
    etag = embedded.viewer("s3", site, "/data.bin").headers["etag"]
    assert embedded.viewer("s3", site, "/data.bin", headers={"If-None-Match": etag}).status == 304
    assert embedded.viewer("s3", site, "/data.bin", headers={"If-Match": '"other"'}).status == 412


def test_a_missing_page_is_forbidden_to_who_may_not_list_and_comes_with_the_error_document(embedded, site):
    answer = embedded.viewer("s3", site, "/nope")
    assert (answer.status, answer.body) == (403, b"body of error.html")
    assert answer.headers["x-amz-error-code"] == "AccessDenied"


def test_a_missing_page_is_not_found_for_who_may_list(embedded, unique):
    name = unique("listed.example.com")
    embedded.deploy(website(name, allow(name, "s3:GetObject", "s3:ListBucket")), region="us-west-2")
    fill(embedded, name)
    answer = embedded.viewer("s3", name, "/nope")
    assert (answer.status, answer.body) == (404, b"body of error.html")
    assert (answer.headers["x-amz-error-code"], answer.headers["x-amz-error-detail-key"]) == ("NoSuchKey", "nope")
    listing = embedded.viewer("s3", f"{name}.s3.us-west-2.amazonaws.com", "/?prefix=dir/")
    assert listing.status == 200
    assert b"<Key>dir/index.html</Key>" in listing.body
    assert embedded.viewer("s3", f"{name}.s3.us-west-2.amazonaws.com", "/nope").status == 404


def test_without_an_error_document_s3_says_it_itself(embedded, unique):
    name = unique("plain.example.com")
    embedded.deploy(website(name, allow(name, "s3:GetObject"), configuration={"IndexDocument": "index.html"}))
    answer = embedded.viewer("s3", name, "/")
    assert answer.status == 403
    assert b"403 Forbidden" in answer.body
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_website_endpoint_takes_get_and_head_only(embedded, site, method):
    answer = embedded.viewer("s3", site, method=method)
    assert (answer.status, answer.headers["x-amz-error-code"]) == (405, "MethodNotAllowed")


def test_a_bucket_that_redirects_sends_everybody_on(embedded, unique):
    name = unique("old.example.com")
    target = {"RedirectAllRequestsTo": {"HostName": "www.example.com", "Protocol": "https"}}
    embedded.deploy(website(name, configuration=target))
    answer = embedded.viewer("s3", name, "/page")
    assert (answer.status, answer.headers["location"]) == (301, "https://www.example.com/page")


@pytest.mark.parametrize(
    ("host", "status", "code"),
    [
        ("nobody.example.com", 404, "NoSuchBucket"),
        ("nobody.s3-website-us-west-2.amazonaws.com", 404, "NoSuchBucket"),
        ("{site}.s3-website-us-east-1.amazonaws.com", 400, "IncorrectEndpoint"),
        ("{plain}.s3-website-us-east-1.amazonaws.com", 404, "NoSuchWebsiteConfiguration"),
    ],
)
def test_a_website_that_is_not_there_is_named(embedded, site, unique, host, status, code):
    plain = unique("plain")
    embedded.deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": plain}}})
    answer = embedded.viewer("s3", host.format(site=site, plain=plain))
    assert (answer.status, answer.headers["x-amz-error-code"]) == (status, code)


def test_block_public_access_wins_over_a_public_policy(embedded, site):
    s3 = embedded.client("s3", "us-west-2")
    assert embedded.viewer("s3", site).status == 200
    s3.put_public_access_block(Bucket=site, PublicAccessBlockConfiguration=OPEN | {"RestrictPublicBuckets": True})
    assert embedded.viewer("s3", site).status == 403
    s3.put_public_access_block(Bucket=site, PublicAccessBlockConfiguration=OPEN)
    s3.delete_bucket_policy(Bucket=site)
    assert embedded.viewer("s3", site).status == 403


def test_a_policy_that_demands_tls_closes_the_website(embedded, site):
    s3 = embedded.client("s3", "us-west-2")
    deny = allow(site, "s3:GetObject") | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    document = {"Version": "2012-10-17", "Statement": [allow(site, "s3:GetObject"), deny]}
    s3.put_bucket_policy(Bucket=site, Policy=json.dumps(document))
    assert embedded.viewer("s3", site).status == 403
    rest = f"{site}.s3.us-west-2.amazonaws.com"
    assert embedded.viewer("s3", rest, "/index.html").status == 403
    claimed = {"X-Forwarded-Proto": "https"}
    assert embedded.viewer("s3", site, headers=claimed).status == 403, "no header can claim TLS"


@pytest.fixture
def private(embedded, unique):
    """A private bucket in us-east-1 whose policy lets health checkers read one key: its name."""
    name = unique("private")
    condition = {"IpAddress": {"aws:SourceIp": ["15.177.0.0/18"]}}
    blocked = dict.fromkeys(OPEN, True)
    statement = allow(name, "s3:GetObject", key="health.txt", Condition=condition)
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, "PublicAccessBlockConfiguration": blocked}}
    embedded.deploy({"B": bucket, "P": policy(name, statement)})
    for key in ("health.txt", "secret.txt"):
        embedded.client("s3").put_object(Bucket=name, Key=key, Body=b"ok")
    return name


@pytest.mark.parametrize("secure", [False, True])
def test_a_checkers_address_reads_the_one_key_and_nobody_else_anything(embedded, private, secure):
    host, checker = f"{private}.s3.us-east-1.amazonaws.com", {"X-Breakable-Source-IP": CHECKER}
    answer = embedded.viewer("s3", host, "/health.txt", secure=secure, headers=checker)
    assert (answer.status, answer.body) == (200, b"ok")
    assert embedded.viewer("s3", host, "/secret.txt", secure=secure, headers=checker).status == 403
    stranger = embedded.viewer("s3", host, "/health.txt", secure=secure)
    assert stranger.status == 403
    assert b"<Code>AccessDenied</Code>" in stranger.body


def test_a_source_address_that_is_none_is_ignored(embedded, private):
    host = f"{private}.s3.us-east-1.amazonaws.com"
    assert embedded.viewer("s3", host, "/health.txt", headers={"X-Breakable-Source-IP": "nonsense"}).status == 403


def test_path_style_and_the_global_endpoint_answer_too(embedded, site):
    for host, path in (
        ("s3.us-west-2.amazonaws.com", f"/{site}/data.bin"),
        ("s3.amazonaws.com", f"/{site}/data.bin"),
        (f"{site}.s3.amazonaws.com", "/data.bin"),
    ):
        assert embedded.viewer("s3", host, path).body == b"body of data.bin"


def test_another_regions_endpoint_sends_the_viewer_to_the_buckets(embedded, site):
    answer = embedded.viewer("s3", f"{site}.s3.eu-west-1.amazonaws.com", "/data.bin")
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (301, "us-west-2")
    assert f"<Endpoint>{site}.s3.us-west-2.amazonaws.com</Endpoint>".encode() in answer.body


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("GET", "/", {}, "AccessDenied"),
        ("PUT", "/new.txt", {}, "AccessDenied"),
        ("DELETE", "/data.bin", {}, "AccessDenied"),
        ("GET", "/data.bin?acl", {}, "AccessDenied"),
        ("GET", "/data.bin", {"Authorization": "AWS4-HMAC-SHA256 x"}, "AccessDenied"),
    ],
)
def test_a_rest_endpoint_lets_viewers_only_read_objects(embedded, site, method, path, headers, code):
    answer = embedded.viewer("s3", f"{site}.s3.us-west-2.amazonaws.com", path, method=method, headers=headers)
    assert answer.status == 403
    assert f"<Code>{code}</Code>".encode() in answer.body


def test_a_bucket_without_a_website_is_a_rest_bucket_by_its_own_name(embedded, private):
    answer = embedded.viewer("s3", private, "/health.txt", headers={"X-Breakable-Source-IP": CHECKER})
    assert (answer.status, answer.body) == (200, b"ok")


@pytest.mark.parametrize("host", ["{site}", "{site}.s3-website-us-west-2.amazonaws.com"])
def test_a_website_has_no_tls(embedded, site, host):
    with pytest.raises((ssl.SSLError, ConnectionError)) as caught:
        embedded.viewer("s3", host.format(site=site), secure=True)
    assert not isinstance(caught.value, ssl.SSLCertVerificationError)


def test_a_bucket_with_dots_gets_a_certificate_that_does_not_match_it(embedded, site):
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        embedded.viewer("s3", f"{site}.s3.us-west-2.amazonaws.com", "/data.bin", secure=True)


def test_scripts_of_an_allowed_origin_may_read_the_website_and_others_may_not(embedded, site):
    rule = {"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["GET", "HEAD"], "AllowedHeaders": ["*"]}
    s3 = embedded.client("s3", "us-west-2")
    s3.put_bucket_cors(Bucket=site, CORSConfiguration={"CORSRules": [rule]})
    endpoints = (site, f"{site}.s3.us-west-2.amazonaws.com")
    for host in endpoints:
        answer = embedded.viewer("s3", host, "/data.bin", headers={"Origin": "https://app.example.com"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
        assert "Origin" in answer.headers["vary"]
        other = embedded.viewer("s3", host, "/data.bin", headers={"Origin": "https://other.example.com"})
        assert (other.status, "access-control-allow-origin" in other.headers) == (200, False)
        assert "access-control-allow-origin" not in embedded.viewer("s3", host, "/data.bin").headers
