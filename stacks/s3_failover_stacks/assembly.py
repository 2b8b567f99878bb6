"""The settings of an app's sites in its cloud assembly, where the commands find them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import jsii
from aws_cdk import Stage
from constructs import Construct, IValidation

from s3_failover.config import Site, write_sites

Settings = Callable[[], Mapping[str, Site]]
"""Returns the sites of an assembly by their paths in it, when all of them are defined."""


def tell_settings(construct: Construct, settings: Settings) -> None:
    """Have the settings of sites written whenever the assembly of a construct is synthesized."""
    stage = Stage.of(construct)
    assert stage is not None
    construct.node.add_validation(_Settings(Path(stage.outdir), settings))


@jsii.implements(IValidation)
class _Settings:
    """What the CDK calls when the app is complete; it refuses nothing."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings

    def validate(self) -> list[str]:
        write_sites(self._directory, self._settings())
        return []
