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


def test_what_is_no_region_is_named():
    with pytest.raises(InvalidConfiguration, match="got the region 'us-east-1', expected a Region"):
        S3FailoverClient(["us-east-1"])


def test_a_configuration_error_is_a_value_error():
    assert issubclass(InvalidConfiguration, ValueError)


@pytest.mark.parametrize("size", [0, -1, None])
def test_a_pool_has_room_for_a_connection(size):
    with pytest.raises(InvalidConfiguration, match="max_pool_connections is"):
        S3FailoverClient([Region("us-east-1", bucket="b")], max_pool_connections=size)
