"""Where the embedded AWS as an account leads sockets to."""

import pytest

from breakable_aws import places
from breakable_aws.handle import Emulator
from s3_failover.local.account import account_of

EMULATOR = Emulator("http://127.0.0.1:1", "123456789012", 2, 3, 4, 5, "ca.pem", 6, 0.0, api_gateway_https=7)


@pytest.fixture
def reach(monkeypatch):
    def find(_emulator, name, scheme):
        if name.startswith("lost."):
            raise OSError(f"nothing answers at {scheme}://{name}")
        return places.Place(8, "s3")

    monkeypatch.setattr(places, "find", find)
    return account_of(EMULATOR).reach


def test_names_lead_to_loopback(reach):
    assert reach("d1.cloudfront.net", 443) == ("127.0.0.1", 8)
    assert reach("lost.api.example.com", 443) == ("127.0.0.1", 7), "a name of the site's own, of its https secondary"


@pytest.mark.parametrize("name", ["lost.cloudfront.net", "lost.s3-website.eu-west-1.amazonaws.com"])
def test_a_name_of_aws_that_dns_has_lost_leads_nowhere(reach, name):
    assert reach(name, 443) == (f"{name}.invalid", 443)
