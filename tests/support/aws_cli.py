"""The few commands of the AWS CLI that remedies print, run against the embedded AWS."""

import shlex

from botocore import xform_name


def run(aws, command):
    """Run a command as it is printed; return AWS's answer, or None for one that waits."""
    words = shlex.split(command)
    assert words[0] == "aws", command
    service, action, options = words[1], words[2], words[3:]
    waits = action == "wait"
    if waits:
        action, options = options[0], options[1:]
    given = _options(options)
    client = aws.client(service, given.pop("region"))
    if waits:
        return client.get_waiter(action.replace("-", "_")).wait(**_named(given), WaiterConfig={"Delay": 1})
    return getattr(client, action.replace("-", "_"))(**_parameters(client, action, given))


def _options(words):
    """Options with their values; one alone is a switch, and `--no-` in front of it switches off."""
    found, at = {}, 0
    while at < len(words):
        name = words[at].removeprefix("--")
        if at + 1 < len(words) and not words[at + 1].startswith("--"):
            found[name], at = words[at + 1], at + 2
        else:
            found[name.removeprefix("no-")], at = not name.startswith("no-"), at + 1
    return found


def _named(given):
    return {"".join(part.title() for part in name.split("-")): value for name, value in given.items()}


def _parameters(client, action, given):
    shape = client.meta.service_model.operation_model(_operation(client, action)).input_shape
    known = {xform_name(name, "-"): name for name in shape.members}
    return {known[name]: value for name, value in given.items()}


def _operation(client, action):
    return client.meta.method_to_api_mapping[action.replace("-", "_")]
