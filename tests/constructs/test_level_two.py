"""A second opinion on what we define with CloudFormation's own constructs: CDK's higher ones get the same values.

They check what they are given, as CloudFormation does only when it deploys. Each must accept our values, or its
refusal is the reason why it is not used. The values are those of the stacks of every kind of site.
"""

import functools
import itertools
import re

import jsii
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template as Synthesized
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from cdk_templates import ROOT, new_stack
from resolved import Template
from site_kinds import every_stack

HIGHER = {
    "CfnApi": "test_the_http_api",
    "CfnApiMapping": "test_the_names_of_the_api",
    "CfnDomainName": "test_the_names_of_the_api",
    "CfnIntegration": "test_the_route_to_the_function",
    "CfnManagedPolicy": "test_managed_policies",
    "CfnPolicy": "test_inline_policies",
    "CfnRecordSet": "test_the_delegation",
    "CfnRoute": "test_the_route_to_the_function",
    "CfnStage": "in test_https_endpoint.py",
    # Properties that are set on what a higher construct made.
    "CfnBucket": "test_replication_rules",
    "CfnDistribution": "test_the_read_timeout_of_an_origin",
    "CfnSubscription": "CDK has no operator for one of several attributes; the embedded AWS and AWS decide",
    # Read where a higher construct made it, never defined.
    "CfnCertificate": "what a certificate of the app covers",
    "CfnTopic": "the region of a topic that an action notifies",
    # Not in CDK.
    "CfnDelivery": "CDK has no higher construct",
    "CfnDeliveryDestination": "CDK has no higher construct",
    "CfnDeliverySource": "CDK has no higher construct",
}
"""CloudFormation's own constructs that we use, with the test of the higher one or the reason why there is none."""


def test_every_construct_of_cloudformation_s_own_is_in_the_list():
    files = [*(ROOT / "constructs" / "s3_failover_constructs").rglob("*.py"), *(ROOT / "stacks").rglob("*.py")]
    used = {name for file in files for name in re.findall(r"\.(Cfn(?!Output)[A-Za-z]+)\b", file.read_text())}
    assert used == set(HIGHER)
    assert [name for name in HIGHER.values() if name.startswith("test_") and name not in globals()] == []


@functools.cache
def values(kind):
    """The distinct properties of all resources of a type, resolved."""
    found = []
    for stack in every_stack():
        for _, resource_type, properties in Template(stack.template, stack.region).properties():
            if resource_type == f"AWS::{kind}" and properties not in found:
                found.append(properties)
    assert found
    return found


@pytest.fixture
def stack():
    return new_stack("eu-central-1")


@pytest.fixture
def ids():
    return (f"X{number}" for number in itertools.count())


def made(stack, kind):
    """The properties of what a stack holds of a type, in the order of definition; makes the stack whole."""
    return [each["Properties"] for each in Synthesized.from_stack(stack).find_resources(f"AWS::{kind}").values()]


def actions(document):
    statements = document["Statement"]
    return {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}


@pytest.mark.long
def test_inline_policies(stack, ids):
    ours = values("IAM::Policy")
    for each in ours:
        document = iam.PolicyDocument.from_json(each["PolicyDocument"])
        role = iam.Role.from_role_name(stack, next(ids), next(ids))
        iam.Policy(stack, next(ids), policy_name=each["PolicyName"], document=document, roles=[role])
    theirs = made(stack, "IAM::Policy")
    assert [each["PolicyName"] for each in theirs] == [each["PolicyName"] for each in ours]
    assert [actions(each["PolicyDocument"]) for each in theirs] == [actions(each["PolicyDocument"]) for each in ours]


@pytest.mark.long
def test_managed_policies(stack, ids):
    ours = values("IAM::ManagedPolicy")
    for each in ours:
        document = iam.PolicyDocument.from_json(each["PolicyDocument"])
        name, text = each.get("ManagedPolicyName"), each["Description"]
        iam.ManagedPolicy(stack, next(ids), document=document, managed_policy_name=name, description=text)
    theirs = made(stack, "IAM::ManagedPolicy")
    assert [actions(each["PolicyDocument"]) for each in theirs] == [actions(each["PolicyDocument"]) for each in ours]


def test_an_inline_policy_without_a_resource_would_be_refused(stack):
    document = iam.PolicyDocument.from_json({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]})
    iam.Policy(stack, "Policy", document=document, roles=[iam.Role.from_role_name(stack, "Role", "role")])
    with pytest.raises(RuntimeError, match="must specify at least one resource"):
        made(stack, "IAM::Policy")


def http_api(stack, ours, name="Api"):
    return apigateway.HttpApi(
        stack,
        name,
        api_name=ours["Name"],
        description=ours["Description"],
        disable_execute_api_endpoint=ours["DisableExecuteApiEndpoint"],
        ip_address_type=apigateway.IpAddressType.DUAL_STACK,
        create_default_stage=False,
    )


def without_tags(properties):
    return {key: value for key, value in properties.items() if key != "Tags"}


def test_the_http_api(stack):
    ours = values("ApiGatewayV2::Api")
    for number, each in enumerate(ours):
        http_api(stack, each, f"Api{number}")
    assert made(stack, "ApiGatewayV2::Api") == [without_tags(each) for each in ours]


def test_the_route_to_the_function(stack):
    integration, route = values("ApiGatewayV2::Integration")[0], values("ApiGatewayV2::Route")[0]
    function = lambda_.Function.from_function_arn(stack, "Function", integration["IntegrationUri"])
    version = apigateway.PayloadFormatVersion.custom(integration["PayloadFormatVersion"])
    apigateway.HttpRoute(
        stack,
        "Route",
        http_api=http_api(stack, values("ApiGatewayV2::Api")[0]),
        route_key=apigateway.HttpRouteKey.DEFAULT,
        integration=HttpLambdaIntegration("Integration", function, payload_format_version=version),
    )
    (theirs,) = made(stack, "ApiGatewayV2::Integration")
    assert theirs == integration | {"ApiId": theirs["ApiId"]}
    (theirs,) = made(stack, "ApiGatewayV2::Route")
    assert theirs == route | {"ApiId": theirs["ApiId"], "Target": theirs["Target"]}


def test_the_names_of_the_api(stack, ids):
    api = http_api(stack, values("ApiGatewayV2::Api")[0])
    for ours in values("ApiGatewayV2::DomainName"):
        (settings,) = ours["DomainNameConfigurations"]
        domain = apigateway.DomainName(
            stack,
            next(ids),
            domain_name=ours["DomainName"],
            certificate=acm.Certificate.from_certificate_arn(stack, next(ids), settings["CertificateArn"]),
            endpoint_type=apigateway.EndpointType[settings["EndpointType"]],
            ip_address_type=apigateway.IpAddressType.DUAL_STACK,
            security_policy=apigateway.SecurityPolicy[settings["SecurityPolicy"]],
        )
        stage = apigateway.HttpStage(stack, next(ids), http_api=api, stage_name=next(ids))
        apigateway.ApiMapping(stack, next(ids), api=api, domain_name=domain, stage=stage)
    assert made(stack, "ApiGatewayV2::DomainName") == [
        without_tags(each) for each in values("ApiGatewayV2::DomainName")
    ]


def test_the_delegation(stack, ids):
    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z1", zone_name="example.com")
    ours = [each for each in values("Route53::RecordSet") if each["Type"] == "NS"]
    for each in ours:
        route53.ZoneDelegationRecord(
            stack,
            next(ids),
            zone=zone,
            record_name=each["Name"],
            name_servers=each["ResourceRecords"],
            ttl=Duration.seconds(int(each["TTL"])),
        )
    for mine, theirs in zip(ours, made(stack, "Route53::RecordSet"), strict=True):
        names = [name.removesuffix(".") for name in theirs.pop("ResourceRecords")]
        assert names == mine["ResourceRecords"]
        assert theirs.items() <= mine.items()


@jsii.implements(route53.IAliasRecordTarget)
class Target:
    """What an alias of ours points at, as CDK wants to be told."""

    def __init__(self, alias):
        self.alias = alias

    def bind(self, record, zone=None):
        return route53.AliasRecordTargetConfig(
            dns_name=self.alias["DNSName"],
            hosted_zone_id=self.alias["HostedZoneId"],
            evaluate_target_health=self.alias["EvaluateTargetHealth"],
        )


def test_the_aliases_at_an_apex_are_refused_for_what_route_53_refuses_in_turn(stack):
    ours = next(
        each for each in values("Route53::RecordSet") if each.get("Failover") == "PRIMARY" and "AliasTarget" in each
    )

    with pytest.raises(RuntimeError, match=r"(?i)evaluateTargetHealth"):
        route53.ARecord(
            stack,
            "Record",
            zone=route53.HostedZone.from_hosted_zone_attributes(
                stack, "Zone", hosted_zone_id="Z1", zone_name="example.com"
            ),
            target=route53.RecordTarget.from_alias(Target(ours["AliasTarget"])),
            failover=route53.Failover.PRIMARY,
            set_identifier=ours["SetIdentifier"],
        )


def replication_rule(stack, rule, number):
    destination, criteria = rule["Destination"], rule.get("SourceSelectionCriteria", {})
    account, key = destination.get("Account"), destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
    name = destination["Bucket"].rpartition(":")[2]
    return s3.ReplicationRule(
        destination=s3.Bucket.from_bucket_attributes(stack, f"To{number}", bucket_name=name, account=account),
        access_control_transition="AccessControlTranslation" in destination,
        delete_marker_replication=rule["DeleteMarkerReplication"]["Status"] == "Enabled",
        filter=s3.Filter(prefix=rule["Filter"]["Prefix"]),
        id=rule["Id"],
        kms_key=kms.Key.from_key_arn(stack, f"Key{number}", key) if key and ":key/" in key else None,
        metrics=s3.ReplicationTimeValue.FIFTEEN_MINUTES if "Metrics" in destination else None,
        priority=rule["Priority"],
        replica_modifications="ReplicaModifications" in criteria or None,
        replication_time_control=s3.ReplicationTimeValue.FIFTEEN_MINUTES if "ReplicationTime" in destination else None,
        sse_kms_encrypted_objects="SseKmsEncryptedObjects" in criteria or None,
    )


def test_replication_rules():
    configurations = [
        each["ReplicationConfiguration"]["Rules"] for each in values("S3::Bucket") if "ReplicationConfiguration" in each
    ]
    assert len(configurations) >= 8
    for rules in configurations:
        stack = new_stack("eu-west-1")
        theirs = [replication_rule(stack, rule, number) for number, rule in enumerate(rules)]
        s3.Bucket(stack, "Source", versioned=True, replication_rules=theirs)
        (bucket,) = made(stack, "S3::Bucket")
        for mine, other in zip(rules, bucket["ReplicationConfiguration"]["Rules"], strict=True):
            for key in ("Id", "Priority", "Status", "Filter", "DeleteMarkerReplication"):
                assert other[key] == mine[key], mine["Id"]
            assert other.get("SourceSelectionCriteria") == mine.get("SourceSelectionCriteria"), mine["Id"]
            for key in ("Metrics", "ReplicationTime", "AccessControlTranslation", "Account"):
                theirs_of = other["Destination"].get(key)
                assert shape(theirs_of) == shape(mine["Destination"].get(key)), (mine["Id"], key)


def shape(value):
    return sorted(value) if isinstance(value, dict) else value


def test_the_read_timeout_of_an_origin():
    seconds = {
        origin["S3OriginConfig"]["OriginReadTimeout"]
        for each in values("CloudFront::Distribution")
        for origin in each["DistributionConfig"]["Origins"]
    }
    assert seconds
    for each in seconds:
        origins.HttpOrigin("origin.example.com", read_timeout=Duration.seconds(each))
