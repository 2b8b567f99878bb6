"""AWS::CloudWatch::Dashboard: ministack makes them, and forgets their tags."""

from breakable_aws.emulator.base.cloudformation import pass_stack_tags
from breakable_aws.emulator.base.cloudwatch import dashboard_tags
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, complete_after

_TYPE = "AWS::CloudWatch::Dashboard"


def install() -> None:
    """Have dashboards keep the tags of their templates and stacks."""
    complete_after(_TYPE, _complete)
    pass_stack_tags(_TYPE)


def _complete(made: Resource, properties: Properties, _physical: str, _old: Properties) -> None:
    tags = dashboard_tags(made[0])
    assert tags is not None
    tags.clear()
    tags.update({tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []})
