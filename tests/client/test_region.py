"""What a client can be made of."""

import pytest

from s3_failover import InvalidConfiguration, Region, S3FailoverClient


def test_a_client_needs_a_region():
    with pytest.raises(InvalidConfiguration, match="got no regions, expected at least one"):
        S3FailoverClient([])


def test_a_region_is_given_once():
    twice = [Region("us-east-1", bucket="one"), Region("us-east-1", bucket="two")]
    with pytest.raises(InvalidConfiguration, match="got us-east-1 more than once, expected distinct regions"):
        S3FailoverClient(twice)


@pytest.mark.parametrize(("name", "bucket"), [("", "bucket"), ("us-east-1", ""), ("  ", "bucket")])
def test_a_region_has_a_name_and_a_bucket(name, bucket):
    with pytest.raises(InvalidConfiguration, match="expected a name"):
        Region(name, bucket=bucket)


@pytest.mark.parametrize("bucket", ["two words", "assets/folder", "s3://assets", "https://assets.s3.amazonaws.com"])
def test_a_bucket_is_given_by_its_name_alone(bucket):
    with pytest.raises(InvalidConfiguration, match="expected a bucket's name or an access point's ARN"):
        Region("us-east-1", bucket=bucket)


def test_an_access_point_is_given_by_its_arn():
    Region("us-east-1", bucket="arn:aws:s3:us-east-1:111122223333:accesspoint/assets")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:9000", "https://", ""])
def test_an_endpoint_is_a_web_address(url):
    with pytest.raises(InvalidConfiguration, match=r"expected one like https://.* or None"):
        Region("us-east-1", bucket="assets", endpoint_url=url)


@pytest.mark.parametrize("policy", ["not_found", "forbidden"])
def test_a_policy_is_one_of_two_words(policy):
    with pytest.raises(InvalidConfiguration, match=f'{policy} is "next", expected "raise" or "try_next"'):
        S3FailoverClient([Region("us-east-1", bucket="assets")], **{policy: "next"})


def test_what_is_no_region_is_named():
    with pytest.raises(InvalidConfiguration, match="got the region 'us-east-1', expected a Region"):
        S3FailoverClient(["us-east-1"])


def test_a_configuration_error_is_a_value_error():
    assert issubclass(InvalidConfiguration, ValueError)


@pytest.mark.parametrize("size", [0, -1, None])
def test_a_pool_has_room_for_a_connection(size):
    with pytest.raises(InvalidConfiguration, match="max_pool_connections is"):
        S3FailoverClient([Region("us-east-1", bucket="b")], max_pool_connections=size)
