"""Deployments by the real CDK CLI that fail, are interrupted or meet what exists already, and are repeated."""

import itertools
import json
import os
import signal
import subprocess
import time

import pytest
from assemblies import Stack
from botocore.exceptions import ClientError
from schemas import as_declared

from breakable_aws import faults

pytestmark = pytest.mark.embedded

RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
_numbers = itertools.count(1)


@pytest.fixture
def stack(aws, tmp_path):
    number = next(_numbers)
    return Stack(aws, f"failing-{number}", tmp_path / "assembly")


@pytest.fixture
def bucket(stack):
    """The name of the stack's bucket."""
    return f"{stack.name}-bucket"


@pytest.fixture
def resources(stack, bucket):
    """A bucket, and a topic that is made after it."""
    return {
        "Content4F2A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}, **RETAINED},
        "Topic9C1E": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": stack.name}, "DependsOn": "Content4F2A"},
    }


@pytest.fixture
def broken(aws, stack):
    """Makes a resource of the stack fail until the test is over, or until the fault that it returns is healed."""
    made = []

    def break_(resource, **more):
        failing = faults.FailingResource(resource, stack.name, **more)
        made.append(faults.break_(aws.emulator, "resource-fails", failing=failing).id)
        return made[-1]

    yield break_
    in_effect = {fault.id for fault in faults.current(aws.emulator)}
    for fault in in_effect.intersection(made):
        faults.heal(aws.emulator, fault)


def exists(aws, bucket):
    try:
        aws.client("s3").head_bucket(Bucket=bucket)
    except ClientError:
        return False
    return True


def test_a_deployment_that_failed_is_repeated_with_the_same_command(aws, stack, bucket, resources, broken):
    stack.write(resources)
    fault = broken("Topic", message="a quota is used up")
    code, printed = stack.deploy()
    assert code == 1
    assert "a quota is used up" in printed
    assert stack.status == "ROLLBACK_COMPLETE"
    assert not exists(aws, bucket)
    faults.heal(aws.emulator, fault)
    code, printed = stack.deploy()
    assert code == 0, printed
    assert stack.status == "CREATE_COMPLETE"


@pytest.mark.long
def test_an_update_that_failed_is_repeated_with_the_same_command(aws, stack, resources, broken):
    stack.write(resources)
    assert stack.deploy()[0] == 0
    resources["Topic9C1E"]["Properties"]["DisplayName"] = "changed"
    stack.write(resources)
    fault = broken("AWS::SNS::Topic")
    code, printed = stack.deploy()
    assert (code, stack.status) == (1, "UPDATE_ROLLBACK_COMPLETE")
    assert "the fault resource-fails is in effect" in printed
    faults.heal(aws.emulator, fault)
    assert stack.deploy()[0] == 0
    assert stack.status == "UPDATE_COMPLETE"


@pytest.mark.long
def test_a_protected_stack_whose_creation_failed_blocks_the_next_deployment_until_protection_is_lifted(
    aws, stack, resources, broken
):
    stack.write(resources, protected=True)
    fault = broken("Topic")
    assert stack.deploy()[0] == 1
    faults.heal(aws.emulator, fault)
    code, printed = stack.deploy()
    assert code == 1
    assert "cannot be deleted while TerminationProtection is enabled" in printed
    aws.client("cloudformation").update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
    assert stack.deploy()[0] == 0


@pytest.mark.long
def test_a_bucket_that_exists_is_named_and_adopted_on_request(aws, stack, bucket, resources):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    stack.write(resources)
    code, printed = stack.deploy()
    assert code == 1
    assert f"Resource of type 'AWS::S3::Bucket' with identifier '{bucket}' already exists." in printed
    assert stack.status == "REVIEW_IN_PROGRESS"
    code, printed = stack.deploy("--import-existing-resources")
    assert code == 0, printed
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


@pytest.mark.long
def test_a_deployment_succeeds_once_the_bucket_in_its_way_is_gone(aws, stack, bucket, resources):
    aws.client("s3").create_bucket(Bucket=bucket)
    stack.write(resources)
    assert stack.deploy()[0] == 1
    aws.client("s3").delete_bucket(Bucket=bucket)
    assert stack.deploy()[0] == 0


@pytest.mark.long
def test_a_stack_that_was_destroyed_gets_its_bucket_back(aws, stack, bucket, resources):
    stack.write(resources)
    assert stack.deploy()[0] == 0
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"1")
    assert stack.run("destroy", "--force")[0] == 0
    assert stack.deploy()[0] == 1
    code, printed = stack.deploy("--import-existing-resources")
    assert code == 0, printed
    assert aws.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


@pytest.mark.long
def test_cdk_import_makes_a_stack_of_a_bucket(aws, stack, bucket, resources):
    aws.client("s3").create_bucket(Bucket=bucket)
    stack.write({"Content4F2A": resources["Content4F2A"]})
    mapping = json.dumps({"Content4F2A": {"BucketName": bucket}})
    code, printed = stack.run("import", "--resource-mapping-inline", mapping)
    assert code == 0, printed
    assert stack.status == "IMPORT_COMPLETE"
    stack.write(resources)
    assert stack.deploy()[0] == 0


@pytest.mark.long
def test_a_deployment_whose_cli_is_killed_goes_on_by_itself(aws, stack, bucket, resources, broken):
    stack.write(resources)
    fault = broken("Topic", after=3600)
    process = subprocess.Popen(
        stack.command("deploy", "--require-approval", "never"),
        cwd=stack.directory,
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: exists(aws, bucket))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert stack.status == "CREATE_IN_PROGRESS"
    faults.heal(aws.emulator, fault)
    until(lambda: stack.status == "CREATE_COMPLETE")
    code, printed = stack.deploy()
    assert code == 0
    assert "(no changes)" in printed


@pytest.mark.long
def test_a_creation_that_was_not_rolled_back_is_rolled_back_by_the_cli(aws, stack, bucket, resources, broken):
    stack.write(resources, bootstrapped=True)
    stack.bootstrap()
    broken("Topic")
    assert stack.deploy("--no-rollback")[0] == 1
    assert stack.status == "CREATE_FAILED"
    assert exists(aws, bucket)
    code, printed = stack.run("rollback")
    assert code == 0, printed
    assert stack.status == "ROLLBACK_COMPLETE"
    assert not exists(aws, bucket)


@pytest.mark.long
def test_a_rollback_of_an_update_that_failed_is_finished_by_the_cli(aws, stack, resources, broken):
    stack.write(resources, bootstrapped=True)
    stack.bootstrap()
    assert stack.deploy()[0] == 0
    resources["Topic9C1E"]["Properties"]["DisplayName"] = "changed"
    late = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stack.name}-late"}, "DependsOn": "Topic9C1E"}
    stack.write(resources | {"Late": late}, bootstrapped=True)
    broken("Late", after=3600)
    process = subprocess.Popen(
        stack.command("deploy", "--require-approval", "never"),
        cwd=stack.directory,
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: "Late" in [event["LogicalResourceId"] for event in stack.events()])
    fault = broken("Topic9C1E")
    aws.client("cloudformation").cancel_update_stack(StackName=stack.name)
    assert process.wait() == 1
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    faults.heal(aws.emulator, fault)
    code, printed = stack.run("rollback")
    assert code == 0, printed
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"


def until(holds):
    """Wait until something holds, as long as a deployment may take on a busy machine."""
    patience = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.1)


def local(aws, *arguments):
    process = aws.command("local", *arguments)
    printed, complaints = process.communicate()
    assert process.returncode == 0, complaints
    return printed


@pytest.mark.long
def test_the_command_line_breaks_shows_and_heals_a_resource(aws, stack, resources):
    told = local(aws, "break", "resource-fails", "--resource", "Topic", "--stack", stack.name, "--message", "not today")
    assert told == (
        f"CloudFormation fails to create and update a resource: Topic of {stack.name} until `s3-failover local heal`\n"
    )
    assert f"broken:        resource-fails Topic of {stack.name}\n" in local(aws, "status")
    assert "resource-fails" in json.loads(local(aws, "status", "--json"))["broken"]
    stack.write(resources)
    assert "not today" in stack.deploy()[1]
    assert as_declared("local heal", local(aws, "heal", "--json"))["healed"] == ["resource-fails"]
    assert "broken:" not in local(aws, "status")
    told = local(aws, "break", "resource-fails", "--resource", "Topic", "--json")
    assert as_declared("local break", told)["resource"] == "Topic"
    local(aws, "heal")
    as_declared("local break", local(aws, "break", "control-planes-down", "--for", "3600", "--json"))
    assert local(aws, "heal") == "healed control-planes-down\n"
    assert stack.deploy()[0] == 0
