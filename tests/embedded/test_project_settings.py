"""A project with a bootstrap qualifier and a permissions boundary in its `cdk.json`, and a site with tags of its own."""

import json

import pytest
from embedded_aws import ROOT, DeployedSite

from breakable_aws import cdk
from breakable_aws.state import StateDirectory
from s3_failover.local import deploy
from s3_failover.names import tags

pytestmark = [pytest.mark.embedded, pytest.mark.long]

QUALIFIER, BOUNDARY = "team7", "team-boundary"
PRIMARY, REPLICA = "eu-west-1", "eu-central-1"

SITE = f"""
[sites.settings]
hostname        = "settings.example.com"
primary_region  = "{PRIMARY}"
replica_regions = ["{REPLICA}"]
hosted_zone     = {{ id = "Z0SETTINGS0ABCDEFGHI", name = "example.com" }}
mode            = "hybrid"
secondary       = {{ type = "https" }}
tags            = {{ CostCenter = "1234", "team name" = "Web/Straße" }}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of its own around the app of this repository, below a path with a space."""
    directory = tmp_path_factory.mktemp("a project")
    settings = json.loads((ROOT / "cdk.json").read_text())
    settings["app"] = f"python3 '{ROOT / 'app.py'}'"
    settings["context"] |= {
        "@aws-cdk/core:bootstrapQualifier": QUALIFIER,
        "@aws-cdk/core:permissionsBoundary": {"name": BOUNDARY},
    }
    (directory / "cdk.json").write_text(json.dumps(settings))
    (directory / "node_modules").symlink_to(ROOT / "node_modules")
    (directory / "failover.toml").write_text(SITE)
    return directory


@pytest.fixture(scope="module")
def boundary(aws):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = aws.client("iam").create_policy(PolicyName=BOUNDARY, PolicyDocument=json.dumps(document))
    return made["Policy"]["Arn"]


@pytest.fixture(scope="module")
def site(aws, project, boundary):
    path = project / "failover.toml"
    config = deploy.read(path, aws.emulator.account)
    deploy.deploy(config, path, aws.emulator, StateDirectory(project / "state"), project=cdk.project_directory(project))
    return DeployedSite(aws, config.sites[0])


def test_the_stacks_are_deployed_with_what_the_qualifier_s_bootstrap_made(aws, site):
    for region in (PRIMARY, REPLICA):
        ssm = aws.client("ssm", region)
        assert int(ssm.get_parameter(Name=f"/cdk-bootstrap/{QUALIFIER}/version")["Parameter"]["Value"]) >= 6
    code = resources(aws, site, "AWS::Lambda::Function")
    assert code
    assets = {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"] if "-assets-" in bucket["Name"]}
    assert {name for name in assets if name.startswith(f"cdk-{QUALIFIER}-")}
    assert site.distribution(site.site.health_key).status == 200


def test_every_role_of_the_site_has_the_boundary(aws, site, boundary):
    roles = resources(aws, site, "AWS::IAM::Role")
    assert len(roles) >= 3
    for _, role in roles:
        found = aws.client("iam").get_role(RoleName=role)["Role"]
        assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary, role


def test_stacks_and_buckets_have_the_tags_of_the_site(aws, site):
    wanted = {"CostCenter": "1234", "team name": "Web/Straße", tags.SITE: "settings.example.com"}
    for name, stack in site.stacks().items():
        assert wanted.items() <= {tag["Key"]: tag["Value"] for tag in stack["Tags"]}.items(), name
    for region, bucket in site.copies.items():
        tagging = aws.client("s3", region).get_bucket_tagging(Bucket=bucket)["TagSet"]
        assert wanted.items() <= {tag["Key"]: tag["Value"] for tag in tagging}.items(), bucket


def resources(aws, site, resource_type):
    """The regions and physical ids of a type's resources in the site's stacks."""
    return [
        (stack["StackId"].split(":")[3], resource["PhysicalResourceId"])
        for name, stack in site.stacks().items()
        for resource in aws.client("cloudformation", stack["StackId"].split(":")[3]).describe_stack_resources(
            StackName=name
        )["StackResources"]
        if resource["ResourceType"] == resource_type
    ]
