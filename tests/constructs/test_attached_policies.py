"""The managed policies attach to roles, users and groups as the CDK's own do."""

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from construct_samples import make

from s3_failover_constructs import ClientPolicy, ExternalOriginReadPolicy

POLICIES = [ClientPolicy, ExternalOriginReadPolicy]
HOSTS = iam.ServicePrincipal("ec2.amazonaws.com")
HOLDERS = {
    "a role, when it is made": lambda stack, policy: iam.Role(
        stack, "Holder", assumed_by=HOSTS, managed_policies=[policy]
    ),
    "a role": lambda stack, policy: iam.Role(stack, "Holder", assumed_by=HOSTS).add_managed_policy(policy),
    "a user": lambda stack, policy: iam.User(stack, "Holder").add_managed_policy(policy),
    "a group": lambda stack, policy: iam.Group(stack, "Holder").add_managed_policy(policy),
}


@pytest.mark.parametrize("kind", POLICIES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("holder", HOLDERS)
def test_a_policy_attaches_as_it_is(kind, holder):
    policy, stack = make(kind)
    HOLDERS[holder](stack, policy)
    resources = Template.from_stack(stack).to_json()["Resources"]
    (made,) = (name for name, each in resources.items() if each["Type"] == "AWS::IAM::ManagedPolicy")
    (attached,) = (each["Properties"] for name, each in resources.items() if name.startswith("Holder"))
    assert attached["ManagedPolicyArns"] == [{"Ref": made}]


@pytest.mark.parametrize("kind", POLICIES, ids=lambda kind: kind.__name__)
def test_the_resource_cannot_be_taken_for_the_policy(kind):
    policy, _ = make(kind)
    assert not hasattr(policy, "policy")
    assert isinstance(policy.node.default_child, iam.CfnManagedPolicy)
