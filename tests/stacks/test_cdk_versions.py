"""The oldest aws-cdk-lib that is claimed; every other test runs with the newest, which constraints.txt pins."""

import importlib.metadata
import os
import tomllib

import aws_cdk
import pytest
from cdk_templates import ROOT
from site_kinds import every_kind
from site_stacks import templates

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OLDEST = os.environ.get("S3_FAILOVER_CDK")
with_oldest = pytest.mark.skipif(
    OLDEST is None, reason="the newest aws-cdk-lib is under test: see make test-oldest-cdk"
)


def test_what_is_claimed_is_what_make_tests():
    (claimed,) = (each for each in PROJECT["optional-dependencies"]["cdk"] if each.startswith("aws-cdk-lib"))
    assert (
        f"OLDEST_CDK := {claimed.removeprefix('aws-cdk-lib>=').removesuffix(',<3')}\n"
        in (ROOT / "Makefile").read_text()
    )


@with_oldest
def test_what_is_under_test_is_the_oldest_that_is_claimed():
    assert importlib.metadata.version("aws-cdk-lib") == OLDEST
    assert f"aws-cdk-lib-{OLDEST}" in aws_cdk.__file__


@with_oldest
@pytest.mark.parametrize("kind", every_kind())
def test_every_kind_of_site_synthesizes(kind):
    assert all(template["Resources"] for template in templates(every_kind()[kind]).values())
