"""A managed policy, read back through IAM, and what IAM refuses."""

import json

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded


def policy(*actions, **more):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document, **more}}}


ARN = {"Arn": {"Value": {"Ref": "P"}}}


def actions_of(iam, arn):
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    document = json.loads(document) if isinstance(document, str) else document
    return document["Statement"][0]["Action"]


def role(iam, name):
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return name


def test_a_policy_is_what_its_template_says_and_changes_in_place(embedded):
    iam = embedded.client("iam")
    stack = embedded.deploy(policy("s3:GetObject", Description="reads"), outputs=ARN)
    arn = embedded.output(stack, "Arn")
    assert arn.startswith("arn:aws:iam::123456789012:policy/")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "reads"
    assert actions_of(iam, arn) == ["s3:GetObject"]
    embedded.deploy(policy("s3:GetObject", "s3:ListBucket", Description="reads"), name=stack, outputs=ARN)
    assert embedded.output(stack, "Arn") == arn
    assert actions_of(iam, arn) == ["s3:GetObject", "s3:ListBucket"]


def test_a_policy_that_a_role_holds_on_to_is_not_deleted_until_it_lets_go(embedded, unique):
    iam = embedded.client("iam")
    stack = embedded.deploy(policy("s3:GetObject"), outputs=ARN)
    arn, name = embedded.output(stack, "Arn"), role(iam, unique("host"))
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    assert embedded.delete(stack) == "DELETE_FAILED"
    assert any(f"attached to the role {name}" in why for why in embedded.reasons(stack))
    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=arn)


def test_a_role_of_the_template_lets_go_by_itself(embedded, unique):
    name = role(embedded.client("iam"), unique("own"))
    stack = embedded.deploy(policy("s3:GetObject", Roles=[name]))
    attached = embedded.client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert len(attached) == 1
    assert embedded.delete(stack) == "DELETE_COMPLETE"


def test_a_name_is_taken_once(embedded, unique):
    embedded.deploy(policy("s3:GetObject", ManagedPolicyName=unique("named")))
    assert "AlreadyExists" in embedded.refusal(policy("s3:GetObject", ManagedPolicyName=unique("named")))
