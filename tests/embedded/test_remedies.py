"""What `doctor` prints for a stack that is not as it should be leads out of it: the tests run the printed commands."""

import json
import re

import aws_cli
import first_deployments
import pytest
from first_deployments import EDGE, PRIMARY, REPLICA

from breakable_aws import faults
from s3_failover.config import StackRole
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import stacks

pytestmark = [pytest.mark.embedded, pytest.mark.long]
ACCOUNT = 'account = "123456789012"'


@pytest.fixture(scope="module")
def bootstrapped(aws):
    first_deployments.bootstrap(aws, EDGE, PRIMARY, REPLICA)
    return aws


@pytest.fixture
def deployment(bootstrapped, tmp_path):
    return lambda name, more="": first_deployments.prepare(bootstrapped, tmp_path, name, more=more)


def finding(account, site, role, region):
    """The one finding about a stack."""
    deployment = Deployment(site.site.site, account)
    where = f"{site.site.site.naming.stack(role, region)} in {region}"
    (found,) = [each for each in stacks.look(deployment) if each.where == where]
    return found


def follow(site, remedy):
    """Run the commands of a remedy, in their order."""
    for command in re.findall(r"`([^`]+)`", remedy):
        words = command.split()
        if words[0] == "aws":
            aws_cli.run(site.aws, command)
        elif words[:3] == ["npx", "cdk", "rollback"]:
            outcome = site.aws.cdk("rollback", site.directory, "--force")
            assert outcome.code == 0, "\n".join(outcome.lines)
        else:
            assert words[:4] == ["npx", "cdk", "deploy", "--all"], command
            site.succeeds(*words[4:])


def test_a_creation_that_was_rolled_back(account, deployment):
    site = deployment("rolled-back")
    with site.failing("AWS::CloudWatch::CompositeAlarm", StackRole.EDGE, EDGE):
        site.fails()
    found = finding(account, site, StackRole.EDGE, EDGE)
    assert "is ROLLBACK_COMPLETE" in found.what
    follow(site, found.remedy)


def test_a_creation_that_was_rolled_back_although_its_stack_is_protected(account, deployment):
    site = deployment("protected", 'distribution_id = "E2QWRUHAPOMQZL"')
    with site.failing("AWS::CloudWatch::CompositeAlarm", StackRole.EDGE, EDGE):
        site.fails()
    assert "TerminationProtection" in site.fails()
    found = finding(account, site, StackRole.EDGE, EDGE)
    assert "update-termination-protection" in found.remedy
    aws_cli.run(site.aws, re.findall(r"`([^`]+)`", found.remedy)[1])
    # The id is not that of the distribution that is made, which the buckets would refuse.
    site = first_deployments.changed(site, ('distribution_id = "E2QWRUHAPOMQZL"', ""))
    site.succeeds()


def test_a_rollback_that_could_not_remove_a_bucket_with_something_in_it(account, deployment):
    site = deployment("filled", ACCOUNT)
    with site.failing("Custom::HealthObject", StackRole.PRIMARY, PRIMARY, after=8):
        process = first_deployments.start(site)
        s3, bucket = site.aws.client("s3", PRIMARY), site.site.primary
        first_deployments.until(lambda: first_deployments.put(s3, bucket, "early.txt", b"early"))
        process.wait(120)
    found = finding(account, site, StackRole.PRIMARY, PRIMARY)
    assert "is ROLLBACK_FAILED" in found.what
    follow(site, found.remedy)
    assert site.site.read(PRIMARY, "early.txt") == b"early"


def test_a_creation_without_rollback(account, deployment):
    site = deployment("left", ACCOUNT)
    with site.failing("AWS::CloudWatch::CompositeAlarm", StackRole.EDGE, EDGE):
        site.fails("--no-rollback")
    found = finding(account, site, StackRole.EDGE, EDGE)
    assert "is CREATE_FAILED" in found.what
    follow(site, found.remedy)


def test_a_change_set_that_was_never_executed(account, deployment):
    site = deployment("reviewed")
    site.run("--method", "prepare-change-set")
    found = finding(account, site, StackRole.WEBSITE, REPLICA)
    assert "is REVIEW_IN_PROGRESS" in found.what
    follow(site, found.remedy)


def test_an_update_that_could_not_be_rolled_back(account, deployment):
    site = deployment("stuck")
    site.succeeds()
    changed = first_deployments.changed(
        site, ("clients         = {}", "clients         = {}\nrecord_ttl = 30\nhealth_check_threshold = 5")
    )
    with (
        changed.failing("AWS::Route53::RecordSet", StackRole.EDGE, EDGE),
        changed.failing("AWS::Route53::HealthCheck", StackRole.EDGE, EDGE, after=1),
    ):
        changed.fails()
    found = finding(account, changed, StackRole.EDGE, EDGE)
    assert "UPDATE_ROLLBACK" in found.what
    follow(changed, found.remedy)


def test_an_update_that_was_rolled_back(account, deployment):
    site = deployment("taken-back")
    site.succeeds()
    changed = first_deployments.changed(
        site, ("clients         = {}", "clients         = {}\nhealth_check_threshold = 5")
    )
    with changed.failing("AWS::CloudWatch::Alarm", StackRole.EDGE, EDGE):
        changed.run()
    changed.succeeds()


def test_stacks_that_were_destroyed_and_left_their_buckets(account, deployment):
    site = deployment("destroyed", ACCOUNT)
    site.succeeds()
    site.site.put("kept.txt", b"kept")
    outcome = site.aws.cdk("destroy", site.directory, "--force")
    assert outcome.code == 0, "\n".join(outcome.lines)
    found = finding(account, site, StackRole.PRIMARY, PRIMARY)
    assert site.site.primary in found.remedy
    follow(site, found.remedy)
    assert {site.site.read(region, "kept.txt") for region in site.site.copies} == {b"kept"}


def test_stacks_that_were_destroyed_where_the_account_was_not_written_down(account, deployment):
    site = deployment("computed")
    site.succeeds()
    assert site.aws.cdk("destroy", site.directory, "--force").code == 0
    found = finding(account, site, StackRole.PRIMARY, PRIMARY)
    assert "set account = " in found.remedy
    written = first_deployments.changed(site, ("clients         = {}", f"clients         = {{}}\n{ACCOUNT}"))
    follow(written, found.remedy)


def test_a_deletion_that_failed(account, deployment):
    site = deployment("undeleted", ACCOUNT)
    site.succeeds()
    iam = site.aws.client("iam")
    stack = site.site.stacks()[site.site.site.naming.stack(StackRole.CLIENTS, REPLICA)]
    arn = next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "PolicyArn")
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    iam.create_role(RoleName="host-of-a-test", AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName="host-of-a-test", PolicyArn=arn)
    site.aws.cdk("destroy", site.directory, "--force")
    found = finding(account, site, StackRole.CLIENTS, REPLICA)
    assert "is DELETE_FAILED" in found.what
    iam.detach_role_policy(RoleName="host-of-a-test", PolicyArn=arn)
    iam.delete_role(RoleName="host-of-a-test")
    follow(site, found.remedy)


@pytest.fixture(autouse=True)
def healed(aws):
    yield
    faults.heal(aws.emulator)


def test_a_site_whose_table_left_the_file(bootstrapped, deployment, tmp_path):
    former = deployment("former", more='protected_regions = ["eu-west-1"]')
    former.succeeds()
    first_deployments.prepare(bootstrapped, tmp_path, "another")
    left = left_over(bootstrapped, tmp_path, former)
    assert {each["stack"] for each in left} == set(former.statuses())
    for each in left:
        follow(former, each["remedy"])
    first_deployments.until(lambda: left_over(bootstrapped, tmp_path, former) == [])


def left_over(aws, directory, site):
    """What `status` says is left over of a site."""
    with aws.command("status", "--config", str(directory / "failover.toml"), "--local", "--json") as running:
        printed, told = running.communicate(timeout=300)
    assert "Traceback" not in told, told
    document = json.loads(printed)
    assert document["not_listed"] == {}
    return [each for each in document["left_over"] if each["hostname"] == site.site.site.hostname]
