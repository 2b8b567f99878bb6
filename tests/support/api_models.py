"""Where the properties of our templates are in the models of AWS's APIs, as botocore ships them.

CloudFormation hands most properties on under their own names, which are looked up without regard to capitals. `MEMBERS`
has the others, and `NOWHERE` those that no request has.
"""

import functools
import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

REQUESTS = {
    "AWS::ApiGatewayV2::Api": ["apigatewayv2:CreateApiRequest"],
    "AWS::ApiGatewayV2::ApiMapping": ["apigatewayv2:CreateApiMappingRequest"],
    "AWS::ApiGatewayV2::DomainName": ["apigatewayv2:CreateDomainNameRequest"],
    "AWS::ApiGatewayV2::Integration": ["apigatewayv2:CreateIntegrationRequest"],
    "AWS::ApiGatewayV2::Route": ["apigatewayv2:CreateRouteRequest"],
    "AWS::ApiGatewayV2::Stage": ["apigatewayv2:CreateStageRequest"],
    "AWS::CertificateManager::Certificate": ["acm:RequestCertificateRequest"],
    "AWS::CloudFront::Distribution": ["cloudfront:DistributionConfigWithTags"],
    "AWS::CloudFront::Function": ["cloudfront:CreateFunctionRequest"],
    "AWS::CloudFront::OriginAccessControl": ["cloudfront:CreateOriginAccessControlRequest"],
    "AWS::CloudFront::OriginRequestPolicy": ["cloudfront:CreateOriginRequestPolicyRequest"],
    "AWS::CloudFront::ResponseHeadersPolicy": ["cloudfront:CreateResponseHeadersPolicyRequest"],
    "AWS::CloudWatch::Alarm": ["cloudwatch:PutMetricAlarmInput"],
    "AWS::CloudWatch::CompositeAlarm": ["cloudwatch:PutCompositeAlarmInput"],
    "AWS::CloudWatch::Dashboard": ["cloudwatch:PutDashboardInput"],
    "AWS::Events::Rule": ["events:PutRuleRequest", "events:PutTargetsRequest"],
    "AWS::IAM::ManagedPolicy": ["iam:CreatePolicyRequest"],
    "AWS::IAM::Policy": ["iam:PutRolePolicyRequest"],
    "AWS::IAM::Role": ["iam:CreateRoleRequest"],
    "AWS::KMS::Alias": ["kms:CreateAliasRequest"],
    "AWS::KMS::Key": ["kms:CreateKeyRequest", "kms:ScheduleKeyDeletionRequest"],
    "AWS::Lambda::EventSourceMapping": ["lambda:CreateEventSourceMappingRequest"],
    "AWS::Lambda::Function": ["lambda:CreateFunctionRequest"],
    "AWS::Lambda::Permission": ["lambda:AddPermissionRequest"],
    "AWS::Logs::Delivery": ["logs:CreateDeliveryRequest"],
    "AWS::Logs::DeliveryDestination": ["logs:PutDeliveryDestinationRequest", "logs:DeliveryDestinationConfiguration"],
    "AWS::Logs::DeliverySource": ["logs:PutDeliverySourceRequest"],
    "AWS::Logs::LogGroup": ["logs:CreateLogGroupRequest", "logs:PutRetentionPolicyRequest"],
    "AWS::Route53::HealthCheck": ["route53:CreateHealthCheckRequest"],
    "AWS::Route53::HostedZone": ["route53:CreateHostedZoneRequest"],
    "AWS::Route53::RecordSet": ["route53:ResourceRecordSet"],
    "AWS::S3::Bucket": ["s3:CreateBucketRequest"],
    "AWS::S3::BucketPolicy": ["s3:PutBucketPolicyRequest"],
    "AWS::SNS::Subscription": ["sns:SubscribeInput"],
    "AWS::SNS::Topic": ["sns:CreateTopicInput"],
    "AWS::SNS::TopicPolicy": ["sns:SetTopicAttributesInput"],
    "AWS::SQS::Queue": ["sqs:CreateQueueRequest"],
    "AWS::SQS::QueuePolicy": ["sqs:SetQueueAttributesRequest"],
}
"""The requests, or parts of one, that take the properties of a type."""

MEMBERS = {
    "AWS::CloudFront::Distribution DistributionConfig.IPV6Enabled": "cloudfront:DistributionConfig IsIPV6Enabled",
    "AWS::CloudFront::Distribution Tags": "cloudfront:Tags Items",
    "AWS::CloudFront::Function Tags": "cloudfront:Tags Items",
    "AWS::IAM::ManagedPolicy ManagedPolicyName": "iam:CreatePolicyRequest PolicyName",
    "AWS::KMS::Key KeyPolicy": "kms:CreateKeyRequest Policy",
    "AWS::KMS::Key Tags.Key": "kms:Tag TagKey",
    "AWS::KMS::Key Tags.Value": "kms:Tag TagValue",
    "AWS::Route53::HealthCheck HealthCheckTags": "route53:ChangeTagsForResourceRequest AddTags",
    "AWS::Route53::HostedZone HostedZoneTags": "route53:ChangeTagsForResourceRequest AddTags",
    "AWS::Route53::RecordSet HostedZoneId": "route53:ChangeResourceRecordSetsRequest HostedZoneId",
    "AWS::S3::Bucket BucketEncryption": "s3:PutBucketEncryptionRequest ServerSideEncryptionConfiguration",
    "AWS::S3::Bucket BucketEncryption.ServerSideEncryptionConfiguration": "s3:ServerSideEncryptionConfiguration Rules",
    "AWS::S3::Bucket BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault": (
        "s3:ServerSideEncryptionRule ApplyServerSideEncryptionByDefault"
    ),
    "AWS::S3::Bucket BucketName": "s3:CreateBucketRequest Bucket",
    "AWS::S3::Bucket CorsConfiguration": "s3:PutBucketCorsRequest CORSConfiguration",
    "AWS::S3::Bucket CorsConfiguration.CorsRules.MaxAge": "s3:CORSRule MaxAgeSeconds",
    "AWS::S3::Bucket LifecycleConfiguration": "s3:PutBucketLifecycleConfigurationRequest LifecycleConfiguration",
    "AWS::S3::Bucket LifecycleConfiguration.Rules.ExpirationInDays": "s3:LifecycleExpiration Days",
    "AWS::S3::Bucket LifecycleConfiguration.Rules.ExpiredObjectDeleteMarker": (
        "s3:LifecycleExpiration ExpiredObjectDeleteMarker"
    ),
    "AWS::S3::Bucket LoggingConfiguration": "s3:BucketLoggingStatus LoggingEnabled",
    "AWS::S3::Bucket LoggingConfiguration.DestinationBucketName": "s3:LoggingEnabled TargetBucket",
    "AWS::S3::Bucket LoggingConfiguration.LogFilePrefix": "s3:LoggingEnabled TargetPrefix",
    "AWS::S3::Bucket NotificationConfiguration": (
        "s3:PutBucketNotificationConfigurationRequest NotificationConfiguration"
    ),
    "AWS::S3::Bucket NotificationConfiguration.QueueConfigurations.Event": "s3:QueueConfiguration Events",
    "AWS::S3::Bucket NotificationConfiguration.QueueConfigurations.Queue": "s3:QueueConfiguration QueueArn",
    "AWS::S3::Bucket OwnershipControls": "s3:PutBucketOwnershipControlsRequest OwnershipControls",
    "AWS::S3::Bucket PublicAccessBlockConfiguration": "s3:PutPublicAccessBlockRequest PublicAccessBlockConfiguration",
    "AWS::S3::Bucket ReplicationConfiguration": "s3:PutBucketReplicationRequest ReplicationConfiguration",
    "AWS::S3::Bucket Tags": "s3:Tagging TagSet",
    "AWS::S3::Bucket VersioningConfiguration": "s3:PutBucketVersioningRequest VersioningConfiguration",
    "AWS::S3::Bucket WebsiteConfiguration": "s3:PutBucketWebsiteRequest WebsiteConfiguration",
    "AWS::S3::Bucket WebsiteConfiguration.ErrorDocument": "s3:ErrorDocument Key",
    "AWS::S3::Bucket WebsiteConfiguration.IndexDocument": "s3:IndexDocument Suffix",
    "AWS::S3::BucketPolicy PolicyDocument": "s3:PutBucketPolicyRequest Policy",
}
"""Members of requests that have another name or place than the property."""

ATTRIBUTES = "an attribute: the model has a map of strings for all of them, and prose"
NOWHERE = {
    "AWS::CertificateManager::Certificate DomainValidationOptions.HostedZoneId": "CloudFormation writes records there",
    "AWS::CloudFront::Function AutoPublish": "CloudFormation then calls PublishFunction",
    "AWS::IAM::ManagedPolicy Roles": "CloudFormation then calls AttachRolePolicy",
    "AWS::IAM::Policy Roles": "CloudFormation calls PutRolePolicy for each",
    "AWS::Route53::HostedZone HostedZoneFeatures": "CloudFormation then calls UpdateHostedZoneFeatures",
    "AWS::KMS::Key EnableKeyRotation": "CloudFormation then calls EnableKeyRotation",
    "AWS::SNS::Subscription FilterPolicy": ATTRIBUTES,
    "AWS::SNS::Subscription FilterPolicyScope": ATTRIBUTES,
    "AWS::SNS::Topic DisplayName": ATTRIBUTES,
    "AWS::SNS::Topic KmsMasterKeyId": ATTRIBUTES,
    "AWS::SNS::TopicPolicy PolicyDocument": ATTRIBUTES,
    "AWS::SNS::TopicPolicy Topics": "CloudFormation calls SetTopicAttributes for each",
    "AWS::SQS::Queue MessageRetentionPeriod": ATTRIBUTES,
    "AWS::SQS::Queue RedrivePolicy": ATTRIBUTES,
    "AWS::SQS::Queue SqsManagedSseEnabled": ATTRIBUTES,
    "AWS::SQS::Queue VisibilityTimeout": ATTRIBUTES,
    "AWS::SQS::QueuePolicy PolicyDocument": ATTRIBUTES,
    "AWS::SQS::QueuePolicy Queues": "CloudFormation calls SetQueueAttributes for each",
}
"""Properties that no request has as a member of its own, with the reason."""


class Placed(NamedTuple):
    """A value of a template and the shape that AWS's API has for it."""

    property: str
    value: Any
    shape: Shape
    documentation: str


class UnknownMemberError(LookupError):
    """No request has a member for a property."""


def placed(resource_type: str, properties: dict[str, Any]) -> Iterator[Placed]:
    """Yield every value in a resource's properties with its shape; lists and structures come before their parts."""
    for name, value in properties.items():
        yield from _member(resource_type, name, value, REQUESTS[resource_type], name)


def _member(resource_type, path, value, shapes, name) -> Iterator[Placed]:
    key = f"{resource_type} {path}"
    if key in NOWHERE:
        return
    member, documentation = _find(key, shapes, name)
    yield from _value(resource_type, path, value, member, documentation)


def _value(resource_type, path, value, member, documentation) -> Iterator[Placed]:
    key = f"{resource_type} {path}"
    if isinstance(member, StructureShape) and isinstance(value, list):
        # CloudFront wraps lists as { Quantity, Items }.
        member = member.members["Items"]
    if isinstance(member, ListShape) and not isinstance(value, list):
        value = [value]
    if member.type_name == "string" and isinstance(value, dict):
        value = json.dumps(value)
    yield Placed(key, value, member, documentation)
    if isinstance(member, ListShape):
        for each in value:
            if isinstance(member.member, StructureShape) and not isinstance(each, dict):
                # Route 53 wraps each value: { Value }.
                (inner,) = member.member.members.values()
                yield Placed(key, each, inner, inner.documentation)
            else:
                yield from _value(resource_type, path, each, member.member, member.member.documentation)
    elif isinstance(member, MapShape):
        pairs = value if isinstance(value, dict) else {each["Key"]: each["Value"] for each in value}
        for name, each in pairs.items():
            yield Placed(f"{key} (key)", name, member.key, member.key.documentation)
            yield Placed(f"{key} (value)", each, member.value, member.value.documentation)
    elif isinstance(member, StructureShape) and isinstance(value, dict):
        for name, each in value.items():
            yield from _member(resource_type, f"{path}.{name}", each, [member], name)


def _find(key, shapes, name) -> tuple[Shape, str]:
    if key in MEMBERS:
        at, name = MEMBERS[key].split()
        shapes = [at]
    for each in shapes:
        shape = shape_at(each) if isinstance(each, str) else each
        for member, found in shape.members.items():
            if member.lower() == name.lower():
                return found, found.documentation
    raise UnknownMemberError(f"{key} in {[each if isinstance(each, str) else each.name for each in shapes]}")


@functools.cache
def shape_at(place: str) -> Shape:
    """Return a shape such as `s3:Tagging`."""
    service, name = place.split(":")
    return _model(service).shape_for(name)


@functools.cache
def _model(service):
    return botocore.session.get_session().get_service_model(service)


OBLIGING = re.compile(r"\b(must|at least|at most|only|cannot|can['\u2019]t)\b", re.IGNORECASE)
LONGEST_SENTENCE = 150
"""Characters of a sentence that are shown."""


def obligations(each: Placed) -> Iterator[str]:
    """Yield the sentences of a property's documentation that oblige, on one line, cut after some length."""
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each.documentation or ""))).strip()
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text):
        if OBLIGING.search(sentence):
            yield sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE].rstrip()}…"
