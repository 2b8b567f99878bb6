"""The resource types that are identified by name: early validation looks them up, and a creation refuses one taken.

A type whose identifier AWS makes up, like a topic's ARN or an origin access control's id, is not among them: early
validation cannot look it up by its name, so that it fails when it is made.

AWS: the `primaryIdentifier` of each type's schema.
"""

from collections.abc import Callable, Mapping

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.requests import ask_json, ask_query, ask_rest, document_of, succeeds
from breakable_aws.emulator.cloudwatch import alarm_resources

from .resource_types import refuse_existing


def install() -> None:
    """Refuse the creation of a resource whose name is taken, where ministack would overwrite the other one."""
    for resource_type in ("AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Lambda::Function", "AWS::KMS::Alias"):
        refuse_existing(resource_type, *IDENTIFYING[resource_type])


def already_exists(resource_type: str, name: str) -> str:
    """Return CloudFormation's words for a name that is taken."""
    return f"Resource of type '{resource_type}' with identifier '{name}' already exists."


def _is_log_group(name: str) -> bool:
    found = document_of(ask_json("logs", "DescribeLogGroups", logGroupNamePrefix=name))["logGroups"]
    return any(group["logGroupName"] == name for group in found)


IDENTIFYING: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "AWS::IAM::Role": ("RoleName", lambda name: succeeds(ask_query("iam", "GetRole", {"RoleName": name}))),
    "AWS::Logs::LogGroup": ("LogGroupName", _is_log_group),
    "AWS::Logs::DeliverySource": ("Name", lambda name: succeeds(ask_json("logs", "GetDeliverySource", name=name))),
    "AWS::Logs::DeliveryDestination": (
        "Name",
        lambda name: succeeds(ask_json("logs", "GetDeliveryDestination", name=name)),
    ),
    "AWS::Lambda::Function": (
        "FunctionName",
        lambda name: succeeds(ask_rest("lambda", "GET", f"/2015-03-31/functions/{name}/configuration")),
    ),
    "AWS::KMS::Alias": ("AliasName", lambda name: succeeds(ask_json("kms", "DescribeKey", KeyId=name))),
    "AWS::CloudWatch::Alarm": ("AlarmName", alarm_resources.exists),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", alarm_resources.exists),
    "AWS::S3::BucketPolicy": ("Bucket", lambda name: s3.policy_of(name) is not None),
}
"""For each type the property with the name, and what tells whether that is taken; buckets have rules of their own."""
