"""Types whose names are taken once: a second stack that uses one fails, as on AWS, and overwrites nothing."""

from __future__ import annotations

from .names_taken import IDENTIFYING
from .resource_types import refuse_existing

_TYPES = ("AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Lambda::Function", "AWS::KMS::Alias")


def install() -> None:
    """Refuse the creation of a resource whose name is taken."""
    for resource_type in _TYPES:
        refuse_existing(resource_type, *IDENTIFYING[resource_type])
