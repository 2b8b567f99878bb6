"""How commands run the CDK CLI of the project, on an account and on the embedded AWS."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import sites
from fake_accounts import ACCOUNT, refusal

from s3_failover.cli import deploying
from s3_failover.cli.deploying import deployer
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.account import Account

STAND_IN = Path(__file__).parents[1] / "local" / "stand_in_cdk"


class Project:
    """A CDK project with a stand-in for the CDK CLI, and what SSM knows of bootstraps."""

    def __init__(self, directory):
        self.directory, self.bootstrapped = directory, {}
        (directory / "cdk.json").write_text("{}")
        shutil.copytree(STAND_IN, directory / "node_modules" / "aws-cdk")

    def client(self, service, region):
        def get_parameter(**_):
            if region not in self.bootstrapped:
                raise refusal("ParameterNotFound", "GetParameter")
            return {"Parameter": {"Value": self.bootstrapped[region]}}

        return SimpleNamespace(get_parameter=get_parameter)

    def deployer(self, **where):
        target = Target(sites.site(), Account(ACCOUNT, self.client))
        return deployer(target, Where(config=Path("sites.toml"), **where), "eu-central-1")

    @property
    def calls(self):
        return [json.loads(line) for line in (self.directory / "calls.jsonl").read_text().splitlines()]


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("CALLS", str(tmp_path / "calls.jsonl"))
    monkeypatch.setenv("S3_FAILOVER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def test_the_projects_cli_deploys_stacks_with_the_credentials_of_the_shell(project, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ours")
    project.deployer(profile="me").deploy(["shop/*"])
    (call,) = project.calls
    assert call["arguments"][:2] == ["deploy", "shop/*"]
    assert f"config={project.directory / 'sites.toml'}" in call["arguments"]
    seen = call["environment"]
    assert (seen["AWS_PROFILE"], seen["AWS_ACCESS_KEY_ID"]) == ("me", "ours")
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-central-1"


def test_a_failed_deployment_says_how_to_go_on(project, monkeypatch):
    monkeypatch.setenv("STAND_IN_CDK", "fails")
    with pytest.raises(UserError) as caught:
        project.deployer().deploy(["shop/*"])
    text = str(caught.value)
    assert "the bucket exists" in text
    assert f"by hand it is `npx cdk deploy 'shop/*' -c config={project.directory / 'sites.toml'}`" in text
    assert text.endswith("running this command again goes on from here")


def test_a_region_that_is_not_bootstrapped_is_named_with_the_command(project):
    project.bootstrapped = {"eu-west-1": "21", "eu-west-2": "5"}
    project.deployer().prepare("eu-west-1")
    for region in ("eu-west-2", "eu-west-3"):
        with pytest.raises(
            UserError, match=f"run `npx cdk bootstrap aws://{ACCOUNT}/{region}`, then this command again"
        ):
            project.deployer().prepare(region)


def test_the_embedded_aws_is_bootstrapped(project, monkeypatch):
    emulator = SimpleNamespace(alive=True)
    monkeypatch.setattr(deploying.server, "require", lambda _: emulator)
    monkeypatch.setattr(deploying.surroundings, "for_cdk", lambda _: {"CALLS": str(project.directory / "calls.jsonl")})
    project.deployer(local=True).prepare("eu-west-3")
    (call,) = project.calls
    assert (call["arguments"][0], call["arguments"][-1]) == ("bootstrap", f"aws://{ACCOUNT}/eu-west-3")


@pytest.mark.parametrize("missing", ["cdk.json", "node_modules"])
def test_without_a_project_or_its_cli_the_command_by_hand_is_told(project, missing):
    path = project.directory / missing
    (shutil.rmtree if path.is_dir() else Path.unlink)(path)
    with pytest.raises(UserError, match=r"by hand it is `npx cdk deploy 'shop/\*'`, in the directory of cdk\.json"):
        project.deployer()
