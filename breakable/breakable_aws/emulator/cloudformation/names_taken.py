"""The resource types that their name identifies, and whether a name is taken in the account and region.

A type whose identifier AWS makes up, like a topic's ARN or an origin access control's id, is not among them: early
validation cannot look it up by its name, so that it fails when it is made.

AWS: the `primaryIdentifier` of each type's schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ministack.services import cloudwatch_logs, iam, kms, lambda_svc

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.cloudwatch import alarm_resources

IDENTIFYING: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "AWS::IAM::Role": ("RoleName", lambda name: name in iam._roles),
    "AWS::Logs::LogGroup": ("LogGroupName", lambda name: name in cloudwatch_logs._log_groups),
    "AWS::Logs::DeliverySource": ("Name", lambda name: name in cloudwatch_logs._delivery_sources),
    "AWS::Logs::DeliveryDestination": ("Name", lambda name: name in cloudwatch_logs._delivery_destinations),
    "AWS::Lambda::Function": ("FunctionName", lambda name: name in lambda_svc._functions),
    "AWS::KMS::Alias": ("AliasName", lambda name: kms._alias_arn(name) in kms._aliases),
    "AWS::CloudWatch::Alarm": ("AlarmName", alarm_resources.exists),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", alarm_resources.exists),
    "AWS::S3::BucketPolicy": ("Bucket", lambda name: s3.policy_of(name) is not None),
}
"""For each type the property with the name, and what tells whether that is taken; buckets have rules of their own."""


def already_exists(resource_type: str, name: str) -> str:
    """Return CloudFormation's words for a name that is taken."""
    return f"Resource of type '{resource_type}' with identifier '{name}' already exists."
