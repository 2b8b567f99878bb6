import datetime
import json

import boto3
import pytest
import typer
from botocore.stub import Stubber
from typer.testing import CliRunner

from s3_failover import checkers
from s3_failover.checkers import Ranges, read
from s3_failover.cli import checker_ranges as command
from s3_failover.errors import UserError

OURS = Ranges("test", "2026-01-01", ("192.0.2.0/25", "198.51.100.0/24", "203.0.113.0/24"), ("2001:db8::/32",))
SAME = [*OURS.ipv4, *OURS.ipv6]
CHANGED = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "ranges.json"
    place.write_text(OURS.as_json())
    place.chmod(0o644)
    return place


@pytest.fixture
def route53(monkeypatch):
    client = boto3.client("route53", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(command, "_route53", lambda: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def run(*arguments):
    app = typer.Typer()
    app.command()(command.checker_ranges)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(route53, ranges):
    route53.add_response("get_checker_ip_ranges", {"CheckerIpRanges": ranges}, {})


def test_the_shipped_ranges_are_printed_one_to_a_line_without_asking_anybody(monkeypatch):
    monkeypatch.setattr(command, "_route53", lambda: pytest.fail("asked Route 53"))
    result = run()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [*checkers.ipv4(), *checkers.ipv6()]


def test_json_holds_the_file(file):
    result = run("--file", file, "--json")
    assert json.loads(result.stdout) == json.loads(file.read_text())


def test_no_change_exits_with_0(file, route53):
    answer(route53, SAME[::-1])
    result = run("--file", file, "--refresh")
    assert (result.exit_code, result.stdout) == (0, "no change since 2026-01-01\n")


def test_a_change_is_shown_and_exits_with_3_and_writes_nothing(file, route53):
    answer(route53, CHANGED)
    result = run("--file", file, "--refresh")
    assert result.exit_code == 3
    assert result.stdout.splitlines()[:2] == ["+ 192.0.2.0/24", "- 192.0.2.0/25"]
    assert read(file) == OURS


def test_json_shows_the_change(file, route53):
    answer(route53, CHANGED)
    result = run("--file", file, "--refresh", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert (document["added"], document["removed"], document["written"]) == (["192.0.2.0/24"], ["192.0.2.0/25"], False)


def test_a_change_is_written_with_its_date_and_source(file, route53):
    answer(route53, CHANGED)
    result = run("--file", file, "--write")
    written = read(file)
    assert result.exit_code == 0
    assert [*written.ipv4, *written.ipv6] == CHANGED
    assert written.retrieved == datetime.datetime.now(datetime.UTC).date().isoformat()
    assert "GetCheckerIpRanges" in written.source
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(file.parent.iterdir()) == [file]


def test_without_a_change_the_file_keeps_its_date(file, route53):
    answer(route53, SAME)
    assert run("--file", file, "--write").exit_code == 0
    assert read(file) == OURS


def test_an_answer_without_ipv6_keeps_ours(file, route53):
    answer(route53, list(OURS.ipv4))
    assert run("--file", file, "--refresh").exit_code == 0


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        ["2001:db8::/32"],
        ["0.0.0.0/0"],
        ["8.0.0.0/7", "192.0.2.0/25"],
        ["192.0.2.0/25", "nonsense"],
        ["192.0.2.0/25", "::/0"],
        ["192.0.2.0/25"],
    ],
)
def test_an_answer_that_is_not_sane_is_not_written(file, route53, ranges):
    answer(route53, ranges)
    result = run("--file", file, "--write")
    assert isinstance(result.exception, UserError)
    assert "refused" in str(result.exception)
    assert read(file) == OURS
    assert list(file.parent.iterdir()) == [file]


def test_half_of_the_ranges_are_enough(file, route53):
    answer(route53, list(OURS.ipv4[:2]))
    assert run("--file", file, "--write").exit_code == 0


def test_an_error_of_route_53_is_an_error_for_the_user(file, route53):
    route53.add_client_error("get_checker_ip_ranges", "Throttling", "Rate exceeded")
    result = run("--file", file, "--refresh")
    assert isinstance(result.exception, UserError)
    assert "Rate exceeded" in str(result.exception)


def test_a_file_that_cannot_be_read_is_an_error_for_the_user(tmp_path):
    assert isinstance(run("--file", tmp_path / "none.json").exception, UserError)
    (tmp_path / "bad.json").write_text("{}")
    assert "bad.json" in str(run("--file", tmp_path / "bad.json").exception)


def test_a_file_that_cannot_be_written_is_an_error_for_the_user(file, route53, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    answer(route53, CHANGED)
    result = run("--file", file, "--write")
    assert isinstance(result.exception, UserError)
    assert read(file) == OURS
    assert list(file.parent.iterdir()) == [file]


def test_route_53_is_asked_without_credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    client = command._route53()
    seen = []
    client.meta.events.register("before-send.route53", lambda request, **_: seen.append(request) or _refused())
    with pytest.raises(ConnectionRefusedError):
        client.get_checker_ip_ranges()
    assert seen[0].url == "https://route53.amazonaws.com/2013-04-01/checkeripranges"
    assert "Authorization" not in seen[0].headers


def _refused():
    raise ConnectionRefusedError
