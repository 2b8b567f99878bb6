"""AWS::Logs::DeliverySource, DeliveryDestination and Delivery: recorded and readable; no log is ever written."""

from typing import Any

from breakable_aws.emulator.answers import RefusedError, require
from breakable_aws.emulator.base import logs, s3
from breakable_aws.emulator.base.requests import ask_json, document_of, succeeds
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, replaced, tags_of

from .api import distribution

SOURCE = "AWS::Logs::DeliverySource"
DESTINATION = "AWS::Logs::DeliveryDestination"
DELIVERY = "AWS::Logs::Delivery"


def install() -> None:
    """Add the three resource types."""
    add(SOURCE, create=create_source, update=update_source, delete=delete_source)
    add(DESTINATION, create=create_destination, update=update_destination, delete=delete_destination)
    add(DELIVERY, create=create_delivery, update=update_delivery, delete=delete_delivery)


def create_source(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Record what sends logs."""
    _refuse_taken(SOURCE, "GetDeliverySource", properties["Name"])
    arn = properties["ResourceArn"]
    if ":cloudfront:" in arn and distribution(arn.rpartition("/")[2]) is None:
        raise RefusedError(f"ResourceNotFoundException: the distribution does not exist: {arn}")
    return _put_source(properties)


def update_source(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change the tags of a source; everything else replaces it."""
    if all(old.get(name) == new.get(name) for name in ("Name", "ResourceArn", "LogType")):
        return _put_source(new)
    return replaced(physical, old, create_source(logical, new, stack), delete_source)


def delete_source(physical: str, _properties: Properties) -> None:
    """Forget a source; one that a delivery needs is kept, and the deletion fails."""
    used = [each["id"] for each in _deliveries() if each["deliverySourceName"] == physical]
    if used:
        raise RefusedError(f"ConflictException: the delivery source {physical} is used by the delivery {used[0]}")
    ask_json("logs", "DeleteDeliverySource", name=physical)


def create_destination(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Record where logs go."""
    _refuse_taken(DESTINATION, "GetDeliveryDestination", properties["Name"])
    return _put_destination(properties)


def update_destination(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change the tags of a destination; everything else replaces it, which takes another name."""
    if all(old.get(name) == new.get(name) for name in ("Name", "DestinationResourceArn", "OutputFormat")):
        return _put_destination(new)
    return replaced(physical, old, create_destination(logical, new, stack), delete_destination)


def delete_destination(physical: str, _properties: Properties) -> None:
    """Forget a destination; one that a delivery needs is kept, and the deletion fails."""
    used = [each["id"] for each in _deliveries() if each["deliveryDestinationArn"].endswith(f":{physical}")]
    if used:
        raise RefusedError(f"ConflictException: the delivery destination {physical} is used by the delivery {used[0]}")
    ask_json("logs", "DeleteDeliveryDestination", name=physical)


def create_delivery(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Connect a source with a destination."""
    request = {
        "deliverySourceName": properties["DeliverySourceName"],
        "deliveryDestinationArn": properties["DeliveryDestinationArn"],
        "tags": tags_of(properties),
        **_settings(properties),
    }
    delivery = _done(DELIVERY, "CreateDelivery", request)["delivery"]
    return delivery["id"], _delivery_attributes(delivery)


def update_delivery(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a delivery's settings in place; another source or destination replaces it."""
    if any(old[name] != new[name] for name in ("DeliverySourceName", "DeliveryDestinationArn")):
        return replaced(physical, old, create_delivery(logical, new, stack), delete_delivery)
    logs.change_delivery(physical, {"tags": tags_of(new), **_settings(new)})
    return physical, _delivery_attributes(_done(DELIVERY, "GetDelivery", {"id": physical})["delivery"])


def delete_delivery(physical: str, _properties: Properties) -> None:
    """Disconnect a source and a destination."""
    ask_json("logs", "DeleteDelivery", id=physical)


def _put_source(properties: Properties) -> Resource:
    request = {
        "name": properties["Name"],
        "resourceArn": properties["ResourceArn"],
        "logType": properties["LogType"],
        "tags": tags_of(properties),
    }
    source = _done(SOURCE, "PutDeliverySource", request)["deliverySource"]
    attributes = {"Arn": source["arn"], "Service": source["service"], "ResourceArns": source["resourceArns"]}
    return source["name"], attributes


def _put_destination(properties: Properties) -> Resource:
    arn = properties["DestinationResourceArn"]
    bucket = arn.rpartition(":::")[2].partition("/")[0]
    if arn.startswith("arn:aws:s3:::") and not s3.bucket_exists(bucket):
        raise RefusedError(f"ResourceNotFoundException: the bucket does not exist: {bucket}")
    request = {
        "name": properties["Name"],
        "deliveryDestinationConfiguration": {"destinationResourceArn": arn},
        "outputFormat": properties.get("OutputFormat", "json"),
        "tags": tags_of(properties),
    }
    destination = _done(DESTINATION, "PutDeliveryDestination", request)["deliveryDestination"]
    return destination["name"], {
        "Arn": destination["arn"],
        "DeliveryDestinationType": destination["deliveryDestinationType"],
    }


def _deliveries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _done(DELIVERY, "DescribeDeliveries", {})["deliveries"]
    return found


def _settings(properties: Properties) -> dict[str, Any]:
    s3_settings = {
        api: properties[name]
        for name, api in (("S3SuffixPath", "suffixPath"), ("S3EnableHiveCompatiblePath", "enableHiveCompatiblePath"))
        if name in properties
    }
    return {
        "recordFields": list(properties.get("RecordFields") or []),
        "fieldDelimiter": properties.get("FieldDelimiter", ""),
        "s3DeliveryConfiguration": s3_settings,
    }


def _delivery_attributes(delivery: dict[str, Any]) -> dict[str, Any]:
    return {
        "Arn": delivery["arn"],
        "DeliveryId": delivery["id"],
        "DeliveryDestinationType": delivery["deliveryDestinationType"],
    }


def _done(resource_type: str, action: str, request: dict[str, Any]) -> dict[str, Any]:
    return document_of(require(ask_json("logs", action, **request), resource_type))


def _refuse_taken(resource_type: str, action: str, name: str) -> None:
    if succeeds(ask_json("logs", action, name=name)):
        raise RefusedError(f"AlreadyExists: resource of type '{resource_type}' with identifier '{name}' already exists")
