import boto3
import pytest
from botocore.utils import parse_timestamp

from s3_failover.client.net.session import install_dates, parsed_date

DATES = [
    "Sat, 21 Nov 2026 00:00:00 GMT",
    "Thu, 29 Feb 2024 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Wed, 01 Jan 1800 00:00:00 GMT",
    "2026-11-21T00:00:00.000Z",
    "2026-11-21T23:59:59.987Z",
    "2024-02-29T12:30:45Z",
    "0001-01-01T00:00:00.000Z",
    # Neither the format of headers nor that of listings: left to botocore.
    "Sat, 21 Nov 2026 00:00:00 +0200",
    "2026-11-21T00:00:00.123456Z",
    "2026-11-21T00:00:00.000+02:00",
    "2026-11-21 00:00:00Z",
    "2026-11-21",
    "1700000000",
    1700000000,
    1700000000.5,
]


@pytest.mark.parametrize("value", DATES)
def test_a_date_is_what_botocore_makes_of_it(value):
    ours, theirs = parsed_date(value), parse_timestamp(value)

    assert (ours, ours.tzinfo) == (theirs, theirs.tzinfo)


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "Sat, 31 Feb 2026 00:00:00 GMT", "Sat, 21 Nov 2026 25:00:00 GMT", "2026-02-31T00:00:00.000Z"],
)
def test_what_is_no_date_is_an_error_as_with_botocore(value):
    with pytest.raises(ValueError):
        parse_timestamp(value)
    with pytest.raises(ValueError):
        parsed_date(value)


def client_of(session):
    return session.client(
        "s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b", endpoint_url="http://127.0.0.1"
    )


def reads_dates_with(client):
    return client._endpoint._response_parser_factory.create_parser("rest-xml")._timestamp_parser


def test_only_the_client_it_is_installed_in_reads_dates_with_it():
    session = boto3.session.Session()
    ours, theirs = client_of(session), client_of(session)
    install_dates(ours)

    assert reads_dates_with(ours) is parsed_date
    assert reads_dates_with(theirs) is not parsed_date


def test_a_session_with_dates_of_its_own_keeps_them():
    session = boto3.session.Session()
    session._session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    client = client_of(session)
    install_dates(client)

    assert reads_dates_with(client) is str
