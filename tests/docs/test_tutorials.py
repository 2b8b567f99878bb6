"""The code of the tutorials works as it stands. `tests/embedded/test_tutorials.py` has the one that deploys."""

import re
import sys
import types
from pathlib import Path

import pytest
from aws_cdk import App

from s3_failover_stacks import ConfigError

PAGE = (Path(__file__).parents[2] / "docs/tutorials/app.md").read_text(encoding="utf-8")
CODE, TEST = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)


def load(name, code):
    """A module of a code block."""
    module = types.ModuleType(name)
    exec(compile(code, f"{name}.py", "exec"), module.__dict__)
    return module


def test_the_app_has_the_stacks_that_its_page_lists(tmp_path):
    app = App(outdir=str(tmp_path))
    load("app", CODE).define(app)
    (listed,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)
    assert sorted(stack.hierarchical_id for stack in app.synth().stacks_recursively) == listed.split()


def test_the_tests_of_the_app_pass(monkeypatch):
    monkeypatch.setitem(sys.modules, "app", load("app", CODE))
    tests = [value for name, value in vars(load("test_app", TEST)).items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def test_the_rule_that_the_page_breaks_on_purpose_is_explained():
    assert '["us-west-2"]' in PAGE
    broken = load("app", CODE.replace('["us-east-2"]', '["us-west-2"]'))
    with pytest.raises(ConfigError, match="replica_regions"):
        broken.define(App())
