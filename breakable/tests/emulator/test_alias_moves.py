"""AssociateAlias takes an alias from one distribution to another in one step, for whom the zone's TXT record names."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded


@pytest.fixture
def zone(embedded, unique):
    """A hosted zone: (its id, its name)."""
    name = f"{unique('zone')}.example.com"
    found = embedded.client("route53").create_hosted_zone(Name=name, CallerReference=name)
    return found["HostedZone"]["Id"].rpartition("/")[2], name


@pytest.fixture
def distributions(embedded, zone):
    """The distribution that has the alias, the one that is to have it, and the alias."""
    _, name = zone
    alias = f"www.{name}"
    covered = certificate(embedded, f"*.{name}")
    return create(embedded, covered, alias), create(embedded, covered), alias


def certificate(embedded, name):
    return embedded.client("acm").request_certificate(DomainName=name, ValidationMethod="DNS")["CertificateArn"]


def create(embedded, certificate, *aliases):
    cloudfront = embedded.client("cloudfront")
    config = {
        "CallerReference": f"{certificate} {aliases}",
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": len(aliases), "Items": list(aliases)},
        "Origins": {"Quantity": 1, "Items": [ORIGIN]},
        "DefaultCacheBehavior": BEHAVIOR,
        "ViewerCertificate": {"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only"},
    }
    return cloudfront.create_distribution(DistributionConfig=config)["Distribution"]


ORIGIN = {"Id": "o", "DomainName": "o.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
BEHAVIOR = {
    "TargetOriginId": "o",
    "ViewerProtocolPolicy": "allow-all",
    "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
}


def prove(embedded, zone, alias, domain):
    """Write the TXT record that names the distribution to which the alias may move."""
    record = {"Name": f"_{alias}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{domain}"'}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    embedded.client("route53").change_resource_record_sets(HostedZoneId=zone[0], ChangeBatch=batch)


def move(embedded, target, alias):
    """Move an alias; return AWS's error code, or None."""
    try:
        embedded.client("cloudfront").associate_alias(TargetDistributionId=target, Alias=alias)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def aliases(embedded, distribution):
    found = embedded.client("cloudfront").get_distribution_config(Id=distribution["Id"])
    return found["DistributionConfig"]["Aliases"].get("Items", [])


def test_an_alias_moves_with_the_txt_record_of_its_target(embedded, zone, distributions):
    old, new, alias = distributions
    assert move(embedded, new["Id"], alias) == "IllegalUpdate"
    prove(embedded, zone, alias, old["DomainName"])
    assert move(embedded, new["Id"], alias) == "IllegalUpdate"
    assert (aliases(embedded, old), aliases(embedded, new)) == ([alias], [])
    prove(embedded, zone, alias, new["DomainName"])
    assert move(embedded, new["Id"], alias) is None
    assert (aliases(embedded, old), aliases(embedded, new)) == ([], [alias])


def test_the_targets_certificate_must_cover_the_alias(embedded, zone, distributions):
    old, _, alias = distributions
    other = create(embedded, certificate(embedded, f"other.{zone[1]}"))
    prove(embedded, zone, alias, other["DomainName"])
    assert move(embedded, other["Id"], alias) == "InvalidViewerCertificate"
    assert aliases(embedded, old) == [alias]


def test_a_target_must_exist(embedded, distributions):
    assert move(embedded, "E0NOWHERE00000", distributions[2]) == "NoSuchDistribution"
