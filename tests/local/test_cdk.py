import json
import os
import shutil
import threading
import time
from pathlib import Path

import psutil
import pytest

from breakable_aws import cdk, processes
from breakable_aws.errors import BreakableError
from breakable_aws.secret import session_token
from s3_failover.config import load
from s3_failover.errors import UserError
from s3_failover.local.deploy import deploy, read, regions

EXAMPLE = Path(__file__).parents[2] / "failover.toml"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A CDK project with a stand-in for the CDK CLI, run by the real Node.js."""
    directory = tmp_path / "project"
    monkeypatch.setenv("CALLS", str(directory / "calls.jsonl"))
    shutil.copytree(Path(__file__).parent / "stand_in_cdk", directory / "node_modules" / "aws-cdk")
    (directory / "cdk.json").write_text("{}")
    shutil.copy(EXAMPLE, directory / "failover.toml")
    return directory


def calls(project):
    return [json.loads(line) for line in (project / "calls.jsonl").read_text().splitlines()]


def run_deploy(project, emulator, state, **options):
    config = project / "failover.toml"
    deploy(read(config, emulator.account), config, emulator, state, project=project, **options)


def test_deploy_makes_the_zones_bootstraps_every_region_and_deploys_all(project, stand_in, state):
    said = []
    run_deploy(project, stand_in.start(), state, say=said.append)

    bootstrap, deployment = (call["arguments"] for call in calls(project))
    assert (state.emulator_state / "requests").read_text() == (
        '/_breakable/hosted-zones/Z0123456789ABCDEFGHIJ {"name": "example.com"}\n'
    )
    targets = {argument for argument in bootstrap if argument.startswith("aws://")}
    assert targets == {f"aws://123456789012/{region}" for region in regions(load(EXAMPLE).sites)}
    assert "aws://123456789012/us-east-1" in targets
    assert deployment[:2] == ["deploy", "--all"]
    assert f"config={project / 'failover.toml'}" in deployment
    assert said[-2:] == ["stack 1 of 2: SiteReplica", "stack 2 of 2: SitePrimary"]
    assert "SitePrimary (site-primary): deploying... [2/2]" in state.cdk_log.read_text()


def test_only_the_deployment_runs_the_app(project, stand_in, state):
    run_deploy(project, stand_in.start(), state)

    assert [call["cwd"] for call in calls(project)] == [str(state.root), str(project)]


def test_without_a_qualifier_the_regions_are_bootstrapped_as_the_cdk_does_it(project, stand_in, state):
    run_deploy(project, stand_in.start(), state)

    assert "--qualifier" not in calls(project)[0]["arguments"]


def test_bootstraps_with_the_qualifier_of_the_project_in_a_stack_of_its_own(project, stand_in, state):
    (project / "cdk.json").write_text(json.dumps({"context": {cdk.QUALIFIER: "my_team"}}))
    run_deploy(project, stand_in.start(), state)

    arguments = calls(project)[0]["arguments"]
    assert arguments[arguments.index("--qualifier") + 1] == "my_team"
    assert arguments[arguments.index("--toolkit-stack-name") + 1] == "CDKToolkit-my-team"


@pytest.mark.parametrize("qualifier", ["", "eleven-long", "a.b", 7])
def test_fails_for_a_qualifier_that_the_bootstrap_stack_does_not_take(project, qualifier):
    (project / "cdk.json").write_text(json.dumps({"context": {cdk.QUALIFIER: qualifier}}))

    with pytest.raises(
        BreakableError, match=r"cdk\.json: @aws-cdk/core:bootstrapQualifier is .*, expected 1 to 10 letters"
    ):
        cdk.qualifier(project)


@pytest.mark.parametrize("text", ["", "[]", '{"context": 1}', "{"])
def test_fails_for_a_cdk_json_without_a_context_to_read(project, text):
    (project / "cdk.json").write_text(text)

    with pytest.raises(BreakableError, match=r"cdk\.json is not a JSON object"):
        cdk.qualifier(project)


def test_the_cdk_sees_the_emulator_and_nothing_of_the_person_s_aws(project, stand_in, state, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_S3", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "the person's")
    emulator = stand_in.start()
    run_deploy(project, emulator, state)

    seen = calls(project)[1]["environment"]
    assert "the person's" not in seen.values()
    assert seen["AWS_ENDPOINT_URL"] == emulator.endpoint
    assert seen["AWS_ACCESS_KEY_ID"] == "123456789012"
    assert seen["AWS_SECRET_ACCESS_KEY"] == emulator.secret
    assert seen["AWS_SESSION_TOKEN"] == session_token(emulator.secret)
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert seen["CDK_DISABLE_CLI_TELEMETRY"] == "true"
    assert seen["PATH"].split(os.pathsep)[1] == str(Path(seen["JSII_NODE"]).parent)


def test_the_cdk_has_a_home_where_the_person_has_none(project, stand_in, state, monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    run_deploy(project, stand_in.start(), state)
    assert calls(project)[1]["environment"]["HOME"] == str(state.root)


def test_a_failed_resource_is_shown_however_much_follows(project, stand_in, state, monkeypatch):
    monkeypatch.setenv("STAND_IN_CDK", "fails")

    with pytest.raises(BreakableError) as caught:
        run_deploy(project, stand_in.start(), state)
    text = str(caught.value)
    assert text.startswith("cdk deploy failed with exit code 1; it printed:\n")
    assert "CREATE_FAILED | AWS::S3::Bucket | Bucket (BucketA1B2) the bucket exists" in text
    assert text.endswith("‣ Error: the stack named SiteReplica failed creation")
    assert len(text.splitlines()) < 20


def test_fails_when_the_emulator_dies_while_deploying_and_ends_the_cdk(project, stand_in, state, monkeypatch):
    monkeypatch.setenv("STAND_IN_CDK", "hangs")
    emulator = stand_in.start()

    def kill_it():
        while not (project / "cdk.pid").exists():
            time.sleep(0.02)
        processes.end(emulator.pid)

    killer = threading.Thread(target=kill_it)
    killer.start()
    with pytest.raises(UserError, match=r"the embedded AWS ended during the deployment, .*\n  starting"):
        run_deploy(project, emulator, state)
    killer.join()
    assert not psutil.pid_exists(int((project / "cdk.pid").read_text()))


def test_an_interrupt_ends_the_cdk(project, stand_in, state, monkeypatch):
    monkeypatch.setenv("STAND_IN_CDK", "hangs")

    def interrupt(line):
        if line.startswith("stack 1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_deploy(project, stand_in.start(), state, say=interrupt)
    assert not psutil.pid_exists(int((project / "cdk.pid").read_text()))


def test_fails_when_the_emulator_refuses_a_zone(project, stand_in, state, monkeypatch):
    monkeypatch.setenv("STAND_IN", "refuses")

    with pytest.raises(
        BreakableError, match=r"the embedded AWS refuses hosted-zones/Z0123456789ABCDEFGHIJ: status 500"
    ):
        run_deploy(project, stand_in.start(), state)


@pytest.mark.parametrize("version", ["2.1147.0", "2.1148.1", "2.2000.0"])
def test_takes_a_cdk_cli_that_reads_today_s_assemblies(version):
    cdk.require_version(version)


@pytest.mark.parametrize("version", ["3.0.0", "2.1146.9", "2.99.0", "1.2000.0", "nonsense", ""])
def test_fails_for_a_cdk_cli_that_does_not(version):
    with pytest.raises(BreakableError, match=rf"CDK CLI is {version}, expected 2\.x from 2\.1147\.0 on.*npm ci"):
        cdk.require_version(version)


def test_fails_without_a_cdk_cli(project):
    shutil.rmtree(project / "node_modules")

    with pytest.raises(BreakableError, match=r"no CDK CLI in .*aws-cdk, expected aws-cdk 2\.x: run `make setup`"):
        cdk.script(project)


def test_the_project_is_found_from_below(project):
    below = project / "a" / "b"
    below.mkdir(parents=True)

    assert cdk.project_directory(below) == project


def test_fails_outside_a_project(tmp_path):
    with pytest.raises(BreakableError, match=r"no cdk\.json in .* or above"):
        cdk.project_directory(tmp_path)


def test_fails_for_a_site_of_another_account(project):
    config = project / "failover.toml"
    config.write_text(config.read_text() + '\naccount = "210987654321"\n')

    with pytest.raises(UserError, match=r"sites\.assets\.account is 210987654321, expected 123456789012 or nothing"):
        read(config, "123456789012")


def test_fails_for_existing_replicas_in_another_account(project):
    config = project / "failover.toml"
    more = (
        'account = "123456789012"\nreplica_account = "210987654321"\nexisting = { replica_buckets = { %s = "%s" } }\n'
    )
    site = read(config, "123456789012").sites[-1]
    config.write_text(f"{config.read_text()}\n{more % (site.replica_regions[0], site.hostname)}")

    with pytest.raises(UserError, match=r"existing\.replica_buckets in another account, expected one of the two"):
        read(config, "123456789012")


def test_fails_with_every_finding_of_the_configuration(tmp_path):
    config = tmp_path / "failover.toml"
    config.write_text(EXAMPLE.read_text().replace("us-east-2", "nowhere-1").replace('"dns"', '"both"'))

    with pytest.raises(UserError, match=r"failover\.toml: \d finding"):
        read(config, "123456789012")
