"""AWS::CloudWatch::Alarm and AWS::CloudWatch::CompositeAlarm."""

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.cloudformation import pass_stack_tags
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, name_of, replaced

from .alarm_store import arn, here
from .alarms import delete_alarms, put_composite_alarm, put_metric_alarm

_PUT = {"AWS::CloudWatch::Alarm": put_metric_alarm, "AWS::CloudWatch::CompositeAlarm": put_composite_alarm}
_LONGEST_NAME = 255


def install() -> None:
    """Add both types."""
    for resource_type in _PUT:
        _add(resource_type)


def exists(name: str) -> bool:
    """Tell whether there is an alarm of a name, of whatever kind."""
    return name in here().alarms


def delete(name: str, _properties: Properties) -> None:
    """Delete an alarm; one that a composite alarm needs is kept, and the deletion fails."""
    delete_alarms({"AlarmNames": [name]})


def _add(resource_type: str) -> None:
    def create(logical: str, properties: Properties, stack: str) -> Resource:
        name = name_of(properties, "AlarmName", stack, logical, _LONGEST_NAME)
        if exists(name):
            raise RefusedError(
                f"AlreadyExists: resource of type '{resource_type}' with identifier '{name}' already exists"
            )
        return put(name, properties)

    def update(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        if name_of(new, "AlarmName", stack, logical, _LONGEST_NAME) == physical:
            return put(physical, new)
        return replaced(physical, old, create(logical, new, stack), delete)

    def put(name: str, properties: Properties) -> Resource:
        given = {key: value for key, value in properties.items() if key != "Tags"}
        _PUT[resource_type]({**given, "AlarmName": name})
        # A template's tags are all that the alarm has, and those of stacks may begin with `aws:`.
        here().tags[name] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
        return name, {"Arn": arn(name)}

    add(resource_type, create=create, update=update, delete=delete)
    pass_stack_tags(resource_type)
