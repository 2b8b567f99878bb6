"""APIs, stages and regional custom domain names from templates: what AWS refuses, and what viewers reach."""

import pytest

pytestmark = pytest.mark.embedded


def resources(name, certificate):
    return {
        "Certificate": {
            "Type": "AWS::CertificateManager::Certificate",
            "Properties": {"DomainName": certificate, "ValidationMethod": "DNS"},
        },
        "Name": {
            "Type": "AWS::ApiGatewayV2::DomainName",
            "Properties": {
                "DomainName": name,
                "DomainNameConfigurations": [
                    {"CertificateArn": {"Ref": "Certificate"}, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
                ],
            },
        },
    }


def test_a_name_leads_to_its_region_over_https_only(embedded, unique):
    name = unique("api.example.com")
    embedded.deploy(resources(name, name), region="eu-west-1")
    domain = embedded.client("apigatewayv2", "eu-west-1").get_domain_name(DomainName=name)
    target = domain["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
    status, place = embedded.api("GET", f"/_breakable/resolve?name={target}&scheme=https")
    assert (status, place["service"], place["region"]) == (200, "api-gateway", "eu-west-1")
    for scheme in ("http", "api"):
        assert embedded.api("GET", f"/_breakable/resolve?name={target}&scheme={scheme}")[0] == 404
    nobody = "d-0000000000.execute-api.eu-west-1.amazonaws.com"
    assert embedded.api("GET", f"/_breakable/resolve?name={nobody}&scheme=https")[0] == 404


def test_a_certificate_that_does_not_cover_the_name_is_refused(embedded, unique):
    name = unique("api.example.com")
    reasons = embedded.refusal(resources(name, f"other-{name}"), region="eu-west-1")
    assert f"The domain name {name} does not match the certificate" in reasons


def test_a_certificate_of_another_region_is_refused(embedded, unique):
    name = unique("api.example.com")
    made = resources(name, name)
    stack = embedded.deploy({"Certificate": made["Certificate"]}, outputs={"Arn": {"Value": {"Ref": "Certificate"}}})
    domain = made["Name"]["Properties"]
    domain["DomainNameConfigurations"][0]["CertificateArn"] = embedded.output(stack, "Arn")
    assert "in eu-west-1, where" in embedded.refusal({"Name": made["Name"]}, region="eu-west-1")


def test_an_address_type_can_be_read_back(embedded, unique):
    properties = {"Name": unique("api"), "ProtocolType": "HTTP", "IpAddressType": "dualstack"}
    embedded.deploy({"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": properties}}, region="eu-west-1")
    apis = embedded.client("apigatewayv2", "eu-west-1").get_apis()["Items"]
    assert [api["IpAddressType"] for api in apis if api["Name"] == properties["Name"]] == ["dualstack"]


def stage(unique, log_format):
    logs = {"DestinationArn": {"Fn::GetAtt": ["Logs", "Arn"]}, "Format": log_format}
    return {
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": unique("api"), "ProtocolType": "HTTP"}},
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AccessLogSettings": logs},
        },
    }


@pytest.mark.parametrize(
    "log_format", ['{"id":"$context.requestId"}', "$context.extendedRequestId $context.status\n", "$context.requestId"]
)
def test_an_access_log_with_a_request_id_is_accepted(embedded, unique, log_format):
    embedded.deploy(stage(unique, log_format), region="eu-west-1")


@pytest.mark.parametrize(
    ("log_format", "reason"),
    [
        ('{"status":"$context.status"}', "must contain at least $context.requestId"),
        ("$context.requestIdentity", "must contain at least $context.requestId"),
        ("$context.requestId\n$context.status", "must be single line"),
    ],
)
def test_an_access_log_format_that_api_gateway_refuses_fails_the_stack(embedded, unique, log_format, reason):
    assert reason in embedded.refusal(stage(unique, log_format), region="eu-west-1")
