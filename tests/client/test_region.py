"""What a client can be made of."""

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from s3_failover import AllRegionsFailed, InvalidConfiguration, Region, S3FailoverClient


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


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:us-east-1:111122223333:accesspoint/assets",
        "arn:aws:s3:us-east-1:111122223333:accesspoint:assets",
        "arn:aws-cn:s3:us-east-1:111122223333:accesspoint/assets",
        "arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/assets",
        "arn:aws:s3-outposts:us-east-1:111122223333:outpost/op-01234567890123456/accesspoint/assets",
    ],
)
def test_an_access_point_is_given_by_its_arn(arn):
    assert Region("us-east-1", bucket=arn).bucket == arn


def test_an_access_point_is_one_of_its_region():
    with pytest.raises(InvalidConfiguration, match="is in us-east-1, expected one in eu-west-1"):
        Region("eu-west-1", bucket="arn:aws:s3:us-east-1:111122223333:accesspoint/assets")


def test_a_multi_region_access_point_is_no_region():
    with pytest.raises(InvalidConfiguration, match="chooses a region itself, expected what is in one region"):
        Region("us-east-1", bucket="arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:::assets",
        "arn:nonsense",
        "arn:aws:s3:us-east-1:111122223333:accesspoint",
        "arn:aws:s3:us-east-1:1111:accesspoint/assets",
        "arn:aws:sqs:us-east-1:111122223333:assets",
    ],
)
def test_an_arn_that_is_no_access_points_is_refused(arn):
    with pytest.raises(InvalidConfiguration, match="expected a bucket's name or an access point's ARN"):
        Region("us-east-1", bucket=arn)


def test_two_regions_are_two_places():
    one = Region("us-east-1", bucket="assets", endpoint_url="https://s3.example.com")
    same = Region("us-west-2", bucket="assets", endpoint_url="https://S3.example.com/")
    with pytest.raises(InvalidConfiguration, match="us-east-1 and us-west-2 are one place"):
        S3FailoverClient([one, same])
    other = Region("us-west-2", bucket="assets-2", endpoint_url="https://s3.example.com")
    S3FailoverClient([one, other], probe=None).close()


def asked(monkeypatch, regions, **options):
    """Return the URLs that a client would read from."""
    found = []

    def send(_session, request):
        found.append(request.url)
        raise ConnectionClosedError(endpoint_url=request.url)

    monkeypatch.setattr(URLLib3Session, "send", send)
    with S3FailoverClient(regions, probe=None, **options) as client, pytest.raises(AllRegionsFailed):
        client.get_object("key")
    return sorted(found)


TWO = [Region("us-east-1", bucket="one"), Region("eu-west-1", bucket="two")]
URLS = ["https://one.s3.us-east-1.amazonaws.com/key", "https://two.s3.eu-west-1.amazonaws.com/key"]


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_for_everything_does_not_make_all_regions_one_place(monkeypatch, caplog, name):
    monkeypatch.setenv(name, "https://s3.us-east-1.amazonaws.com")
    assert asked(monkeypatch, TWO) == URLS
    assert f"{name} is not used" in caplog.text


@pytest.mark.parametrize(
    "settings",
    ["endpoint_url = https://s3.example.com", "s3 =\n  use_accelerate_endpoint = true"],
    ids=["endpoint_url", "use_accelerate_endpoint"],
)
def test_a_profile_does_not_make_all_regions_one_place(monkeypatch, tmp_path, settings):
    (tmp_path / "config").write_text(f"[default]\n{settings}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert asked(monkeypatch, TWO) == URLS


def test_a_given_configuration_does_not_make_all_regions_one_place(monkeypatch):
    config = Config(s3={"use_accelerate_endpoint": True}, ignore_configured_endpoint_urls=False)
    assert asked(monkeypatch, TWO, config=config) == URLS


def test_the_endpoint_of_a_region_is_used(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.us-east-1.amazonaws.com")
    regions = [Region("us-east-1", bucket="one", endpoint_url="http://127.0.0.1:1")]
    assert asked(monkeypatch, regions) == ["http://127.0.0.1:1/one/key"]


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


def test_in_the_shell_of_an_embedded_aws_every_region_is_read_there(monkeypatch, caplog):
    monkeypatch.setenv("S3_FAILOVER_LOCAL", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert asked(monkeypatch, TWO) == ["http://127.0.0.1:4566/one/key", "http://127.0.0.1:4566/two/key"]
    assert "reads from the embedded AWS at http://127.0.0.1:4566: S3_FAILOVER_LOCAL is set" in caplog.text
    own = [Region("us-east-1", bucket="one", endpoint_url="http://127.0.0.1:1")]
    assert asked(monkeypatch, own) == ["http://127.0.0.1:1/one/key"], "an endpoint of its own goes first"


def test_only_an_endpoint_of_this_machine_is_taken_for_an_embedded_aws(monkeypatch):
    monkeypatch.setenv("S3_FAILOVER_LOCAL", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com:4566")
    assert asked(monkeypatch, TWO) == URLS
