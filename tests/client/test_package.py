"""What `pip install s3-failover` gives, and what importing it costs."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import boto3
import botocore
import pytest

import s3_failover
from s3_failover import client

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def modules_after(code):
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], check=True, capture_output=True, text=True
    )
    return set(said.stdout.split())


def test_the_base_install_is_boto3_alone():
    assert [name.split(">")[0] for name in PROJECT["dependencies"]] == ["boto3"]


@pytest.mark.skipif("S3_FAILOVER_BOTO3" not in os.environ, reason="the newest boto3 is under test")
def test_what_is_under_test_is_the_oldest_boto3_that_is_claimed():
    oldest = os.environ["S3_FAILOVER_BOTO3"]
    assert PROJECT["dependencies"] == [f"boto3>={oldest.removesuffix('.0')}"]
    assert (boto3.__version__, botocore.__version__) == (oldest, oldest)


def test_the_client_imports_nothing_but_boto3_and_the_standard_library():
    loaded = {name.partition(".")[0] for name in modules_after("from s3_failover import S3FailoverClient")}
    third_party = {"boto3", "botocore", "urllib3", "s3transfer", "jmespath", "dateutil", "six", "s3_failover"}
    third_party.add("certifi")  # botocore takes its certificates where it is installed
    known = third_party | set(sys.stdlib_module_names) | {"__main__", "_distutils_hack", "sitecustomize"}
    assert {name for name in loaded - known if not name.startswith(("_", "urllib3"))} == set()


def test_the_client_loads_nothing_of_the_rest_of_the_runtime():
    loaded = modules_after("from s3_failover import S3FailoverClient, AsyncS3FailoverClient")
    ours = {name for name in loaded if name.startswith("s3_failover.")}
    assert {name for name in ours if not name.startswith("s3_failover.client")} == set()


def test_the_command_line_does_not_load_boto3_with_the_package():
    assert "boto3" not in modules_after("import s3_failover")


def test_every_public_name_is_there():
    for name in client.__all__:
        assert getattr(s3_failover, name) is getattr(client, name)


def test_completion_shows_every_public_name_and_loads_nothing():
    loaded = modules_after("import s3_failover; print(*dir(s3_failover), *s3_failover.__all__)")
    assert set(client.__all__) <= loaded
    assert "boto3" not in loaded


def test_the_package_has_the_public_names_of_the_client():
    assert s3_failover.__all__ == client.__all__


def test_a_client_shows_its_regions(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    regions = [s3_failover.Region("us-west-2", bucket="a"), s3_failover.Region("us-east-2", bucket="b")]
    with s3_failover.S3FailoverClient(regions, probe=None) as made:
        assert repr(made) == "S3FailoverClient(us-west-2: a, us-east-2: b)"
        assert repr(s3_failover.AsyncS3FailoverClient(made)) == f"AsyncS3FailoverClient({made!r})"


def test_a_name_that_is_not_public_is_an_attribute_error():
    assert not hasattr(s3_failover, "RegionPool")


def test_the_package_says_that_it_is_typed():
    assert (Path(client.__file__).parents[1] / "py.typed").exists()


def test_nothing_is_printed_where_no_logging_is_set_up():
    code = """
import logging
from s3_failover import S3FailoverClient
logging.getLogger("s3_failover.client").warning("a region fails")
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("", "")
