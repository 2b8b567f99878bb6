"""Tools for S3 at the deployed site: what they do on it, and that they meet the outage of a region and of no other."""

import os
import shutil
import subprocess

import parts
import pytest
import viewer_programs

from breakable_aws import faults, surroundings

pytestmark = [pytest.mark.embedded, pytest.mark.long]

PRIMARY, REPLICA = "eu-west-1", "eu-central-1"
OPERATIONS = ("put", "list", "head", "get")
FAULTS = ("s3-refuse", "s3-503")
KEY = "tools/{tool}.txt"
BODY = "written by {tool}"
TERRAFORM_KEY, TERRAFORM_BODY = KEY.format(tool="terraform"), BODY.format(tool="terraform")
TERRAFORM = """
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "region" {}
variable "bucket" {}
variable "key" {}
variable "body" {}

provider "aws" {
  region                  = var.region
  max_retries             = 1
  s3_use_path_style       = true
  skip_metadata_api_check = true
}

resource "aws_s3_object" "put" {
  bucket       = var.bucket
  key          = var.key
  content      = var.body
  content_type = "text/plain"
}

data "aws_s3_objects" "list" {
  bucket     = var.bucket
  prefix     = var.key
  depends_on = [aws_s3_object.put]
}

data "aws_s3_object" "get" {
  bucket = var.bucket
  key    = aws_s3_object.put.key
}

output "listed" {
  value = join(" ", data.aws_s3_objects.list.keys)
}

output "body" {
  value = data.aws_s3_object.get.body
}
"""


def aws_cli(bucket, key, file):
    where = ["--bucket", bucket, "--key", key]
    return {
        "put": ["aws", "s3api", "put-object", *where, "--body", file],
        "list": ["aws", "s3api", "list-objects-v2", "--bucket", bucket],
        "head": ["aws", "s3api", "head-object", *where],
        "get": ["aws", "s3", "cp", f"s3://{bucket}/{key}", "-"],
    }


def rclone(bucket, key, file):
    once = ["--retries", "1", "--low-level-retries", "1"]
    return {
        "put": ["rclone", "copyto", file, f"site:{bucket}/{key}", *once],
        "list": ["rclone", "lsf", "--recursive", f"site:{bucket}", *once],
        "head": ["rclone", "lsjson", "--stat", f"site:{bucket}/{key}", *once],
        "get": ["rclone", "cat", f"site:{bucket}/{key}", *once],
    }


def s5cmd(bucket, key, file):
    program = ["s5cmd", "--retry-count", "0"]
    return {
        "put": [*program, "cp", file, f"s3://{bucket}/{key}"],
        "list": [*program, "ls", f"s3://{bucket}/*"],
        "head": [*program, "head", f"s3://{bucket}/{key}"],
        "get": [*program, "cat", f"s3://{bucket}/{key}"],
    }


TOOLS = {"aws": aws_cli, "rclone": rclone, "s5cmd": s5cmd}
HAVE = {
    "aws": "PyPI: awscli, Debian: awscli",
    "rclone": "Debian: rclone",
    "s5cmd": "`make test-long-parts` installs it",
    "terraform": "from HashiCorp",
}


def environment(aws, region):
    """The environment of a shell after `s3-failover local up`, with a region and without retries."""
    packages = os.environ.get(viewer_programs.PACKAGES)
    path = [os.environ.get("PATH", os.defpath), *([f"{packages}/s5cmd/bin"] if packages else [])]
    endpoint = aws.emulator.endpoint
    here = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_MAX_ATTEMPTS": "1", "S3_ENDPOINT_URL": endpoint}
    options = {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": endpoint, "REGION": region}
    options |= {"FORCE_PATH_STYLE": "true", "NO_CHECK_BUCKET": "true"}
    configured = {f"RCLONE_CONFIG_SITE_{name}": value for name, value in options.items()} | {
        "RCLONE_CONFIG": os.devnull
    }
    return surroundings.for_application(aws.emulator) | here | configured | {"PATH": os.pathsep.join(path)}


def run(aws, region, command, folder):
    own = environment(aws, region)
    program = shutil.which(command[0], path=own["PATH"])
    if program is None:
        pytest.skip(f"{command[0]} is not installed ({HAVE[command[0]]})")
    return subprocess.run(
        [program, *command[1:]], cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def copies(pages):
    """The buckets of the site in dns mode by region."""
    return pages["plain"].copies


@pytest.fixture
def healed(aws):
    yield
    faults.heal(aws.emulator)


@pytest.fixture(scope="module")
def rows():
    """What each tool did, one row for each."""
    found = []
    yield found
    parts.table("tools", ("tool", "region", "fault in eu-west-1", "operation", "exit code", "last line"), found)


def row(tool, region, fault, operation, ended):
    said = (each.strip("│╵╷ ") for each in (ended.stderr or ended.stdout).splitlines())
    lines = [each for each in said if each]
    return tool, region, fault, operation, ended.returncode, lines[-1][:110] if lines else ""


@pytest.fixture(params=TOOLS)
def use(request, aws, copies, tmp_path, rows):
    """Does an operation with a tool in a region, and returns how it ended."""
    tool = request.param
    file = tmp_path / "file"
    file.write_text(BODY.format(tool=tool))

    def used(operation, region, fault="none"):
        command = TOOLS[tool](copies[region], KEY.format(tool=tool), str(file))[operation]
        ended = run(aws, region, command, tmp_path)
        rows.append(row(tool, region, fault, operation, ended))
        return ended

    used.key, used.body = KEY.format(tool=tool), BODY.format(tool=tool)
    return used


@pytest.mark.parametrize("region", [PRIMARY, REPLICA])
def test_a_tool_writes_lists_and_reads_the_bucket_of_each_region(use, region):
    ended = {operation: use(operation, region) for operation in OPERATIONS}
    assert {operation: each.returncode for operation, each in ended.items()} == dict.fromkeys(OPERATIONS, 0), ended
    assert use.key in ended["list"].stdout
    assert str(len(use.body)) in ended["head"].stdout
    assert ended["get"].stdout == use.body


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tool_meets_the_outage_of_a_region_and_of_no_other(use, aws, fault, healed):
    for region in (PRIMARY, REPLICA):
        assert use("put", region).returncode == 0
    faults.break_(aws.emulator, fault, region=PRIMARY)
    lost = {operation: use(operation, PRIMARY, fault) for operation in OPERATIONS}
    assert [operation for operation, each in lost.items() if each.returncode == 0] == []
    kept = {operation: use(operation, REPLICA, fault) for operation in OPERATIONS}
    assert {operation: each.returncode for operation, each in kept.items()} == dict.fromkeys(OPERATIONS, 0), kept
    assert kept["get"].stdout == use.body


@pytest.fixture(scope="module")
def terraform(aws, copies, tmp_path_factory, rows):
    """Runs Terraform on a region's bucket, with a state of its own for each region."""
    folder = tmp_path_factory.mktemp("terraform")
    (folder / "main.tf").write_text(TERRAFORM)
    begun = run(aws, PRIMARY, ["terraform", "init", "-no-color", "-input=false"], folder)
    if begun.returncode:
        pytest.skip(f"terraform finds no provider hashicorp/aws: {begun.stderr.strip()}")

    def used(region, action, *options, fault="none"):
        given = {"region": region, "bucket": copies[region], "key": TERRAFORM_KEY, "body": TERRAFORM_BODY}
        variables = [f"-var={name}={value}" for name, value in given.items()]
        command = ["terraform", action, "-no-color", "-input=false", f"-state={region}.tfstate", *options, *variables]
        ended = run(aws, region, command, folder)
        rows.append(row("terraform", region, fault, action, ended))
        return ended

    return used


def test_terraform_meets_the_outage_of_a_region_and_of_no_other(terraform, aws, healed):
    for region in (PRIMARY, REPLICA):
        applied = terraform(region, "apply", "-auto-approve")
        assert applied.returncode == 0, applied.stderr
        assert f'listed = "{TERRAFORM_KEY}"' in applied.stdout
        assert f'body = "{TERRAFORM_BODY}"' in applied.stdout
    faults.break_(aws.emulator, "s3-refuse", region=PRIMARY)
    assert terraform(PRIMARY, "plan", fault="s3-refuse").returncode == 1
    # 0: the buckets are as declared; 2 would be a difference.
    assert terraform(REPLICA, "plan", "-detailed-exitcode", fault="s3-refuse").returncode == 0
