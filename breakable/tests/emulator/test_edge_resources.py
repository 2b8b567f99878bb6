"""Distributions and their log deliveries, read back after a create, an update and a delete."""

import pytest
from resources import error_code, resource, tags

pytestmark = pytest.mark.embedded


def test_a_distribution_keeps_what_viewers_never_see(embedded, unique):
    bucket = unique("origin")
    origin = {
        "Id": "o",
        "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": 5},
        "OriginAccessControlId": {"Ref": "O"},
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 2,
    }
    control = {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}
    security = {"StrictTransportSecurity": {"AccessControlMaxAgeSec": 60, "Override": True}}

    def template(price):
        config = {
            "Enabled": True,
            "Comment": "c",
            "HttpVersion": "http2and3",
            "IPV6Enabled": True,
            "PriceClass": price,
            "Origins": [origin],
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "allow-all",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
                "ResponseHeadersPolicyId": {"Ref": "H"},
                "Compress": True,
            },
            "CustomErrorResponses": [
                {"ErrorCode": 404, "ResponseCode": 404, "ResponsePagePath": "/e", "ErrorCachingMinTTL": 0}
            ],
        }
        headers = {"Name": unique("h"), "SecurityHeadersConfig": security}
        return {
            "O": resource(
                "CloudFront::OriginAccessControl", OriginAccessControlConfig=control | {"Name": unique("oac")}
            ),
            "H": resource("CloudFront::ResponseHeadersPolicy", ResponseHeadersPolicyConfig=headers),
            "D": resource("CloudFront::Distribution", DistributionConfig=config, Tags=tags(a="b")),
        }

    outputs = {"D": {"Value": {"Ref": "D"}}, "H": {"Value": {"Ref": "H"}}, "O": {"Value": {"Ref": "O"}}}
    stack = embedded.deploy(template("PriceClass_100"), outputs=outputs)
    cloudfront, identifier = embedded.client("cloudfront"), embedded.output(stack, "D")

    def config():
        return cloudfront.get_distribution_config(Id=identifier)["DistributionConfig"]

    assert (config()["HttpVersion"], config()["IsIPV6Enabled"], config()["PriceClass"]) == (
        "http2and3",
        True,
        "PriceClass_100",
    )
    (read,) = config()["Origins"]["Items"]
    assert (read["ConnectionAttempts"], read["ConnectionTimeout"]) == (1, 2)
    assert read["S3OriginConfig"]["OriginReadTimeout"] == 5
    assert read["OriginAccessControlId"] == embedded.output(stack, "O")
    assert config()["CustomErrorResponses"]["Items"][0]["ErrorCachingMinTTL"] == 0
    policy = cloudfront.get_response_headers_policy(Id=embedded.output(stack, "H"))["ResponseHeadersPolicy"]
    hsts = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]["StrictTransportSecurity"]
    assert hsts["AccessControlMaxAgeSec"] == 60
    embedded.deploy(template("PriceClass_All"), name=stack, outputs=outputs)
    assert embedded.output(stack, "D") == identifier
    assert config()["PriceClass"] == "PriceClass_All"
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert error_code(cloudfront.get_distribution, Id=identifier) == "NoSuchDistribution"


def test_log_deliveries_are_read_back_changed_and_removed(embedded, unique):
    name = unique("delivery")
    behavior = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    origin = {"Id": "o", "DomainName": "x.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    distribution = {"Enabled": True, "Origins": [origin], "DefaultCacheBehavior": behavior}

    def template(suffix):
        return {
            "B": resource("S3::Bucket", BucketName=name),
            "D": resource("CloudFront::Distribution", DistributionConfig=distribution),
            "S": resource(
                "Logs::DeliverySource",
                Name=name,
                ResourceArn={"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${D}"},
                LogType="ACCESS_LOGS",
            ),
            "T": resource(
                "Logs::DeliveryDestination",
                Name=name,
                DestinationResourceArn={"Fn::GetAtt": ["B", "Arn"]},
                OutputFormat="w3c",
            ),
            "L": resource(
                "Logs::Delivery",
                DeliverySourceName={"Ref": "S"},
                DeliveryDestinationArn={"Fn::GetAtt": ["T", "Arn"]},
                S3SuffixPath=suffix,
                RecordFields=["date", "c-ip"],
            ),
        }

    outputs = {"L": {"Value": {"Ref": "L"}}}
    stack = embedded.deploy(template("{yyyy}"), outputs=outputs)
    logs, identifier = embedded.client("logs"), embedded.output(stack, "L")
    source = logs.get_delivery_source(name=name)["deliverySource"]
    assert (source["service"], source["logType"]) == ("cloudfront", "ACCESS_LOGS")
    destination = logs.get_delivery_destination(name=name)["deliveryDestination"]
    assert (destination["deliveryDestinationType"], destination["outputFormat"]) == ("S3", "w3c")
    (delivery,) = [d for d in logs.describe_deliveries()["deliveries"] if d["id"] == identifier]
    assert delivery["s3DeliveryConfiguration"] == {"suffixPath": "{yyyy}"}
    assert delivery["recordFields"] == ["date", "c-ip"]
    embedded.deploy(template("{MM}"), name=stack, outputs=outputs)
    assert logs.get_delivery(id=identifier)["delivery"]["s3DeliveryConfiguration"] == {"suffixPath": "{MM}"}
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert name not in [s["name"] for s in logs.describe_delivery_sources()["deliverySources"]]


def test_a_log_destination_that_goes_elsewhere_needs_another_name(embedded, unique):
    name = unique("destination")

    def template(prefix, called):
        arn = {"Fn::Sub": f"${{B.Arn}}/{prefix}"}
        return {
            "B": resource("S3::Bucket", BucketName=name),
            "T": resource("Logs::DeliveryDestination", Name=called, DestinationResourceArn=arn, OutputFormat="json"),
        }

    stack = embedded.deploy(template("one", name))
    with pytest.raises(AssertionError, match="already exists"):
        embedded.deploy(template("two", name), name=stack)
    embedded.deploy(template("two", f"{name}-2"), name=stack)
    found = embedded.client("logs").describe_delivery_destinations()["deliveryDestinations"]
    arns = {d["name"]: d["deliveryDestinationConfiguration"]["destinationResourceArn"] for d in found}
    assert (arns.get(name), arns[f"{name}-2"]) == (None, f"arn:aws:s3:::{name}/two")
