"""CloudFormation's early validation: a change set whose template names what exists already fails, and nothing is made.

The change set has a reason without names, as on AWS; DescribeEvents lists each resource, and the CDK CLI prints them.
What is imported is not validated: it exists. An import takes a resource as it is, a bucket only in its own region. What
the template says otherwise is drift, which the next update of such a property ends.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html` and
`https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html`.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import cloudformation, s3, scopes
from breakable_aws.emulator.base.cloudformation import Record as ChangeSet
from breakable_aws.emulator.s3.buckets import BUCKET

from . import rollbacks
from .names_taken import IDENTIFYING, already_exists
from .stack_actions import Action, Parameters, put_around, stack_of, value
from .template_references import template_of, text_of


def install() -> None:
    """Validate change sets, but no imports."""
    for name in ("CreateStack", "UpdateStack"):
        put_around(name, validate_at_once)
    put_around("CreateChangeSet", create_change_set)
    put_around("ExecuteChangeSet", execute_change_set)
    put_around("DescribeEvents", describe_events)
    identifier, problem = cloudformation.import_lookups[BUCKET]

    def problem_here(name: str) -> str | None:
        elsewhere = s3.is_here(name) and s3.region_of(name) != scopes.region()
        return "Bucket not found" if elsewhere else problem(name)

    cloudformation.import_lookups[BUCKET] = identifier, problem_here


async def validate_at_once(parameters: Parameters, act: Action) -> Answer:
    """Answer CreateStack or UpdateStack, which ministack validates."""
    others = _names_buckets_of_others(template_of(await text_of(parameters)))
    return await act(parameters | ({"DisableValidation": ["true"]} if others else {}))


async def create_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer CreateChangeSet; the change set fails if something is wrong with its template."""
    answer = await act(parameters)
    change_set = _change_set(parameters) if answer[0] < 400 else None
    if change_set and _is_validated(change_set):
        taken = list(_taken(change_set))
        if taken:
            _fail(change_set, taken)
    return answer


async def execute_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer ExecuteChangeSet, where ministack does not validate again what it would get wrong."""
    if change_set := _change_set(parameters):
        if change_set["_import_existing"] or _names_buckets_of_others(change_set["_template"]):
            change_set["_disable_validation"] = True
        stack = cloudformation.stacks_by_name().get(change_set["StackName"])
        if stack and change_set["ChangeSetType"] == "CREATE":
            rollbacks.remember_creation(stack, change_set)
    return await act(parameters)


async def describe_events(parameters: Parameters, act: Action) -> Answer:
    """Answer DescribeEvents; where a change set is named, with its events and no others."""
    if not value(parameters, "ChangeSetName"):
        return await act(parameters)
    change_set = _change_set(parameters) or {}
    of_change_set = {"OperationId": [change_set.get("_operation_id", "none")]}
    if "StackId" in change_set:
        of_change_set["StackName"] = [change_set["StackId"]]
    return await act(parameters | of_change_set)


def _change_set(parameters: Parameters) -> ChangeSet | None:
    name, stack = value(parameters, "ChangeSetName"), (stack_of(parameters) or {}).get("StackName")
    change_sets = cloudformation.change_sets()
    same_name = (each for each in change_sets.values() if each["ChangeSetName"] == name)
    return change_sets.get(name) or next((each for each in same_name if stack in (None, each["StackName"])), None)


def _is_validated(change_set: ChangeSet) -> bool:
    made = change_set["Status"] == "CREATE_COMPLETE" and change_set["ChangeSetType"] in ("CREATE", "UPDATE")
    return made and not change_set["_disable_validation"]


def _names_buckets_of_others(template: Mapping[str, Any]) -> bool:
    """Tell whether a template names a bucket of another account, which only its creation can find out."""
    resources = [each for each in template.get("Resources", {}).values() if isinstance(each, dict)]
    names = [(each.get("Properties") or {}).get("BucketName") for each in resources if each.get("Type") == BUCKET]
    return any(isinstance(name, str) and s3.owner_of(name) != scopes.account() for name in names)


_NAMES = {**IDENTIFYING, BUCKET: ("BucketName", s3.is_here)}


def _taken(change_set: ChangeSet) -> Iterator[tuple[str, str, str]]:
    """Yield what a change set would make though it exists: logical id, resource type, name."""
    template = change_set["_template"]
    conditions = cloudformation.conditions_of(template, change_set["_resolved_params"])
    stack = cloudformation.stacks_by_name()[change_set["StackName"]]
    owned = {record["PhysicalResourceId"] for record in stack["_resources"].values()}
    for logical, resource in template.get("Resources", {}).items():
        name_property, exists = _NAMES.get(resource["Type"], ("", None))
        given = (resource.get("Properties") or {}).get(name_property)
        wanted = logical not in change_set["_import_existing"] and conditions.get(resource.get("Condition"), True)
        name = cloudformation.static_value(given, change_set, conditions) if given and exists and wanted else None
        if exists and isinstance(name, str) and name not in owned and exists(name):
            yield logical, resource["Type"], name


def _fail(change_set: ChangeSet, taken: list[tuple[str, str, str]]) -> None:
    change_set |= {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "_operation_id": str(uuid.uuid4())}
    change_set["StatusReason"] = (
        "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot "
        "Early Validation errors, use the DescribeEvents API for detailed failure information."
    )
    stack = cloudformation.stacks_by_name()[change_set["StackName"]]
    stack.setdefault("_operation_events", []).extend(_event(change_set, *each) for each in taken)


def _event(change_set: ChangeSet, logical: str, resource_type: str, name: str) -> dict[str, Any]:
    return {
        "EventId": str(uuid.uuid4()),
        "StackId": change_set["StackId"],
        "OperationId": change_set["_operation_id"],
        "OperationType": "CREATE_CHANGESET",
        "OperationStatus": "FAILED",
        "EventType": "VALIDATION_ERROR",
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "LogicalResourceId": logical,
        "ResourceType": resource_type,
        "ValidationFailureMode": "FAIL",
        "ValidationName": "NAME_CONFLICT_VALIDATION",
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": already_exists(resource_type, name),
        "ValidationPath": f"/Resources/{logical}",
    }
