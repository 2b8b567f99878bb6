"""A site in a stage, deployed as a pipeline deploys it: the commands find it by its file, as any other."""

import json

import pytest
from aws_cdk import Environment, Stage
from cdk_templates import ROOT, new_app
from embedded_aws import DeployedSite

from breakable_aws.state import StateDirectory
from s3_failover.local import deploy
from s3_failover.operations.deployment import Deployment
from s3_failover_stacks import add_sites

pytestmark = [pytest.mark.embedded, pytest.mark.long]

FILE = """
[sites.staged]
hostname        = "staged.example.info"
primary_region  = "eu-west-3"
replica_regions = ["eu-north-1"]
hosted_zone     = { id = "Z05566778899ABCDEFGHI", name = "example.info" }
mode            = "dns"
"""


@pytest.fixture(scope="module")
def directory(aws, tmp_path_factory):
    """The directory of the configuration, from which the site has been deployed."""
    directory = tmp_path_factory.mktemp("staged")
    path = directory / "failover.toml"
    path.write_text(FILE)
    app = new_app(directory / "assembly")
    add_sites(Stage(app, "prod", env=Environment(account=aws.emulator.account)), path)
    app.synth()
    settings = {"app": str(directory / "assembly" / "assembly-prod")}
    (directory / "cdk.json").write_text(json.dumps(json.loads((ROOT / "cdk.json").read_text()) | settings))
    (directory / "node_modules").symlink_to(ROOT / "node_modules")
    config = deploy.read(path, aws.emulator.account)
    deploy.deploy(config, path, aws.emulator, StateDirectory(directory), project=directory)
    return directory


def test_every_stack_is_there_and_is_the_sites(aws, account, directory):
    site = deploy.read(directory / "failover.toml", aws.emulator.account).sites[0]
    stacks = Deployment(site, account).stacks
    assert {(stack.status, stack.owner) for stack in stacks} == {("CREATE_COMPLETE", "staged.example.info")}
    assert DeployedSite(aws, site).head("eu-north-1", site.health_key)


def test_commands_find_it(aws, directory):
    of_app = ["--config", str(directory / "assembly" / "assembly-prod")]
    for command in (
        ["status", "--local", "--json"],
        ["doctor", "staged", "--local", "--json"],
        ["status", "--local", "--json", *of_app],
    ):
        with aws.command(*command, cwd=directory) as process:
            printed, told = process.communicate(timeout=300)
        assert "staged.example.info" in printed, told
        assert "no stack" not in printed + told
