import ast
from pathlib import Path

import pytest

from breakable_aws.emulator.base.hook_points import REPLACED, USED

PACKAGE = Path(__file__).parents[2] / "breakable_aws" / "emulator"
START = "import sys; from breakable_aws.emulator.__main__ import main; main(sys.argv[1:])"

embedded_only = pytest.mark.embedded


def refused_start(launch, tampering):
    process = launch(code=f"{tampering}; {START}")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    return err


@embedded_only
def test_a_missing_hook_point_stops_the_start(launch):
    line = refused_start(launch, "import ministack.services.s3 as s3; del s3._dispatch")
    assert "ministack.services.s3._dispatch is missing" in line
    assert "expected ministack 1.5.33" in line


@embedded_only
def test_a_changed_hook_point_stops_the_start(launch):
    tampering = "import ministack.services.s3 as s3; s3._dispatch = s3._put_object"
    line = refused_start(launch, tampering)
    assert "ministack.services.s3._dispatch has changed: got " in line
    assert ", expected " in line


@embedded_only
def test_another_version_stops_the_start(launch):
    line = refused_start(launch, "from importlib import metadata; metadata.version = lambda name: '1.6.0'")
    assert "ministack 1.5.33 is needed, got 1.6.0" in line


def test_every_name_of_ministack_that_is_used_is_declared():
    replaced = {(point.module, point.attribute) for point in REPLACED}
    declared = replaced | {(module, name) for module, names in USED.items() for name in names.split()}
    used = {use for source in PACKAGE.rglob("*.py") for use in uses_of(ast.parse(source.read_text()))}
    assert used <= declared
    assert declared <= used


def uses_of(tree):
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack"):
            for alias in node.names:
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}".removeprefix("ministack.")
                if node.module.startswith("ministack.core."):
                    yield node.module.removeprefix("ministack."), alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "replace":
            module, *rest = node.args
            if isinstance(module, ast.Name) and module.id in modules and isinstance(rest[0], ast.Constant):
                yield modules[module.id], rest[0].value
