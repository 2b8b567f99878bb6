"""The drift of stacks, which is not looked for here: ministack finds none in what it does not compare."""

from __future__ import annotations

from breakable_aws.emulator.answers import Answer

from .stack_actions import Action, Parameters, put_around, refuse

ACTIONS = ("DetectStackDrift", "DetectStackResourceDrift")


def install() -> None:
    """Refuse to look for drift: an answer would be false comfort."""
    for name in ACTIONS:
        put_around(name, refused)


def refused(_parameters: Parameters, _act: Action) -> Answer:
    """Answer that drift is not looked for."""
    return refuse(
        "the embedded AWS does not compare resources with their templates, so it cannot say whether a stack has "
        "drifted: `cdk diff` compares the templates, and the services' own calls tell what the resources are"
    )
