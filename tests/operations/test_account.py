"""Signing in while a region is lost."""

from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from s3_failover.errors import UserError
from s3_failover.operations.account import PATIENT, _of, signed_in


@pytest.fixture
def asked(monkeypatch):
    """Where STS was asked, in this order; it answers where `answers` does not raise."""
    regions = []

    def client(service, *, region_name, config):
        regions.append(region_name)
        return SimpleNamespace(get_caller_identity=answers[region_name])

    answers = {"us-east-1": away, "us-west-2": lambda: {"Account": "123456789012"}}
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=client))
    return SimpleNamespace(regions=regions, answers=answers)


def away():
    raise EndpointConnectionError(endpoint_url="https://sts.us-east-1.amazonaws.com")


def sign_in(other="us-west-2", expected="123456789012"):
    return signed_in(profile=None, expected=expected, region="us-east-1", other=other)


def test_where_sts_does_not_answer_another_region_is_asked(asked):
    assert sign_in().id == "123456789012"
    assert asked.regions == ["us-east-1", "us-west-2"]


def test_where_no_other_region_is_known_that_is_an_error(asked):
    with pytest.raises(UserError, match="AWS cannot be reached"):
        sign_in(other=None)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_a_refusal_is_not_asked_for_twice(asked, code):
    def refuse():
        raise ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetCallerIdentity")

    asked.answers["us-east-1"] = refuse
    with pytest.raises(UserError, match="credentials"):
        sign_in()
    assert asked.regions == ["us-east-1"]


def test_another_accounts_credentials_are_refused_wherever_it_was_asked(asked):
    with pytest.raises(UserError, match="belong to account 123456789012, expected 210987654321"):
        sign_in(expected="210987654321")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AWS_ENDPOINT_URL", "garbage"), ("AWS_METADATA_SERVICE_TIMEOUT", "abc"), ("AWS_DEFAULTS_MODE", "quick")],
)
@pytest.mark.parametrize("service", ["sts", "s3"])
def test_a_setting_of_the_environment_that_boto3_cannot_use_is_an_error_of_one_line(
    monkeypatch, variable, value, service
):
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
    if variable == "AWS_METADATA_SERVICE_TIMEOUT":
        session = boto3.Session()
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=f"cannot make a client of {service} in us-east-1: .*{value}"):
        _of(session, "123456789012", PATIENT).client(service, "us-east-1")
