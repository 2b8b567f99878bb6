import json
import os
import shlex
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from schemas import as_declared
from stand_ins import STAND_IN
from typer.testing import CliRunner

from breakable_aws import environment, health, server
from breakable_aws.errors import BreakableError
from breakable_aws.health import DeployedCheck
from breakable_aws.route53.snapshot import Reader, Snapshot, Zone
from breakable_aws.server import Server
from s3_failover.cli import local
from s3_failover.cli.app import app
from s3_failover.errors import UserError
from s3_failover.local import state as state_directory

ROOT = Path(__file__).parents[2]
SITE = """
[sites.shop]
hostname        = "shop.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
"""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Commands that start the stand-in of the embedded AWS's tests instead of the emulator."""
    monkeypatch.setenv("S3_FAILOVER_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(environment, "ensure", lambda *_, **__: Path(sys.executable))
    monkeypatch.setattr(local, "Server", partial(Server, program=STAND_IN))
    yield state_directory.default()
    server.stop(state_directory.default(), grace=0.2)


def run(*arguments):
    result = CliRunner().invoke(app, ["local", *arguments])
    if isinstance(result.exception, UserError | BreakableError):
        raise result.exception
    if "--json" in arguments:
        as_declared(f"local {arguments[0]}", result.stdout)
    return result


def test_up_prints_what_a_shell_evaluates(state):
    result = run("up")

    assert result.exit_code == 0
    words = [shlex.split(line) for line in result.stdout.splitlines()]
    assert {word for word, _ in words} == {"export"}
    variables = dict(assignment.split("=", 1) for _, assignment in words)
    assert variables["AWS_ENDPOINT_URL"] == server.require(state).endpoint
    assert variables["AWS_ACCESS_KEY_ID"] == "123456789012"
    assert variables["S3_FAILOVER_LOCAL"] == "1"
    assert variables["S3_FAILOVER_HOME"] == str(state.root)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("NO_PROXY", None, "127.0.0.1,localhost"),
        ("NO_PROXY", ".example.com, 10.0.0.1", ".example.com,10.0.0.1,127.0.0.1,localhost"),
        ("no_proxy", "localhost", "localhost,127.0.0.1"),
        ("NO_PROXY", "*", "*"),
    ],
)
def test_up_keeps_requests_to_itself_off_a_proxy(monkeypatch, name, given, expected):
    for each in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(each, raising=False)
    if given:
        monkeypatch.setenv(name, given)
    environment = json.loads(run("up", "--json").stdout)["environment"]
    assert (environment["NO_PROXY"], environment["no_proxy"]) == (expected, expected)


def test_the_shell_of_up_works_on_it_from_any_directory(state, monkeypatch, tmp_path):
    for name, value in json.loads(run("up", "--json").stdout)["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert run("status").exit_code == 0


def test_up_json_has_the_ports_and_the_environment():
    document = json.loads(run("up", "--json").stdout)

    assert document["environment"]["AWS_ENDPOINT_URL"] == document["endpoint"]
    assert {"account", "ca_file", "cloudfront_http", "cloudfront_https", "s3_http", "s3_https", "pid"} <= set(document)


def test_up_again_is_the_same_one():
    assert run("up").stdout == run("up").stdout


def test_up_fails_when_one_runs_at_another_port():
    run("up")

    with pytest.raises(UserError, match=r"is running at http://127\.0\.0\.1:\d+, not at port 1: stop it first"):
        run("up", "--port", "1")


def test_up_fails_when_dns_is_at_another_port():
    emulator = json.loads(run("up", "--json").stdout)

    assert run("up", "--dns-port", str(emulator["dns_port"])).exit_code == 0
    with pytest.raises(UserError, match=rf"answers at port {emulator['dns_port']}, not 1: stop it first"):
        run("up", "--dns-port", "1")


def test_up_says_on_stderr_how_to_ask_its_dns_for_a_site_of_the_configuration(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    port = json.loads(run("up", "--json").stdout)["dns_port"]
    assert f"dig @127.0.0.1 -p {port} HOSTNAME\n" in run("up").stderr

    (tmp_path / "failover.toml").write_text(SITE)
    assert f"dig @127.0.0.1 -p {port} shop.example.com\n" in run("up").stderr
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert " shop.example.com\n" in run("up").stderr, "the configuration is beside the state"


def test_up_says_how_to_ask_its_dns_for_a_site_that_is_deployed(monkeypatch):
    pair = [{"Name": "Blog.example.com.", "Failover": role} for role in ("PRIMARY", "SECONDARY")]
    deployed = Snapshot(zones=(Zone("example.com.", (*pair, {"Name": "example.com."})),))
    monkeypatch.setattr(Reader, "refresh", lambda _reader: deployed)
    assert " Blog.example.com\n" in run("up").stderr


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_state_directory_that_cannot_be_made_is_named_with_the_way_out(monkeypatch, tmp_path, place):
    (tmp_path / "file").touch()
    monkeypatch.setenv("S3_FAILOVER_HOME", str(tmp_path / place))
    with pytest.raises(BreakableError, match=rf"cannot write to {tmp_path}/{place}: .*; set S3_FAILOVER_HOME to a"):
        run("up")
    assert run("status").stdout == "not running\n"
    assert run("down").exit_code == 0


def test_status_says_that_the_data_plane_has_ended():
    emulator = json.loads(run("up", "--json").stdout)
    os.kill(emulator["dns_pid"], signal.SIGKILL)

    for _ in range(100):
        if run("status").exit_code == 1:
            break
    assert "its process has ended" in run("status").stdout


def test_health_fails_when_route_53_does_not_list_its_checks():
    run("up")

    with pytest.raises(BreakableError, match=r"does not list its health checks \(.+\): .*s3-failover local heal"):
        run("health")


def test_health_prints_a_table(monkeypatch):
    run("up")
    checks = [
        DeployedCheck(
            "1", "site primary", "HTTPS", "www.example.com/h", True, 93.75, "Success: HTTP Status Code 200, OK"
        ),
        DeployedCheck("2", "site failover", "CALCULATED", "1 of 2 checks", False, None, ""),
        DeployedCheck("33", "", "TCP", "b.example.com", None, None, ""),
    ]
    monkeypatch.setattr(health, "read", lambda emulator: checks)

    assert run("health").stdout.splitlines() == [
        "CHECK          STATE      CHECKERS  WATCHES            LAST STATUS",
        "site primary   healthy    94 %      www.example.com/h  Success: HTTP Status Code 200, OK",
        "site failover  UNHEALTHY            1 of 2 checks",
        "33             unknown              b.example.com",
    ]
    assert json.loads(run("health", "--json").stdout)["checks"][0]["percent"] == 93.75


def test_health_says_what_to_do_when_nothing_is_deployed(monkeypatch):
    run("up")
    monkeypatch.setattr(health, "read", lambda emulator: [])

    assert run("health").stdout == "no health checks: deploy a site with `s3-failover local deploy`\n"
    assert json.loads(run("health", "--json").stdout) == {"checks": []}


def test_status_follows_the_emulator(state):
    assert (run("status").exit_code, run("status").stdout) == (1, "not running\n")
    emulator = json.loads(run("up", "--json").stdout)

    assert run("status").exit_code == 0
    assert run("status").stdout.startswith(f"running at {emulator['endpoint']} (process {emulator['pid']})\n")
    document = json.loads(run("status", "--json").stdout)
    assert (document["running"], document["answers"], document["pid"]) == (True, True, emulator["pid"])


def test_status_json_when_none_runs():
    result = run("status", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (1, {"running": False, "answers": False})


def test_down_says_that_the_shell_still_has_what_up_told_it(monkeypatch):
    monkeypatch.setenv("S3_FAILOVER_LOCAL", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert ": unset AWS_ENDPOINT_URL AWS_SESSION_TOKEN S3_FAILOVER_HOME S3_FAILOVER_LOCAL" in run("down").stderr


def test_down_names_all_that_up_exports(monkeypatch):
    variables = json.loads(run("up", "--json").stdout)["environment"]
    assert {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} <= set(variables)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shared = {"NO_PROXY", "no_proxy"}
    assert f": unset {' '.join(name for name in variables if name not in shared)}\n" in run("down").stderr


def test_the_secret_is_in_the_exports_and_in_files_of_the_user_s_own_only(state):
    variables = json.loads(run("up", "--json").stdout)["environment"]
    secret = variables["AWS_SECRET_ACCESS_KEY"]

    assert secret not in run("status").stdout + run("status", "--json").stdout
    assert state.root.stat().st_mode & 0o777 == 0o700
    holding = [file for file in state.root.rglob("*") if file.is_file() and secret in file.read_text(errors="replace")]
    assert {file.name for file in holding} == {"run.json", "secret"}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in holding)


def test_down_stops_it_and_is_content_when_none_runs():
    emulator = json.loads(run("up", "--json").stdout)

    assert run("down").stdout == f"stopped {emulator['endpoint']} (process {emulator['pid']})\n"
    assert run("status").exit_code == 1
    assert (run("down").exit_code, run("down").stdout) == (0, "nothing to stop\n")


def test_deploy_fails_with_the_words_of_check(tmp_path):
    run("up")
    broken = tmp_path / "broken.toml"
    broken.write_text((ROOT / "failover.toml").read_text().replace("us-east-2", "nowhere-1"))
    expected = CliRunner().invoke(app, ["check", str(broken)]).stdout.rstrip("\n")

    with pytest.raises(UserError) as caught:
        run("deploy", "--config", str(broken))
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("has", "published"), [(["public", "examples/site"], "public"), (["examples/site"], "examples/site")]
)
def test_demo_publishes_the_content_of_the_project(tmp_path, monkeypatch, has, published):
    monkeypatch.chdir(tmp_path)
    Path("cdk.json").write_text("{}")
    Path("failover.toml").write_text(SITE)
    for name in has:
        (tmp_path / name).mkdir(parents=True)
    asked = []
    nothing = local.demo.DemoReport(steps=[], sites=[], drill=None)
    monkeypatch.setattr(local.demo, "run", lambda config, path, content, *_, **__: asked.append(content) or nothing)
    run("demo", "--json")
    assert asked == [tmp_path / published]


def test_demo_fails_outside_a_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BreakableError, match=r"no cdk\.json"):
        run("demo")


def test_prepare_prints_the_interpreter():
    assert (run("prepare").exit_code, run("prepare").stdout) == (0, f"{sys.executable}\n")
