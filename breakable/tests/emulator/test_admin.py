import pytest

pytestmark = pytest.mark.embedded


def test_a_persons_hosted_zone_is_there_before_any_deployment(embedded):
    identifier, path = "ZABCDEFGHIJ0123456789", "/_breakable/hosted-zones/ZABCDEFGHIJ0123456789"
    assert embedded.api("PUT", path, {"name": "Example.NET"}) == (
        201,
        {"id": identifier, "name": "example.net.", "created": True},
    )
    assert embedded.api("PUT", path, {"name": "example.net."})[0] == 200
    zone = embedded.client("route53").get_hosted_zone(Id=identifier)["HostedZone"]
    assert (zone["Name"], zone["Config"]["PrivateZone"]) == ("example.net.", False)
    records = embedded.client("route53").list_resource_record_sets(HostedZoneId=identifier)["ResourceRecordSets"]
    assert sorted(record["Type"] for record in records) == ["NS", "SOA"]


def test_a_zone_is_never_renamed(embedded, zone):
    status, document = embedded.api("PUT", f"/_breakable/hosted-zones/{zone}", {"name": "example.org"})
    assert status == 409
    assert "example.com." in document["error"]


@pytest.mark.parametrize(
    ("identifier", "body"), [("nonsense!", {"name": "example.com"}), ("Z1", {}), ("Z1", {"name": "."})]
)
def test_a_zone_without_a_proper_id_or_name_is_refused(embedded, identifier, body):
    status, document = embedded.api("PUT", f"/_breakable/hosted-zones/{identifier}", body)
    assert status == 400
    assert "expected" in document["error"]


def test_the_status_tells_what_runs(embedded):
    status, document = embedded.api("GET", "/_breakable/status")
    assert status == 200
    assert document | embedded.ready == document
    assert document["ministack"] == "1.5.33"


def test_an_unknown_admin_endpoint_is_no_aws_request(embedded):
    assert embedded.api("DELETE", "/_breakable/status")[0] == 404
