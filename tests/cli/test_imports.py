"""What needs no AWS imports nothing of it: what answers at once is asked often, in hooks and in CI."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "failover.toml"
NEEDED = {"typer", "pydantic", "typing-extensions"}
LISTED = """
import sys
from pathlib import Path
from s3_failover.cli import main
sys.argv = ["s3-failover", *{arguments!r}]
try:
    main()
except SystemExit as end:
    print("", *sorted({{name.partition(".")[0] for name in sys.modules}}), sep="\\n", file=sys.stderr)
    raise
"""


def unneeded():
    """Return the modules of all other packages that the project requires, and of boto3's own."""
    required = {re.match(r"[\w.-]+", each)[0].lower() for each in importlib.metadata.requires("s3-failover")}
    of = importlib.metadata.packages_distributions()
    others = {name for name, owners in of.items() if {owner.lower() for owner in owners} & (required - NEEDED)}
    return others | {"botocore", "s3transfer", "urllib3"}


def loaded(*arguments):
    command = [sys.executable, "-c", LISTED.format(arguments=arguments)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return told.returncode, set(told.stderr.splitlines())


def test_the_packages_are_known():
    assert {"boto3", "botocore", "dns", "aws_cdk", "rich", "filelock"} <= unneeded()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check"], ["check", "--json"]])
def test_is_answered_without(arguments):
    given = [*arguments, str(CONFIG)] if "check" in arguments else arguments
    code, modules = loaded(*given)
    assert code == 0
    assert "s3_failover" in modules
    assert modules & unneeded() == set()


def test_a_wrong_file_is_reported_without(tmp_path):
    wrong = tmp_path / "failover.toml"
    wrong.write_text(CONFIG.read_text().replace("us-", "xx-"))
    code, modules = loaded("check", str(wrong))
    assert code == 1
    assert modules & unneeded() == set()


def test_a_command_that_asks_aws_loads_boto3():
    assert {"boto3", "dns"} <= loaded("status", "--help")[1]
