"""The few commands of the AWS CLI that remedies and pages print, run against the embedded AWS."""

import json
import shlex

import jmespath
from botocore import xform_name

SERVICES = {"s3api": "s3"}
"""The services that the CLI names otherwise than botocore does."""


def run(aws, command, directory=None):
    """Run a command as it is printed; return AWS's answer, or what its `--query` selects.

    A `file://` names a file in the directory. A command that waits returns None.
    """
    words = shlex.split(command)
    assert words[0] == "aws", command
    service, action, options = words[1], words[2], words[3:]
    if (service, action) == ("s3", "sync"):
        return _sync(aws, *options[:2], _options(options[2:]))
    waits = action == "wait"
    if waits:
        action, options = options[0], options[1:]
    given = _options(options)
    query, _ = given.pop("query", None), given.pop("output", None)
    client = aws.client(SERVICES.get(service, service), given.pop("region", "us-east-1"))
    if waits:
        return client.get_waiter(action.replace("-", "_")).wait(**_named(given), WaiterConfig={"Delay": 1})
    answer = getattr(client, action.replace("-", "_"))(**_parameters(client, action, given, directory))
    return jmespath.search(query, answer) if query else answer


def _sync(aws, source, target, given):
    """Copy every object of a bucket into another one, but those that the pattern excludes begin with."""
    s3 = aws.client("s3", given["region"])
    bucket, other = source.removeprefix("s3://"), target.removeprefix("s3://")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for key in [each["Key"] for each in page.get("Contents", ())]:
            if not key.startswith(given["exclude"].removesuffix("*")):
                s3.copy_object(Bucket=other, Key=key, CopySource={"Bucket": bucket, "Key": key})


def _options(words):
    """Options with their values, several as a list; one alone is a switch, and `--no-` in front switches off."""
    found, name = {}, ""
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--")
            found[name] = []
        else:
            found[name].append(word)
    return {
        name if values else name.removeprefix("no-"): _one_or_all(values) if values else not name.startswith("no-")
        for name, values in found.items()
    }


def _one_or_all(values):
    return values[0] if len(values) == 1 else values


def _named(given):
    return {"".join(part.title() for part in name.split("-")): value for name, value in given.items()}


def _parameters(client, action, given, directory):
    shape = client.meta.service_model.operation_model(_operation(client, action)).input_shape
    known = {xform_name(name, "-"): name for name in shape.members}
    return {known[name]: _value(shape.members[known[name]], value, directory) for name, value in given.items()}


def _value(shape, value, directory):
    """What an option's text means: JSON, the CLI's shorthand, a number or the text itself."""
    if isinstance(value, str) and value.startswith("file://"):
        value = (directory / value.removeprefix("file://")).read_text()
    if shape.type_name == "list":
        return json.loads(value) if str(value).startswith("[") else [value] if isinstance(value, str) else value
    if shape.type_name in ("structure", "map"):
        return json.loads(value) if value.startswith("{") else dict(pair.split("=", 1) for pair in value.split(","))
    return int(value) if shape.type_name in ("integer", "long") else value


def _operation(client, action):
    return client.meta.method_to_api_mapping[action.replace("-", "_")]
