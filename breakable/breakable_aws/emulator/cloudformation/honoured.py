"""Every resource property that the embedded AWS honours: the rest fails the stack.

A list here is a promise: what a template sets can be read back through the service's own API, and where it acts on a
viewer, a replica or an alarm, it acts. `Documents` are passed on as they are and evaluated as policies.
"""

from typing import TypeAlias

Honoured: TypeAlias = "dict[str, Honoured] | None"
"""The property names of an object and what is below each; None where anything goes."""


def _all(names: str) -> dict[str, Honoured]:
    return dict.fromkeys(names.split())


def _below(**names: Honoured) -> dict[str, Honoured]:
    return names


_TAGS = _below(Tags=_all("Key Value"))

_REPLICATION_DESTINATION = _all("Bucket StorageClass") | _below(
    Metrics=_below(Status=None, EventThreshold=_all("Minutes")),
    ReplicationTime=_below(Status=None, Time=_all("Minutes")),
    EncryptionConfiguration=_all("ReplicaKmsKeyID"),
    Account=None,
    AccessControlTranslation=_all("Owner"),
)

_REPLICATION_RULE = _all("Id Priority Status Prefix") | _below(
    Filter=_below(Prefix=None, TagFilter=_all("Key Value"), And=_below(Prefix=None, TagFilters=_all("Key Value"))),
    DeleteMarkerReplication=_all("Status"),
    SourceSelectionCriteria=_below(ReplicaModifications=_all("Status"), SseKmsEncryptedObjects=_all("Status")),
    Destination=_REPLICATION_DESTINATION,
)

_LIFECYCLE_RULE = _all(
    "Id Status Prefix ExpirationInDays ExpiredObjectDeleteMarker NoncurrentVersionExpirationInDays"
) | _below(
    NoncurrentVersionExpiration=_all("NoncurrentDays NewerNoncurrentVersions"),
    AbortIncompleteMultipartUpload=_all("DaysAfterInitiation"),
)

_BUCKET = _TAGS | _below(
    BucketName=None,
    BucketEncryption=_below(
        ServerSideEncryptionConfiguration=_below(
            ServerSideEncryptionByDefault=_all("SSEAlgorithm KMSMasterKeyID"),
            BucketKeyEnabled=None,
            BlockedEncryptionTypes=_all("EncryptionType"),
        )
    ),
    VersioningConfiguration=_all("Status"),
    LifecycleConfiguration=_below(Rules=_LIFECYCLE_RULE),
    ReplicationConfiguration=_below(Role=None, Rules=_REPLICATION_RULE),
    OwnershipControls=_below(Rules=_all("ObjectOwnership")),
    NotificationConfiguration=_below(QueueConfigurations=_all("Event Queue"), TopicConfigurations=_all("Event Topic")),
    PublicAccessBlockConfiguration=_all("BlockPublicAcls BlockPublicPolicy IgnorePublicAcls RestrictPublicBuckets"),
    LoggingConfiguration=_below(
        DestinationBucketName=None,
        LogFilePrefix=None,
        TargetObjectKeyFormat=_below(SimplePrefix=_all(""), PartitionedPrefix=_all("PartitionDateSource")),
    ),
    CorsConfiguration=_below(CorsRules=_all("AllowedHeaders AllowedMethods AllowedOrigins ExposedHeaders Id MaxAge")),
    WebsiteConfiguration=_below(
        IndexDocument=None, ErrorDocument=None, RedirectAllRequestsTo=_all("HostName Protocol")
    ),
)

_ORIGIN = _all(
    "Id DomainName OriginPath OriginAccessControlId ConnectionAttempts ConnectionTimeout ResponseCompletionTimeout"
) | _below(
    S3OriginConfig=_all("OriginAccessIdentity OriginReadTimeout"),
    CustomOriginConfig=_all("HTTPPort HTTPSPort OriginProtocolPolicy OriginSSLProtocols OriginReadTimeout"),
    OriginCustomHeaders=_all("HeaderName HeaderValue"),
)

_BEHAVIOR = _all(
    "TargetOriginId ViewerProtocolPolicy AllowedMethods CachedMethods CachePolicyId OriginRequestPolicyId "
    "ResponseHeadersPolicyId Compress"
) | _below(FunctionAssociations=_all("EventType FunctionARN"))

_ORIGIN_GROUP = _below(
    Id=None,
    FailoverCriteria=_below(StatusCodes=_all("Quantity Items")),
    Members=_below(Quantity=None, Items=_all("OriginId")),
)

_DISTRIBUTION = _all("Aliases Comment DefaultRootObject Enabled HttpVersion IPV6Enabled PriceClass") | _below(
    Origins=_ORIGIN,
    OriginGroups=_below(Quantity=None, Items=_ORIGIN_GROUP),
    DefaultCacheBehavior=_BEHAVIOR,
    CacheBehaviors=_BEHAVIOR | _all("PathPattern"),
    CustomErrorResponses=_all("ErrorCode ResponseCode ResponsePagePath ErrorCachingMinTTL"),
    ViewerCertificate=_all("AcmCertificateArn MinimumProtocolVersion SslSupportMethod CloudFrontDefaultCertificate"),
)

_SECURITY_HEADERS = _below(
    ContentSecurityPolicy=_all("ContentSecurityPolicy Override"),
    ContentTypeOptions=_all("Override"),
    FrameOptions=_all("FrameOption Override"),
    ReferrerPolicy=_all("ReferrerPolicy Override"),
    StrictTransportSecurity=_all("AccessControlMaxAgeSec IncludeSubdomains Override Preload"),
    XSSProtection=_all("ModeBlock Override Protection ReportUri"),
)

_CORS = _all("AccessControlAllowCredentials AccessControlMaxAgeSec OriginOverride") | _below(
    AccessControlAllowHeaders=_all("Items"),
    AccessControlAllowMethods=_all("Items"),
    AccessControlAllowOrigins=_all("Items"),
    AccessControlExposeHeaders=_all("Items"),
)

_RESPONSE_HEADERS = _all("Name Comment") | _below(
    CorsConfig=_CORS,
    CustomHeadersConfig=_below(Items=_all("Header Override Value")),
    RemoveHeadersConfig=_below(Items=_all("Header")),
    SecurityHeadersConfig=_SECURITY_HEADERS,
)

_ORIGIN_REQUEST = _all("Name Comment") | _below(
    CookiesConfig=_all("CookieBehavior Cookies"),
    HeadersConfig=_all("HeaderBehavior Headers"),
    QueryStringsConfig=_all("QueryStringBehavior QueryStrings"),
)

_HEALTH_CHECK = _all(
    "Type Port FullyQualifiedDomainName IPAddress ResourcePath SearchString RequestInterval FailureThreshold "
    "HealthThreshold ChildHealthChecks Regions MeasureLatency EnableSNI Inverted InsufficientDataHealthStatus"
) | _below(AlarmIdentifier=_all("Name Region"))

_METRIC = _all("MetricName Namespace") | _below(Dimensions=_all("Name Value"))

_ALARM = (
    _TAGS
    | _METRIC
    | _all(
        "AlarmName AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions Statistic "
        "ExtendedStatistic Period Unit EvaluationPeriods DatapointsToAlarm Threshold ComparisonOperator "
        "TreatMissingData"
    )
    | _below(
        Metrics=_all("Id Expression Label Period ReturnData")
        | _below(MetricStat=_all("Period Stat Unit") | _below(Metric=_METRIC))
    )
)

HONOURED: dict[str, dict[str, Honoured]] = {
    "AWS::ApiGatewayV2::Api": _all("Name Description ProtocolType DisableExecuteApiEndpoint IpAddressType Tags"),
    "AWS::ApiGatewayV2::ApiMapping": _all("ApiId DomainName Stage"),
    "AWS::ApiGatewayV2::DomainName": _all("DomainName Tags")
    | _below(DomainNameConfigurations=_all("CertificateArn EndpointType IpAddressType SecurityPolicy")),
    "AWS::ApiGatewayV2::Integration": _all("ApiId IntegrationType IntegrationUri PayloadFormatVersion"),
    "AWS::ApiGatewayV2::Route": _all("ApiId RouteKey AuthorizationType Target"),
    "AWS::ApiGatewayV2::Stage": _all("ApiId StageName AutoDeploy Tags")
    | _below(AccessLogSettings=_all("DestinationArn Format")),
    "AWS::CDK::Metadata": _all("Analytics"),
    "AWS::CertificateManager::Certificate": _TAGS
    | _all("DomainName SubjectAlternativeNames ValidationMethod KeyAlgorithm CertificateTransparencyLoggingPreference")
    | _below(DomainValidationOptions=_all("DomainName HostedZoneId")),
    "AWS::CloudFront::Distribution": _TAGS | _below(DistributionConfig=_DISTRIBUTION),
    "AWS::CloudFront::Function": _TAGS
    | _all("Name AutoPublish FunctionCode")
    | _below(FunctionConfig=_all("Comment Runtime")),
    "AWS::CloudFront::OriginAccessControl": _below(
        OriginAccessControlConfig=_all("Name Description OriginAccessControlOriginType SigningBehavior SigningProtocol")
    ),
    "AWS::CloudFront::OriginRequestPolicy": _below(OriginRequestPolicyConfig=_ORIGIN_REQUEST),
    "AWS::CloudFront::ResponseHeadersPolicy": _below(ResponseHeadersPolicyConfig=_RESPONSE_HEADERS),
    "AWS::CloudWatch::Alarm": _ALARM,
    "AWS::CloudWatch::CompositeAlarm": _TAGS
    | _all("AlarmName AlarmRule AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions"),
    "AWS::CloudWatch::Dashboard": _TAGS | _all("DashboardName DashboardBody"),
    "AWS::Events::Rule": _TAGS
    | _all("Name Description ScheduleExpression State")
    | _below(Targets=_all("Arn Id Input")),
    "AWS::IAM::ManagedPolicy": _all("ManagedPolicyName Description Path PolicyDocument Roles"),
    "AWS::IAM::Policy": _all("PolicyName PolicyDocument Roles"),
    "AWS::IAM::Role": _TAGS
    | _all(
        "RoleName Path Description AssumeRolePolicyDocument ManagedPolicyArns MaxSessionDuration PermissionsBoundary"
    )
    | _below(Policies=_all("PolicyName PolicyDocument")),
    "AWS::KMS::Alias": _all("AliasName TargetKeyId"),
    "AWS::KMS::Key": _TAGS
    | _all(
        "KeyPolicy Description Enabled EnableKeyRotation RotationPeriodInDays KeySpec KeyUsage MultiRegion "
        "PendingWindowInDays"
    ),
    "AWS::Lambda::EventSourceMapping": _TAGS
    | _all("BatchSize Enabled EventSourceArn FunctionName FunctionResponseTypes")
    | _below(ScalingConfig=_all("MaximumConcurrency")),
    "AWS::Lambda::Function": _TAGS
    | _all("FunctionName Description Handler Role Runtime Timeout MemorySize Architectures")
    | _below(
        Code=_all("ZipFile S3Bucket S3Key S3ObjectVersion"),
        Environment=_below(Variables=None),
        EphemeralStorage=_all("Size"),
        LoggingConfig=_all("LogFormat LogGroup ApplicationLogLevel SystemLogLevel"),
        TracingConfig=_all("Mode"),
    ),
    "AWS::Lambda::Permission": _all("Action FunctionName Principal SourceAccount SourceArn"),
    "AWS::Logs::Delivery": _TAGS
    | _all(
        "DeliverySourceName DeliveryDestinationArn RecordFields FieldDelimiter S3SuffixPath S3EnableHiveCompatiblePath"
    ),
    "AWS::Logs::DeliveryDestination": _TAGS | _all("Name DestinationResourceArn OutputFormat"),
    "AWS::Logs::DeliverySource": _TAGS | _all("Name ResourceArn LogType"),
    "AWS::Logs::LogGroup": _TAGS | _all("LogGroupName RetentionInDays KmsKeyId LogGroupClass"),
    "AWS::Route53::HealthCheck": _below(HealthCheckConfig=_HEALTH_CHECK, HealthCheckTags=_all("Key Value")),
    "AWS::Route53::HostedZone": _below(
        Name=None,
        HostedZoneConfig=_all("Comment"),
        HostedZoneTags=_all("Key Value"),
        HostedZoneFeatures=_all("EnableAcceleratedRecovery"),
    ),
    "AWS::Route53::RecordSet": _all(
        "HostedZoneId HostedZoneName Name Type TTL ResourceRecords SetIdentifier Failover HealthCheckId Comment"
    )
    | _below(AliasTarget=_all("DNSName HostedZoneId EvaluateTargetHealth")),
    "AWS::S3::Bucket": _BUCKET,
    "AWS::S3::BucketPolicy": _all("Bucket PolicyDocument"),
    "AWS::SNS::Subscription": _all(
        "TopicArn Protocol Endpoint FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy DeliveryPolicy"
    ),
    "AWS::SNS::Topic": _TAGS
    | _all("TopicName DisplayName KmsMasterKeyId")
    | _below(Subscription=_all("Protocol Endpoint")),
    "AWS::SNS::TopicPolicy": _all("Topics PolicyDocument"),
    "AWS::SQS::Queue": _TAGS
    | _all("QueueName KmsMasterKeyId MessageRetentionPeriod VisibilityTimeout SqsManagedSseEnabled")
    | _below(RedrivePolicy=_all("deadLetterTargetArn maxReceiveCount")),
    "AWS::SQS::QueuePolicy": _all("Queues PolicyDocument"),
    "AWS::SSM::Parameter": _all("Name Type Value Description"),
}
"""The resource types that are supported, with what is honoured of each; custom resources are supported besides."""
