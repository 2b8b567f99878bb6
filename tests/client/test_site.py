"""A client made from `failover.toml`."""

import subprocess
import sys

import boto3
import pytest
from botocore.stub import Stubber

from s3_failover import InvalidConfiguration, LocalFault, Region, S3FailoverClient
from s3_failover.client.settings import of_site

SITE = """
[sites.assets]
hostname        = "assets.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1", "us-west-2"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
health_key      = "alive.txt"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "failover.toml"
    path.write_text(SITE + 'account = "111122223333"\n')
    return path


def test_a_site_has_its_primary_and_its_replicas(file):
    regions, health_key = of_site(file, "assets", session=None)
    assert regions == (
        Region("eu-west-1", bucket="assets-example-com-primary-111122223333-eu-west-1"),
        Region("eu-central-1", bucket="assets.example.com"),
        Region("us-west-2", bucket="assets-example-com-replica-111122223333-us-west-2"),
    )
    assert health_key == "alive.txt"


def test_a_client_of_a_site_takes_the_options_of_any_client(file):
    with S3FailoverClient.from_site(file, "assets", max_pool_connections=3) as client:
        assert [region.name for region in client.regions] == ["eu-west-1", "eu-central-1", "us-west-2"]


def test_an_account_that_the_file_does_not_name_is_that_of_the_credentials(tmp_path, monkeypatch):
    path = tmp_path / "failover.toml"
    path.write_text(SITE)
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="y")
    sts = {region: session.client("sts", region_name=region) for region in ("eu-central-1", "us-west-2")}
    monkeypatch.setattr(session, "client", lambda service, region_name, config: sts[region_name])
    with Stubber(sts["eu-central-1"]) as down, Stubber(sts["us-west-2"]) as up:
        down.add_client_error("get_caller_identity", "ServiceUnavailable", http_status_code=503)
        up.add_response("get_caller_identity", {"Account": "444455556666"})
        regions, _ = of_site(path, "assets", session=session)
    assert regions[0].bucket.endswith("-444455556666-eu-west-1")


def test_without_an_account_and_without_sts_the_error_says_how_to_need_neither(tmp_path, monkeypatch):
    path = tmp_path / "failover.toml"
    path.write_text(SITE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="y")
    with pytest.raises(LocalFault, match=r"in any region: .*set `account` of sites\.assets in the file"):
        S3FailoverClient.from_site(path, "assets", session=session)


def test_a_site_that_is_not_there_names_those_that_are(file):
    with pytest.raises(InvalidConfiguration, match="has no site 'shop', expected one of assets"):
        S3FailoverClient.from_site(file, "shop")


def test_the_findings_of_a_wrong_file_are_in_the_error(file):
    file.write_text(file.read_text().replace('"eu-central-1", ', '"eu-west-1", '))
    with pytest.raises(InvalidConfiguration, match=r"sites\.assets"):
        S3FailoverClient.from_site(file, "assets")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidConfiguration, match=r"missing\.toml"):
        S3FailoverClient.from_site(tmp_path / "missing.toml", "assets")


def test_without_pydantic_the_error_says_what_to_install(file):
    code = f"""
import sys
sys.modules["pydantic"] = None
from s3_failover import S3FailoverClient, InvalidConfiguration
try:
    S3FailoverClient.from_site({str(file)!r}, "assets")
except InvalidConfiguration as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "pip install 's3-failover[config]'" in said
