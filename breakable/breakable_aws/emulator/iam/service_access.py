"""Decides whether a resource's policy lets an AWS service act on behalf of another resource."""

from dataclasses import dataclass

from breakable_aws.emulator.base import policies


@dataclass(frozen=True)
class ServiceCaller:
    """A service, and the resource whose event it tells.

    `source` is the ARN of the resource, `account` its owner.
    """

    service: str
    source: str
    account: str
    region: str

    def is_allowed(self, policy: str | None, action: str, resource: str) -> bool:
        """Tell whether a policy allows the caller an action on its resource."""
        decision = policies.decision(
            policy or "",
            service=self.service,
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
        return decision == "Allow"
