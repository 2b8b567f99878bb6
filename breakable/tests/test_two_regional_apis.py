"""An app that is not ours, deployed to the embedded AWS and drilled there by the library alone."""

from pathlib import Path

import pytest

from breakable_aws.errors import BreakableError

pytestmark = [pytest.mark.embedded, pytest.mark.long]

EXAMPLE = Path(__file__).parents[1] / "examples" / "two_regional_apis"
NAME, REGIONS = "api.example.com", ["us-east-1", "eu-west-1"]


@pytest.fixture(scope="session")
def apis(embedded_aws):
    embedded_aws.create_zone("Z0123456789ABCDEFGHIJ", "example.com")
    embedded_aws.deploy(EXAMPLE, regions=REGIONS)
    embedded_aws.until(lambda: leads(embedded_aws, "us-east-1"), within=6000)
    return embedded_aws


def leads(aws, region):
    try:
        return f".{region}." in aws.resolve(NAME)[-1]
    except BreakableError:
        # The name servers have not read the zone yet.
        return False


def region_of(aws):
    answer = aws.get(f"https://{NAME}/")
    assert answer.status == 200
    return answer.body.decode()


@pytest.mark.parametrize("fault", ["api-refuse", "api-503"])
def test_a_region_that_is_lost_is_left_and_come_back_to(apis, healthy_aws, fault):
    assert region_of(healthy_aws) == "us-east-1"
    with healthy_aws.broken(fault, region="us-east-1"):
        healthy_aws.until(lambda: leads(healthy_aws, "eu-west-1"), within=6000)
        assert region_of(healthy_aws) == "eu-west-1"
        healthy_aws.until(lambda: healthy_aws.alarms("us-east-1")["api-primary-unhealthy"] == "ALARM", within=6000)
    healthy_aws.until(lambda: leads(healthy_aws, "us-east-1"), within=6000)
    assert region_of(healthy_aws) == "us-east-1"
    healthy_aws.until(lambda: healthy_aws.alarms("us-east-1")["api-primary-unhealthy"] == "OK", within=6000)


def test_the_lost_region_itself_answers_nothing_or_503(apis, healthy_aws):
    own = "https://us-east-1.api.example.com/"
    with healthy_aws.broken("api-refuse", region="us-east-1"), pytest.raises(OSError, match="refused"):
        healthy_aws.get(own)
    with healthy_aws.broken("api-503", region="us-east-1"):
        assert healthy_aws.get(own).status == 503
    assert healthy_aws.get(own).status == 200


def test_what_would_hit_nothing_is_refused(apis):
    with pytest.raises(BreakableError, match=r"got eu-north-1 for api-503, expected .*: eu-west-1, us-east-1"):
        apis.break_("api-503", region="eu-north-1")


def test_waiting_for_what_never_holds_ends(apis):
    with pytest.raises(BreakableError, match="does not hold after 5 seconds"):
        apis.until(lambda: False, within=5)


def test_a_name_that_dns_does_not_have_is_named(apis):
    apis.resolve(NAME)
    with pytest.raises(BreakableError, match=r"DNS answers NXDOMAIN for nothing\.example\.com"):
        apis.get("https://nothing.example.com/")
