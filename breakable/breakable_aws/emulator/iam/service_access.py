"""Does a resource's policy let an AWS service do something on behalf of another resource?"""

from __future__ import annotations

from dataclasses import dataclass

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy


@dataclass(frozen=True)
class Caller:
    """A service, and the resource whose event it tells.

    Args:
        service: the service principal.
        source: the ARN of the resource.
        account: the account that owns the resource.
        region: where the service calls.
    """

    service: str
    source: str
    account: str
    region: str

    def is_allowed(self, policy: str | None, action: str, resource: str) -> bool:
        """Tell whether a policy allows the caller an action on its resource."""
        asked = EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=resource,
            region=self.region,
            secure_transport=True,
            service_context={
                "aws:sourcearn": self.source,
                "aws:sourceaccount": self.account,
                "aws:sourceowner": self.account,
            },
        )
        decision: str = evaluate_resource_policy(policy, asked, service=self.service).decision
        return decision == "Allow"
