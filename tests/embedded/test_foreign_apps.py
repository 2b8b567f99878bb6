"""Apps that are not ours and use the constructs, deployed as they are and drilled."""

import pytest
from foreign_apps import project

from breakable_aws.errors import BreakableError
from breakable_aws.fixtures import embedded_aws, healthy_aws
from s3_failover import Region, S3FailoverClient
from s3_failover.local.shell import for_shell

__all__ = ["embedded_aws", "healthy_aws"]

pytestmark = [pytest.mark.embedded, pytest.mark.long]

VIRGINIA, IRELAND, FRANKFURT = "us-east-1", "eu-west-1", "eu-central-1"


@pytest.fixture(scope="session")
def deployed(embedded_aws, tmp_path_factory):
    """Deploys an example once."""
    there = set()
    embedded_aws.create_zone("Z0123456789ABCDEFGHIJ", "example.com")

    def deploy(name, *regions):
        if name not in there:
            embedded_aws.deploy(project(name, tmp_path_factory.mktemp(name)), regions=regions)
            there.add(name)

    return deploy


def leads(aws, name, target):
    try:
        return any(target in each for each in aws.resolve(name))
    except BreakableError:
        # The name servers have not read the zone yet.
        return False


def test_the_standby_page_serves_while_the_region_of_the_api_is_lost(deployed, healthy_aws):
    aws = healthy_aws
    deployed("standby_page", VIRGINIA, IRELAND)
    page = aws.client("s3", IRELAND)
    page.put_object(Bucket="acme-standby-page", Key="index.html", Body=b"back soon", ContentType="text/html")
    aws.until(lambda: leads(aws, "app.example.com", f".{VIRGINIA}."), within=6000)
    assert aws.get("https://app.example.com/orders").body == b"the application"
    with aws.broken("api-503", region=VIRGINIA):
        aws.until(lambda: leads(aws, "app.example.com", "page.example.com"), within=6000)
        answer = aws.get("https://app.example.com/")
        assert (answer.status, answer.body) == (200, b"back soon")
        assert aws.get("https://app.example.com/orders").body == b"back soon"
        aws.until(lambda: aws.alarms(VIRGINIA)["app.example.com/failover-unhealthy"] == "ALARM", within=6000)
    aws.until(lambda: leads(aws, "app.example.com", f".{VIRGINIA}."), within=6000)
    assert aws.get("https://app.example.com/orders").body == b"the application"


@pytest.fixture
def host(healthy_aws, monkeypatch):
    """A client as a host of the team has it."""
    for name, value in for_shell(healthy_aws.emulator, healthy_aws.state).items():
        monkeypatch.setenv(name, value)
    regions = [Region(IRELAND, bucket="acme-prompts-eu-west-1"), Region(FRANKFURT, bucket="acme-prompts-eu-central-1")]
    with S3FailoverClient(regions, probe=None) as client:
        yield client


@pytest.mark.parametrize("lost", [IRELAND, FRANKFURT])
def test_hosts_read_on_while_a_region_of_the_copied_bucket_is_lost(deployed, healthy_aws, host, lost):
    aws = healthy_aws
    deployed("copied_bucket", IRELAND, FRANKFURT)
    aws.client("s3", IRELAND).put_object(Bucket="acme-prompts-eu-west-1", Key="greeting.txt", Body=b"hello")
    copy = aws.client("s3", FRANKFURT)
    aws.until(lambda: "Contents" in copy.list_objects_v2(Bucket="acme-prompts-eu-central-1"), within=6000)
    stored = copy.head_object(Bucket="acme-prompts-eu-central-1", Key="greeting.txt")
    assert (stored["ReplicationStatus"], stored["StorageClass"]) == ("REPLICA", "STANDARD_IA")
    with aws.broken("s3-refuse", region=lost):
        assert {host.get_object("greeting.txt").body for _ in range(4)} == {b"hello"}
        assert {each.region for each in host.health() if each.failing} == {lost}
    assert {host.get_object("greeting.txt").body for _ in range(4)} == {b"hello"}


def test_both_sites_in_one_stack_move_and_come_back(deployed, healthy_aws):
    aws = healthy_aws
    deployed("two_sites", VIRGINIA, IRELAND)
    names = {"acme-news": "news.example.com", "acme-help": "help.example.com"}
    for bucket, name in names.items():
        aws.client("s3", VIRGINIA).put_object(Bucket=bucket, Key="index.html", Body=name.encode())
        aws.until(lambda name=name: leads(aws, name, "cloudfront.net"), within=6000)
        assert aws.get(f"https://{name}/").body == name.encode()
    with aws.broken("s3-503", region=VIRGINIA):
        for name in names.values():
            aws.until(lambda name=name: leads(aws, name, f"s3-website-{IRELAND}"), within=6000)
            assert aws.get(f"http://{name}/").body == name.encode()
            aws.until(lambda name=name: aws.alarms(VIRGINIA)[f"{name}/failover-unhealthy"] == "ALARM", within=6000)
    for name in names.values():
        aws.until(lambda name=name: leads(aws, name, "cloudfront.net"), within=6000)
