"""Credentials that have to be asked for: whoever refuses them is not S3, and no region is at fault."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from s3_failover import LocalFault, Outcome, Timeouts

PROFILE = """
[profile app]
role_arn = arn:aws:iam::123456789012:role/app
source_profile = base
region = us-east-1
[profile base]
aws_access_key_id = access
aws_secret_access_key = secret
"""
REFUSAL = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>no role for you</Message></Error></ErrorResponse>"
)
ROLE = """
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><AssumedRoleId>A:b</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/app/b</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>role</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
"""


class Sts(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        status, body, wait = self.server.answer
        wait()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def sts(monkeypatch, tmp_path):
    """A role that is assumed before the first request, and the STS that is asked for it."""
    (tmp_path / "config").write_text(PROFILE)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), Sts) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.answer = 200, ROLE, lambda: None
        for name, value in {
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_PROFILE": "app",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{server.server_port}",
        }.items():
            monkeypatch.setenv(name, value)
        yield server
        server.shutdown()
        thread.join()


def untouched(client):
    return not any(region.failing or region.misconfigured or region.ejected for region in client.health())


def test_a_role_is_assumed_once(sts, server, client):
    client.get_object("key")
    sts.answer = 403, REFUSAL.format("AccessDenied"), lambda: None
    assert client.get_object("key").body
    assert "Credential=role/" in server.regions[0].asked[0]["authorization"]


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (503, "ServiceUnavailable"), (400, "Throttling"), (404, "NoSuchKey")]
)
def test_a_role_that_sts_refuses_is_no_regions_fault(sts, server, client, status, code):
    sts.answer = status, REFUSAL.format(code), lambda: None
    with pytest.raises(LocalFault, match=f"{code}.*no region is at fault: give it valid credentials") as caught:
        client.get_object("key")
    assert [attempt.outcome for attempt in caught.value.attempts] == [Outcome.LOCAL]
    assert untouched(client)
    assert [region.counts.requests for region in server.regions] == [0, 0, 0]


def test_an_sts_out_of_reach_is_no_regions_fault(sts, client, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    with pytest.raises(LocalFault, match="no region is at fault: give it valid credentials"):
        client.get_object("key")
    assert untouched(client)


def test_credentials_that_come_late_take_no_time_from_the_region(sts, make_client):
    late = threading.Event()
    sts.answer = 200, ROLE, lambda: late.wait(0.6)
    client = make_client(timeouts=Timeouts(connect=0.5, read=0.5, attempt=0.5, deadline=20))
    assert len(client.get_object("key").attempts) == 1
    assert untouched(client)


@pytest.mark.parametrize("program", ["/nowhere/at/all", "false"])
def test_a_credential_process_that_fails_is_no_regions_fault(make_client, monkeypatch, tmp_path, program):
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {program}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(LocalFault, match="no region is at fault"):
        make_client()
