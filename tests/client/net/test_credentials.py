"""Credentials that have to be asked for: a service other than S3 refuses them, and no region is at fault."""

import contextlib
import datetime
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from downloads import together
from serving import serving

from s3_failover import LocalFault, Outcome, Timeouts
from s3_failover.client.net import session

BODY = bytes(range(256)) * 4

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
        with contextlib.suppress(OSError):  # the client may have gone
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
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Sts)) as server:
        server.answer = 200, ROLE, lambda: None
        for name, value in {
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_PROFILE": "app",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{server.server_port}",
        }.items():
            monkeypatch.setenv(name, value)
        yield server


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


class TestStsOfSeveralRegions:
    nowhere = "http://127.0.0.1:1"

    @pytest.fixture
    def asked(self, sts, monkeypatch):
        """The regions whose STS was asked; those of `down` are out of reach, and the others are one server."""
        asked, create = [], botocore.session.Session.create_client

        def with_endpoint(session, service, region_name=None, **options):
            if service == "sts":
                asked.append(region_name or session.get_config_variable("region"))
                options["endpoint_url"] = self.nowhere if asked[-1] in self.down else None
            return create(session, service, region_name=region_name, **options)

        monkeypatch.setattr(botocore.session.Session, "create_client", with_endpoint)
        return asked

    @pytest.mark.parametrize("down", [["us-east-1"], ["us-east-1", "us-west-2"]])
    def test_a_role_is_assumed_in_the_next_region(self, asked, make_client, down):
        self.down = down
        client = make_client()
        assert client.get_object("key").body == BODY
        assert asked == [*down, client.regions[len(down)].name]
        assert untouched(client)

    def test_a_web_identity_is_taken_to_the_next_region(self, asked, sts, make_client, monkeypatch, tmp_path):
        (tmp_path / "token").write_text("token")
        monkeypatch.delenv("AWS_PROFILE")
        for name, value in {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/app",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        sts.answer = 200, ROLE.replace("AssumeRole", "AssumeRoleWithWebIdentity"), lambda: None
        self.down = ["us-east-1"]
        assert make_client().get_object("key").body == BODY
        assert asked == ["us-east-1", "us-west-2"]

    def test_an_sts_that_hangs_is_left_for_the_next_region(self, asked, make_client, monkeypatch):
        monkeypatch.setattr(session, "_BRIEF", Config(connect_timeout=20, read_timeout=0.2))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.down, self.nowhere = ["us-east-1"], f"http://127.0.0.1:{silent.getsockname()[1]}"
            assert make_client().get_object("key").body == BODY
        assert asked == ["us-east-1", "us-west-2"]

    def test_a_role_is_refused_where_no_region_answers(self, asked, make_client):
        self.down = ["us-east-1", "us-west-2", "eu-west-1"]
        client = make_client()
        with pytest.raises(LocalFault, match="no region is at fault"):
            client.get_object("key")
        assert asked == self.down
        assert untouched(client)

    @pytest.mark.parametrize(("status", "code", "tries"), [(503, "X", 3), (403, "RegionDisabledException", 3)])
    def test_an_sts_that_is_away_is_left(self, asked, sts, make_client, status, code, tries):
        self.down = []
        sts.answer = status, REFUSAL.format(code), lambda: None
        with pytest.raises(LocalFault):
            make_client().get_object("key")
        assert len(asked) == tries

    def test_a_refusal_is_not_asked_for_again(self, asked, sts, make_client):
        self.down = []
        sts.answer = 403, REFUSAL.format("AccessDenied"), lambda: None
        with pytest.raises(LocalFault, match="AccessDenied"):
            make_client().get_object("key")
        assert asked == ["us-east-1"]

    def test_two_clients_of_one_session_ask_each_region_once(self, asked, make_client):
        self.down = ["us-east-1", "us-west-2", "eu-west-1"]
        session = boto3.Session()
        make_client(session=session)
        with pytest.raises(LocalFault):
            make_client(session=session).get_object("key")
        assert asked == self.down


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


def role_for(minutes):
    """STS's answer with a role that is valid for so long."""
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    return ROLE.replace("2099-01-01T00:00:00Z", f"{end:%Y-%m-%dT%H:%M:%SZ}")


class TestWhileTheSourceIsDown:
    """botocore renews from 15 minutes before the end on, and lets every thread wait for it in the last ten."""

    @pytest.fixture
    def silence(self):
        """Makes each caller wait until the end of the test."""
        over = threading.Event()
        yield lambda: over.wait(60)
        over.set()

    def outage(self, sts, silence, status=200):
        sts.answer = status, REFUSAL.format("InternalFailure"), silence

    @pytest.mark.parametrize("minutes", [14, 9, 1])
    def test_credentials_that_are_still_valid_sign(self, sts, client, silence, minutes):
        sts.answer = 200, role_for(minutes), lambda: None
        client.get_object("key")
        self.outage(sts, silence)
        begin = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            assert set(threads.map(lambda _: client.get_object("key").body, range(20))) == {BODY}
        assert time.monotonic() - begin < 20
        assert untouched(client)

    def test_they_sign_when_the_source_refuses_too(self, sts, client):
        sts.answer = 200, role_for(9), lambda: None
        client.get_object("key")
        self.outage(sts, lambda: None, 500)
        for _ in range(3):
            assert client.get_object("key").body == BODY

    def test_no_request_waits_longer_than_its_deadline(self, sts, server, client, silence):
        self.outage(sts, silence)
        begin = time.monotonic()
        with pytest.raises(LocalFault, match="not arrived by the deadline of the request"):
            client.get_object("key", deadline=0.3)
        assert time.monotonic() - begin < 20
        assert untouched(client)
        assert sum(region.counts.requests for region in server.regions) == 0

    def test_new_credentials_are_used_when_they_come(self, sts, server, client):
        sts.answer = 200, role_for(9), lambda: None
        client.get_object("key")
        sts.answer = 200, ROLE.replace(">role<", ">fresh<"), lambda: None
        for _ in range(1000):
            client.get_object("key")
            if "Credential=fresh/" in server.regions[0].asked[-1]["authorization"]:
                return
            time.sleep(0.02)
        pytest.fail("never")

    def test_a_deadline_is_shared_by_the_regions_after_the_credentials_have_come(self, sts, server, make_client):
        late = threading.Event()
        sts.answer = 200, ROLE, lambda: late.wait(1)
        server.regions[0].fault("hang")
        client = make_client(timeouts=Timeouts(connect=5, read=5, attempt=5, deadline=20))
        found = client.get_object("key", deadline=10)
        assert [attempt.outcome for attempt in found.attempts] == [Outcome.DEADLINE, Outcome.SUCCESS]
        assert found.attempts[0].duration < 8


def refreshable(refresh, minutes):
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    return RefreshableCredentials("a", "b", "c", end, refresh, "test")


class TestASource:
    def test_asks_once_for_all_who_wait(self):
        asked, release = [], threading.Event()

        def refresh():
            asked.append(1)
            release.wait(60)
            return {"access_key": "n", "secret_key": "s", "token": "t", "expiry_time": "2099-01-01T00:00:00Z"}

        source = session.Source(refreshable(refresh, -1))

        def wait(number):
            if number == 3:
                release.set()
            return source.frozen(time.monotonic() + 30).access_key

        assert together(4, wait) == ["n"] * 4
        assert len(asked) == 1

    def test_does_not_ask_for_every_request_while_its_credentials_are_valid(self):
        asked = []

        def refresh():
            asked.append(1)
            raise RuntimeError("down")

        source = session.Source(refreshable(refresh, 9))
        for _ in range(200):
            source._look_at = 0
            assert source.frozen(time.monotonic() + 30).access_key == "a"
        assert len(asked) <= 1

    def test_stops_signing_when_they_have_expired(self):
        def refresh():
            raise RuntimeError("down")

        found = refreshable(refresh, 9)
        source = session.Source(found)
        source.frozen(time.monotonic() + 30)
        found._expiry_time -= datetime.timedelta(minutes=10)
        source._look_at = 0
        with pytest.raises(RuntimeError, match="down"):
            source.frozen(time.monotonic() + 30)

    def test_begins_anew_in_a_forked_child(self):
        release = threading.Event()
        found = refreshable(lambda: release.wait(60), 9)
        source = session.Source(found)
        source.frozen(time.monotonic() + 30)
        assert found._refresh_lock.locked() or source._renewal is not None
        source.after_fork()
        assert not found._refresh_lock.locked()
        release.set()

    def test_waits_itself_where_no_thread_can_be_had(self, threads_that_fail):
        threads_that_fail("s3-failover-credentials")
        fresh = {"access_key": "n", "secret_key": "s", "token": "t", "expiry_time": "2099-01-01T00:00:00Z"}
        assert session.Source(refreshable(lambda: fresh, -1)).frozen(time.monotonic() + 30).access_key == "n"

    def test_is_one_for_all_clients_of_a_session_and_goes_with_them(self, make_client):
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
        clients = [make_client(session=session) for _ in range(2)]
        held = {
            regional._client._request_signer._credentials._source
            for client in clients
            for regional in client._sender._clients.values()
        }
        assert len(held) == 1
