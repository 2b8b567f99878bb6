"""A managed policy that is written as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsii
from aws_cdk import aws_iam as iam
from aws_cdk.interfaces import ResourceEnvironment
from aws_cdk.interfaces.aws_iam import ManagedPolicyReference
from constructs import Construct


@jsii.implements(iam.IManagedPolicy)
class JsonManagedPolicy(Construct):
    """Defines a managed policy that attaches as the CDK's own do: `role.add_managed_policy(policy)`.

    Those have another logical id than this one, and CloudFormation would replace a policy that roles hold on to.
    """

    _resource: iam.CfnManagedPolicy

    @property
    def managed_policy_arn(self) -> str:
        """The policy's ARN."""
        return self._resource.ref

    @property
    def managed_policy_ref(self) -> ManagedPolicyReference:
        """What refers to the policy, for L1s."""
        return ManagedPolicyReference(policy_arn=self.managed_policy_arn)

    @property
    def env(self) -> ResourceEnvironment:
        """The account and the region of the stack."""
        return self._resource.env

    def _write(self, description: str, statements: Sequence[Mapping[str, Any]]) -> iam.CfnManagedPolicy:
        """Define the policy, which is also the construct's default child.

        Args:
            description: must never change: CloudFormation would replace the policy, and take it away from every role.
            statements: the policy's statements.
        """
        document = {"Version": "2012-10-17", "Statement": statements}
        self._resource = iam.CfnManagedPolicy(self, "Policy", description=description, policy_document=document)
        self.node.default_child = self._resource
        return self._resource
