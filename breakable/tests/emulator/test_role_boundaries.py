"""A role's permissions boundary, read back through IAM."""

import json

import pytest

pytestmark = pytest.mark.embedded

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NAME = {"Name": {"Value": {"Ref": "R"}}}


def role(**more):
    return {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **more}}}


def boundary_of(iam, name):
    return iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


@pytest.fixture
def policy(embedded, unique):
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    made = embedded.client("iam").create_policy(PolicyName=unique("boundary"), PolicyDocument=json.dumps(document))
    return made["Policy"]["Arn"]


def test_a_role_has_the_boundary_of_its_template_until_the_template_drops_it(embedded, policy):
    iam = embedded.client("iam")
    stack = embedded.deploy(role(PermissionsBoundary=policy), outputs=NAME)
    name = embedded.output(stack, "Name")
    assert boundary_of(iam, name) == policy
    embedded.deploy(role(), name=stack, outputs=NAME)
    assert embedded.output(stack, "Name") == name
    assert boundary_of(iam, name) is None
    embedded.deploy(role(PermissionsBoundary=policy), name=stack, outputs=NAME)
    assert boundary_of(iam, name) == policy


def test_a_boundary_that_does_not_exist_is_refused(embedded):
    missing = "arn:aws:iam::123456789012:policy/missing"
    stack = embedded.begin(role(PermissionsBoundary=missing))
    assert embedded.settled(stack) == "ROLLBACK_COMPLETE"
    assert any(f"Scope ARN: {missing} does not exist" in why for why in embedded.reasons(stack))
