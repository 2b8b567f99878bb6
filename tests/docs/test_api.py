"""The API reference has every public name."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "constructs/s3_failover_constructs",
    "runtime/s3_failover/client",
    "runtime/s3_failover/metrics",
    "stacks/s3_failover_stacks",
]


def exported(package):
    """The names of `__all__`."""
    module = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    assigned = [
        node for node in module.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return ast.literal_eval(assigned[0].value)


def entries(package):
    """The names that the pages of the reference have of a package."""
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs/api").glob("*.md")))
    module = package.partition("/")[2].replace("/", ".")
    blocks = re.findall(rf"^\.\. currentmodule:: {module}\n(.*?)^```", pages, re.M | re.S)
    return re.findall(r"^\.\. auto\w+:: (\w+)$", "".join(blocks), re.M)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference_once(package):
    assert sorted(entries(package)) == sorted(exported(package))
