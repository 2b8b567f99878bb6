"""AWS::Logs::DeliverySource, DeliveryDestination and Delivery: recorded and readable; no log is ever written."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import cloudwatch_logs

from breakable_aws.emulator.answers import Answer, RefusedError, require
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, replaced

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
    _refuse_taken(SOURCE, cloudwatch_logs._delivery_sources, properties["Name"])
    arn = properties["ResourceArn"]
    if ":cloudfront:" in arn and distribution(arn.rpartition("/")[2]) is None:
        raise RefusedError(f"ResourceNotFoundException: the distribution does not exist: {arn}")
    request = {
        "name": properties["Name"],
        "resourceArn": arn,
        "logType": properties["LogType"],
        "tags": _tags(properties),
    }
    source = _answer(cloudwatch_logs._put_delivery_source(request), SOURCE)["deliverySource"]
    attributes = {"Arn": source["arn"], "Service": source["service"], "ResourceArns": source["resourceArns"]}
    return source["name"], attributes


def update_source(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change the tags of a source; everything else replaces it."""
    if all(old.get(name) == new.get(name) for name in ("Name", "ResourceArn", "LogType")):
        source = cloudwatch_logs._delivery_sources[physical]
        source["tags"] = _tags(new)
        return physical, {"Arn": source["arn"], "Service": source["service"], "ResourceArns": source["resourceArns"]}
    return replaced(physical, old, create_source(logical, new, stack), delete_source)


def delete_source(physical: str, _properties: Properties) -> None:
    """Forget a source; one that a delivery needs is kept, and the deletion fails."""
    used = [d["id"] for d in cloudwatch_logs._deliveries.values() if d["deliverySourceName"] == physical]
    if used:
        raise RefusedError(f"ConflictException: the delivery source {physical} is used by the delivery {used[0]}")
    cloudwatch_logs._delivery_sources.pop(physical, None)


def create_destination(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Record where logs go."""
    _refuse_taken(DESTINATION, cloudwatch_logs._delivery_destinations, properties["Name"])
    return _put_destination(properties)


def update_destination(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change the tags of a destination; everything else replaces it, which takes another name."""
    if all(old.get(name) == new.get(name) for name in ("Name", "DestinationResourceArn", "OutputFormat")):
        return _put_destination(new)
    return replaced(physical, old, create_destination(logical, new, stack), delete_destination)


def delete_destination(physical: str, _properties: Properties) -> None:
    """Forget a destination; one that a delivery needs is kept, and the deletion fails."""
    found = cloudwatch_logs._delivery_destinations.get(physical)
    used = [
        d["id"] for d in cloudwatch_logs._deliveries.values() if found and d["deliveryDestinationArn"] == found["arn"]
    ]
    if used:
        raise RefusedError(f"ConflictException: the delivery destination {physical} is used by the delivery {used[0]}")
    cloudwatch_logs._delivery_destinations.pop(physical, None)


def create_delivery(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Connect a source with a destination."""
    request = {
        "deliverySourceName": properties["DeliverySourceName"],
        "deliveryDestinationArn": properties["DeliveryDestinationArn"],
        "tags": _tags(properties),
        **_settings(properties),
    }
    delivery = _answer(cloudwatch_logs._create_delivery(request), DELIVERY)["delivery"]
    return delivery["id"], _delivery_attributes(delivery)


def update_delivery(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a delivery's settings in place; another source or destination replaces it."""
    if any(old[name] != new[name] for name in ("DeliverySourceName", "DeliveryDestinationArn")):
        return replaced(physical, old, create_delivery(logical, new, stack), delete_delivery)
    delivery = cloudwatch_logs._deliveries[physical]
    delivery.update({"tags": _tags(new), **_settings(new)})
    return physical, _delivery_attributes(delivery)


def delete_delivery(physical: str, _properties: Properties) -> None:
    """Disconnect a source and a destination."""
    cloudwatch_logs._deliveries.pop(physical, None)


def _put_destination(properties: Properties) -> Resource:
    arn = properties["DestinationResourceArn"]
    bucket = arn.rpartition(":::")[2].partition("/")[0]
    if arn.startswith("arn:aws:s3:::") and not s3.bucket_exists(bucket):
        raise RefusedError(f"ResourceNotFoundException: the bucket does not exist: {bucket}")
    request = {
        "name": properties["Name"],
        "deliveryDestinationConfiguration": {"destinationResourceArn": arn},
        "outputFormat": properties.get("OutputFormat", "json"),
        "tags": _tags(properties),
    }
    destination = _answer(cloudwatch_logs._put_delivery_destination(request), DESTINATION)["deliveryDestination"]
    return destination["name"], {
        "Arn": destination["arn"],
        "DeliveryDestinationType": destination["deliveryDestinationType"],
    }


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


def _answer(answer: Answer, resource_type: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(require(answer, resource_type)[2])
    return document


def _refuse_taken(resource_type: str, store: Any, name: str) -> None:
    if name in store:
        raise RefusedError(f"AlreadyExists: resource of type '{resource_type}' with identifier '{name}' already exists")


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
