"""Every resource property that the embedded AWS honours: the rest fails the stack.

A list here is a promise: what a template sets can be read back through the service's own API, and where it acts on a
viewer, a replica or an alarm, it acts. `Documents` are passed on as they are and evaluated as policies.
"""

from __future__ import annotations

from typing import TypeAlias

Honoured: TypeAlias = "dict[str, Honoured] | None"
"""The property names of an object and what is below each; None where anything goes."""


def _all(names: str) -> dict[str, Honoured]:
    return dict.fromkeys(names.split())


_TAGS = {"Tags": _all("Key Value")}

_REPLICATION_DESTINATION: dict[str, Honoured] = _all("Bucket StorageClass") | {
    "Metrics": {"Status": None, "EventThreshold": _all("Minutes")},
    "ReplicationTime": {"Status": None, "Time": _all("Minutes")},
}

_REPLICATION_RULE: dict[str, Honoured] = _all("Id Priority Status Prefix") | {
    "Filter": {
        "Prefix": None,
        "TagFilter": _all("Key Value"),
        "And": {"Prefix": None, "TagFilters": _all("Key Value")},
    },
    "DeleteMarkerReplication": _all("Status"),
    "Destination": _REPLICATION_DESTINATION,
}

_LIFECYCLE_RULE: dict[str, Honoured] = _all(
    "Id Status Prefix ExpirationInDays ExpiredObjectDeleteMarker NoncurrentVersionExpirationInDays"
) | {
    "NoncurrentVersionExpiration": _all("NoncurrentDays NewerNoncurrentVersions"),
    "AbortIncompleteMultipartUpload": _all("DaysAfterInitiation"),
}

_BUCKET: dict[str, Honoured] = _TAGS | {
    "BucketName": None,
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": {
            "ServerSideEncryptionByDefault": _all("SSEAlgorithm"),
            "BucketKeyEnabled": None,
        }
    },
    "VersioningConfiguration": _all("Status"),
    "LifecycleConfiguration": {"Rules": _LIFECYCLE_RULE},
    "ReplicationConfiguration": {"Role": None, "Rules": _REPLICATION_RULE},
    "OwnershipControls": {"Rules": _all("ObjectOwnership")},
    "PublicAccessBlockConfiguration": _all("BlockPublicAcls BlockPublicPolicy IgnorePublicAcls RestrictPublicBuckets"),
    "LoggingConfiguration": {
        "DestinationBucketName": None,
        "LogFilePrefix": None,
        "TargetObjectKeyFormat": {"SimplePrefix": _all(""), "PartitionedPrefix": _all("PartitionDateSource")},
    },
    "WebsiteConfiguration": {
        "IndexDocument": None,
        "ErrorDocument": None,
        "RedirectAllRequestsTo": _all("HostName Protocol"),
    },
}

_ORIGIN: dict[str, Honoured] = _all(
    "Id DomainName OriginPath OriginAccessControlId ConnectionAttempts ConnectionTimeout ResponseCompletionTimeout"
) | {
    "S3OriginConfig": _all("OriginAccessIdentity OriginReadTimeout"),
    "CustomOriginConfig": _all("HTTPPort HTTPSPort OriginProtocolPolicy OriginSSLProtocols OriginReadTimeout"),
    "OriginCustomHeaders": _all("HeaderName HeaderValue"),
}

_BEHAVIOR: dict[str, Honoured] = _all(
    "TargetOriginId ViewerProtocolPolicy AllowedMethods CachedMethods CachePolicyId OriginRequestPolicyId "
    "ResponseHeadersPolicyId Compress"
) | {"FunctionAssociations": _all("EventType FunctionARN")}

_ORIGIN_GROUP: dict[str, Honoured] = {
    "Id": None,
    "FailoverCriteria": {"StatusCodes": _all("Quantity Items")},
    "Members": {"Quantity": None, "Items": _all("OriginId")},
}

_DISTRIBUTION: dict[str, Honoured] = _all(
    "Aliases Comment DefaultRootObject Enabled HttpVersion IPV6Enabled PriceClass"
) | {
    "Origins": _ORIGIN,
    "OriginGroups": {"Quantity": None, "Items": _ORIGIN_GROUP},
    "DefaultCacheBehavior": _BEHAVIOR,
    "CacheBehaviors": _BEHAVIOR | _all("PathPattern"),
    "CustomErrorResponses": _all("ErrorCode ResponseCode ResponsePagePath ErrorCachingMinTTL"),
    "ViewerCertificate": _all("AcmCertificateArn MinimumProtocolVersion SslSupportMethod CloudFrontDefaultCertificate"),
}

_SECURITY_HEADERS: dict[str, Honoured] = {
    "ContentSecurityPolicy": _all("ContentSecurityPolicy Override"),
    "ContentTypeOptions": _all("Override"),
    "FrameOptions": _all("FrameOption Override"),
    "ReferrerPolicy": _all("ReferrerPolicy Override"),
    "StrictTransportSecurity": _all("AccessControlMaxAgeSec IncludeSubdomains Override Preload"),
    "XSSProtection": _all("ModeBlock Override Protection ReportUri"),
}

_CORS: dict[str, Honoured] = _all("AccessControlAllowCredentials AccessControlMaxAgeSec OriginOverride") | {
    name: _all("Items")
    for name in (
        "AccessControlAllowHeaders",
        "AccessControlAllowMethods",
        "AccessControlAllowOrigins",
        "AccessControlExposeHeaders",
    )
}

_RESPONSE_HEADERS: dict[str, Honoured] = _all("Name Comment") | {
    "CorsConfig": _CORS,
    "CustomHeadersConfig": {"Items": _all("Header Override Value")},
    "RemoveHeadersConfig": {"Items": _all("Header")},
    "SecurityHeadersConfig": _SECURITY_HEADERS,
}

_HEALTH_CHECK: dict[str, Honoured] = _all(
    "Type Port FullyQualifiedDomainName IPAddress ResourcePath SearchString RequestInterval FailureThreshold "
    "HealthThreshold ChildHealthChecks Regions MeasureLatency EnableSNI Inverted InsufficientDataHealthStatus"
) | {"AlarmIdentifier": _all("Name Region")}

_METRIC: dict[str, Honoured] = _all("MetricName Namespace") | {"Dimensions": _all("Name Value")}

_ALARM: dict[str, Honoured] = (
    _TAGS
    | _METRIC
    | _all(
        "AlarmName AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions Statistic "
        "ExtendedStatistic Period Unit EvaluationPeriods DatapointsToAlarm Threshold ComparisonOperator TreatMissingData"
    )
    | {
        "Metrics": _all("Id Expression Label Period ReturnData")
        | {"MetricStat": _all("Period Stat Unit") | {"Metric": _METRIC}}
    }
)

HONOURED: dict[str, dict[str, Honoured]] = {
    "AWS::CDK::Metadata": _all("Analytics"),
    "AWS::CertificateManager::Certificate": _TAGS
    | _all("DomainName SubjectAlternativeNames ValidationMethod KeyAlgorithm CertificateTransparencyLoggingPreference")
    | {"DomainValidationOptions": _all("DomainName HostedZoneId")},
    "AWS::CloudFront::Distribution": _TAGS | {"DistributionConfig": _DISTRIBUTION},
    "AWS::CloudFront::Function": _all("Name AutoPublish FunctionCode") | {"FunctionConfig": _all("Comment Runtime")},
    "AWS::CloudFront::OriginAccessControl": {
        "OriginAccessControlConfig": _all(
            "Name Description OriginAccessControlOriginType SigningBehavior SigningProtocol"
        )
    },
    "AWS::CloudFront::ResponseHeadersPolicy": {"ResponseHeadersPolicyConfig": _RESPONSE_HEADERS},
    "AWS::CloudWatch::Alarm": _ALARM,
    "AWS::CloudWatch::CompositeAlarm": _TAGS
    | _all("AlarmName AlarmRule AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions"),
    "AWS::CloudWatch::Dashboard": _all("DashboardName DashboardBody"),
    "AWS::IAM::Policy": _all("PolicyName PolicyDocument Roles"),
    "AWS::IAM::Role": _TAGS
    | _all("RoleName Path Description AssumeRolePolicyDocument ManagedPolicyArns MaxSessionDuration")
    | {"Policies": _all("PolicyName PolicyDocument")},
    "AWS::KMS::Alias": _all("AliasName TargetKeyId"),
    "AWS::KMS::Key": _TAGS
    | _all(
        "KeyPolicy Description Enabled EnableKeyRotation RotationPeriodInDays KeySpec KeyUsage MultiRegion "
        "PendingWindowInDays"
    ),
    "AWS::Lambda::Function": _TAGS
    | _all("FunctionName Description Handler Role Runtime Timeout MemorySize Architectures")
    | {
        "Code": _all("ZipFile S3Bucket S3Key S3ObjectVersion"),
        "Environment": {"Variables": None},
        "EphemeralStorage": _all("Size"),
        "LoggingConfig": _all("LogFormat LogGroup ApplicationLogLevel SystemLogLevel"),
        "TracingConfig": _all("Mode"),
    },
    "AWS::Lambda::Permission": _all("Action FunctionName Principal SourceAccount SourceArn"),
    "AWS::Logs::Delivery": _TAGS
    | _all(
        "DeliverySourceName DeliveryDestinationArn RecordFields FieldDelimiter S3SuffixPath S3EnableHiveCompatiblePath"
    ),
    "AWS::Logs::DeliveryDestination": _TAGS | _all("Name DestinationResourceArn OutputFormat"),
    "AWS::Logs::DeliverySource": _TAGS | _all("Name ResourceArn LogType"),
    "AWS::Logs::LogGroup": _TAGS | _all("LogGroupName RetentionInDays KmsKeyId LogGroupClass"),
    "AWS::Route53::HealthCheck": {
        "HealthCheckConfig": _HEALTH_CHECK,
        "HealthCheckTags": _all("Key Value"),
    },
    "AWS::Route53::RecordSet": _all(
        "HostedZoneId HostedZoneName Name Type TTL ResourceRecords SetIdentifier Failover HealthCheckId Comment"
    )
    | {"AliasTarget": _all("DNSName HostedZoneId EvaluateTargetHealth")},
    "AWS::S3::Bucket": _BUCKET,
    "AWS::S3::BucketPolicy": _all("Bucket PolicyDocument"),
    "AWS::SNS::Subscription": _all(
        "TopicArn Protocol Endpoint FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy DeliveryPolicy"
    ),
    "AWS::SNS::Topic": _TAGS
    | _all("TopicName DisplayName KmsMasterKeyId")
    | {"Subscription": _all("Protocol Endpoint")},
    "AWS::SNS::TopicPolicy": _all("Topics PolicyDocument"),
    "AWS::SQS::Queue": _TAGS
    | _all("QueueName KmsMasterKeyId MessageRetentionPeriod VisibilityTimeout SqsManagedSseEnabled"),
    "AWS::SQS::QueuePolicy": _all("Queues PolicyDocument"),
    "AWS::SSM::Parameter": _all("Name Type Value Description"),
}
"""The resource types that are supported, with what is honoured of each; custom resources are supported besides."""
