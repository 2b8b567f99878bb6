"""Synthesizes stacks for tests and finds things in their templates."""

import json
import tempfile
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Template

ROOT = Path(__file__).parents[2]
ASSEMBLIES = tempfile.TemporaryDirectory(prefix="s3-failover-assemblies-")
"""Where the cloud assemblies of a run are, until it ends: the CDK leaves each in a directory and does not remove it."""


def new_app(outdir: Path | None = None) -> App:
    """An app with the feature flags of the project's own."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return App(context=context, outdir=str(outdir or tempfile.mkdtemp(dir=ASSEMBLIES.name)))


def new_stack(region: str = "us-west-2") -> Stack:
    return Stack(new_app(), "Test", env=Environment(region=region))


def properties(stack: Stack, resource_type: str) -> dict[str, Any]:
    """The properties of the one resource of a type."""
    return resource(stack, resource_type)["Properties"]


def resource(stack: Stack, resource_type: str) -> dict[str, Any]:
    found = list(resources(stack, resource_type).values())
    assert len(found) == 1, f"{len(found)} {resource_type}"
    return found[0]


def resources(stack: Stack, resource_type: str) -> dict[str, Any]:
    return Template.from_stack(stack).find_resources(resource_type)


def statements(stack: Stack, resource_type: str = "AWS::S3::BucketPolicy") -> dict[str, dict[str, Any]]:
    """The statements of all policies of a type, by Sid."""
    return {
        statement.get("Sid", f"unnamed-{index}"): statement
        for policy in resources(stack, resource_type).values()
        for index, statement in enumerate(policy["Properties"]["PolicyDocument"]["Statement"])
    }


def text(value: Any) -> str:
    """A property with its joins joined and its references spelled out, as in `<Bucket.Arn>/*`."""
    if isinstance(value, list):
        return ",".join(map(text, value))
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return argument[0].join(map(text, argument[1]))
    return "<" + (argument if isinstance(argument, str) else ".".join(argument)) + ">"
