"""Further hostnames of a site: what the stacks make for them, beside each kind of secondary."""

import pytest
from aws_cdk.assertions import Match, Template
from cdk_templates import new_app, text
from site_kinds import every_kind
from site_stacks import synthesized, templates
from sites import site

from s3_failover_stacks import Site

WWW, APEX = "www.shop.example.com", "example.com"


def template(kind, role):
    found = [each.template for name, each in synthesized(every_kind()[kind]).items() if name.startswith(role)]
    return Template.from_json(found[0])


def records(edge):
    """The failover records: name and role, with the target and the health check."""
    found = edge.find_resources("AWS::Route53::RecordSet").values()
    return {
        (each["Properties"]["Name"], each["Properties"]["Failover"]): (
            text(each["Properties"].get("ResourceRecords") or each["Properties"]["AliasTarget"]["DNSName"]),
            text(each["Properties"].get("HealthCheckId", "")),
        )
        for each in found
    }


@pytest.mark.parametrize("kind", ["aliases", "aliases-https", "aliases-external"])
def test_the_distribution_serves_every_name_with_a_certificate_for_them(kind):
    edge, config = template(kind, "edge"), every_kind()[kind]
    edge.has_resource_properties(
        "AWS::CloudFront::Distribution", {"DistributionConfig": {"Aliases": [config.hostname, *config.aliases]}}
    )
    names = {"DomainName": config.hostname, "SubjectAlternativeNames": list(config.aliases)}
    edge.has_resource_properties("AWS::CertificateManager::Certificate", names)


def test_every_name_fails_over_by_the_one_check_to_an_endpoint_of_its_own():
    found = records(template("aliases", "edge"))
    endpoint = "s3-website.eu-central-1.amazonaws.com"
    assert {key: target for key, (target, _) in found.items() if key[1] == "SECONDARY"} == {
        ("shop.example.com.", "SECONDARY"): f"shop.example.com.{endpoint}",
        (f"{WWW}.", "SECONDARY"): f"{WWW}.{endpoint}",
        (f"{APEX}.", "SECONDARY"): endpoint,
    }
    primary = [value for key, value in found.items() if key[1] == "PRIMARY"]
    assert len(primary) == 3
    assert len(set(primary)) == 1
    assert "Failover" in primary[0][1]
    assert {check for (_, role), (_, check) in found.items() if role == "SECONDARY"} == {""}


def test_a_website_redirects_aliases_to_the_hostname():
    website = template("aliases", "website")
    for alias in (WWW, APEX):
        website.has_resource(
            "AWS::S3::Bucket",
            {
                "Properties": {
                    "BucketName": alias,
                    "WebsiteConfiguration": Match.object_equals(
                        {"RedirectAllRequestsTo": {"HostName": "shop.example.com"}}
                    ),
                    "PublicAccessBlockConfiguration": {"BlockPublicPolicy": True, "RestrictPublicBuckets": True},
                },
                "DeletionPolicy": "Delete",
            },
        )


def test_an_https_secondary_serves_aliases_under_names_of_their_own():
    api, edge = template("aliases-https", "https"), template("aliases-https", "edge")
    target = "www-secondary-eu-central-1.example.com"
    api.has_resource_properties("AWS::ApiGatewayV2::DomainName", {"DomainName": "www.example.com"})
    api.resource_count_is("AWS::ApiGatewayV2::ApiMapping", 3)
    api.has_resource_properties("AWS::Route53::RecordSet", {"Name": f"{target}.", "Type": "CNAME"})
    sans = Match.array_with(["www.example.com"])
    api.has_resource_properties("AWS::CertificateManager::Certificate", {"SubjectAlternativeNames": sans})
    assert records(edge)[("www.example.com.", "SECONDARY")][0] == target


def test_an_external_secondary_is_told_which_names_it_must_answer_for():
    outputs = template("aliases-external", "external").find_outputs("ExternalCdnHostnames")
    (told,) = outputs.values()
    assert told["Value"] == "shop.example.com www.example.com shop.cdn.example.net"
    assert told["Description"] == "The other CDN must answer for all of them, with HTTPS"
    target = records(template("aliases-external", "edge"))[("www.example.com.", "SECONDARY")][0]
    assert target == "shop.cdn.example.net"


def test_other_stacks_do_not_know_aliases():
    with_them, without = templates(every_kind()["aliases"]), templates(site())
    assert {name for name in without if with_them[name] != without[name]} == {
        "website-eu-central-1",
        "edge-us-east-1",
    }


def test_a_site_that_is_written_in_python_has_the_same():
    config = every_kind()["aliases"]
    made = Site.from_config(new_app(), "Mine", config)
    assert list(made.stacks.edge.alias_records) == [WWW, APEX]
    assert Template.from_stack(made.stacks.edge).to_json() == templates(config)["edge-us-east-1"]
