"""CloudFormation's early validation: a change set whose template names what exists already fails, and nothing is made.

The change set has a reason without names, as on AWS; DescribeEvents lists each resource, and the CDK CLI prints them.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ministack.services.cloudformation import changesets, handlers, provisioners, stacks

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.s3.buckets import BUCKET

from .names_taken import IDENTIFYING, already_exists
from .stack_actions import Action, Parameters, Stack, put_around, value

Problem = tuple[str, str, str, str, str]
"""What validation finds: logical id, resource type, the validation's name, the path in the template, the reason."""

_CHECKS = {"NAME_CONFLICT_VALIDATION": "ResourceExistenceCheck"}
_OTHER_CHECK = "PropertyValidation"

_validate = stacks._fail_property_validation


def install() -> None:
    """Validate change sets, and what is imported not at all."""
    put_around("CreateChangeSet", create_change_set)
    put_around("ExecuteChangeSet", execute_change_set)
    put_around("DescribeEvents", describe_events)
    replace(stacks, "_fail_property_validation", fail_unless_valid)
    replace(provisioners, "s3_bucket_name_conflict", bucket_conflict)


def bucket_conflict(bucket: str) -> str | None:
    """Return why a bucket cannot be made: validation only sees this account's, not who else has one of that name."""
    return already_exists(BUCKET, bucket) if s3.is_here(bucket) else None


def create_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer CreateChangeSet; the change set fails if something is wrong with its template."""
    answer = act(parameters)
    change_set = _change_set(parameters) if answer[0] < 400 else None
    if change_set and _is_validated(change_set):
        problems = list(_problems(change_set))
        if problems:
            _fail(change_set, problems)
    return answer


def execute_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer ExecuteChangeSet; the stack remembers what it imports, whose names are taken of course."""
    change_set = _change_set(parameters)
    if change_set and (stack := handlers._resolve_stack(change_set["StackId"])):
        stack["_adopted"] = list(change_set["_import_existing"])
    return act(parameters)


def describe_events(parameters: Parameters, act: Action) -> Answer:
    """Answer DescribeEvents; where a change set is named, with its events and no others."""
    if not value(parameters, "ChangeSetName"):
        return act(parameters)
    change_set = _change_set(parameters) or {}
    of_change_set = {"OperationId": [change_set.get("_operation_id", "none")]}
    if "StackId" in change_set:
        of_change_set["StackName"] = [change_set["StackId"]]
    return act(parameters | of_change_set)


def fail_unless_valid(
    stack: Stack, identifier: str, name: str, resources: Any, ordered: list[str], *rest: Any, **more: Any
) -> bool:
    """Fail an operation whose template is not valid before it makes anything; tell whether it failed."""
    made = [logical for logical in ordered if logical not in stack.get("_adopted", ())]
    failed: bool = _validate(stack, identifier, name, resources, made, *rest, **more)
    return failed


def _change_set(parameters: Parameters) -> dict[str, Any] | None:
    stack = handlers._resolve_stack(value(parameters, "StackName")) or {}
    found: dict[str, Any] | None = changesets._find_change_set(
        value(parameters, "ChangeSetName"), stack.get("StackName", "")
    )[1]
    return found


def _is_validated(change_set: Mapping[str, Any]) -> bool:
    made = change_set["Status"] == "CREATE_COMPLETE" and change_set["ChangeSetType"] in ("CREATE", "UPDATE")
    return made and not change_set["_disable_validation"]


def _problems(change_set: Mapping[str, Any]) -> Iterator[Problem]:
    template, parameters = change_set["_template"], change_set["_resolved_params"]
    stack = handlers._resolve_stack(change_set["StackId"])
    conditions = stacks._evaluate_conditions(template, parameters)
    resources = template.get("Resources", {})
    made = [logical for logical in resources if logical not in change_set["_import_existing"]]
    owned = {record["PhysicalResourceId"] for record in stack["_resources"].values()}
    context = (parameters, conditions, template.get("Mappings", {}), stack["StackName"], stack["StackId"])
    yield from stacks._validation_errors(resources, made, *context, owned)
    wanted = [each for each in made if conditions.get(resources[each].get("Condition"), True)]
    yield from _taken(resources, wanted, context, owned)


def _taken(
    resources: Mapping[str, Any], wanted: list[str], context: tuple[Any, ...], owned: Collection[str]
) -> Iterator[Problem]:
    for logical in wanted:
        resource_type = resources[logical]["Type"]
        name_property, exists = IDENTIFYING.get(resource_type, ("", None))
        given = (resources[logical].get("Properties") or {}).get(name_property)
        name = stacks._static_property(given, resources, *context) if given and exists else None
        if exists and isinstance(name, str) and name not in owned and exists(name):
            path, why = f"/Resources/{logical}", already_exists(resource_type, name)
            yield logical, resource_type, "NAME_CONFLICT_VALIDATION", path, why


def _fail(change_set: dict[str, Any], problems: list[Problem]) -> None:
    checks = sorted({f"AWS::EarlyValidation::{_CHECKS.get(problem[2], _OTHER_CHECK)}" for problem in problems})
    change_set |= {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "_operation_id": str(uuid.uuid4())}
    change_set["StatusReason"] = (
        f"The following hook(s)/validation failed: [{', '.join(checks)}]. To troubleshoot Early Validation errors, "
        "use the DescribeEvents API for detailed failure information."
    )
    events = handlers._resolve_stack(change_set["StackId"]).setdefault("_operation_events", [])
    events += [_event(change_set, problem) for problem in problems]


def _event(change_set: Mapping[str, Any], problem: Problem) -> dict[str, Any]:
    logical, resource_type, validation, path, reason = problem
    event: dict[str, Any] = stacks._operation_event(
        change_set["StackId"],
        change_set["_operation_id"],
        "VALIDATION_ERROR",
        "CREATE_CHANGESET",
        LogicalResourceId=logical,
        ResourceType=resource_type,
        ValidationFailureMode="FAIL",
        ValidationName=validation,
        ValidationStatus="FAILED",
        ValidationStatusReason=reason,
        ValidationPath=path,
    )
    return event
