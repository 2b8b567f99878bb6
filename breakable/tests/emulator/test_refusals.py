"""What AWS refuses is refused here, by CloudFormation and by the API."""

import json
from urllib.parse import urlsplit

import boto3
import pytest
import run_keys
from botocore.exceptions import ClientError
from resources import resource

pytestmark = pytest.mark.embedded


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_dropped_property_fails_the_stack_and_leaves_nothing(embedded, unique):
    name = unique("loud")
    why = embedded.refusal(
        {"B": resource("S3::Bucket", BucketName=name, AccelerateConfiguration={"AccelerationStatus": "Enabled"})}
    )
    assert "AWS::S3::Bucket property AccelerateConfiguration is not supported by the embedded AWS" in why
    assert code_of(embedded.client("s3").head_bucket, Bucket=name) == "404"


def test_a_dropped_property_in_an_update_rolls_the_stack_back(embedded, unique):
    name = unique("loud")
    stack = embedded.deploy({"B": resource("S3::Bucket", BucketName=name)})
    tiers = {"Id": "t", "Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 1}]}
    why = embedded.refusal(
        {"B": resource("S3::Bucket", BucketName=name, LifecycleConfiguration={"Rules": [tiers]})}, name=stack
    )
    assert "LifecycleConfiguration.Rules.Transitions" in why


def test_an_unsupported_resource_type_fails_the_stack(embedded):
    assert "AWS::DynamoDB::Table is not supported" in embedded.refusal(
        {"T": resource("DynamoDB::Table", TableName="t")}
    )


def test_a_bucket_that_could_not_be_configured_is_not_left_behind(embedded, unique):
    name = unique("half")
    rule = {
        "Id": "r",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
    }
    destination = {"Bucket": f"arn:aws:s3:::{unique('nowhere')}"}
    replication = {"Role": "arn:aws:iam::123456789012:role/r", "Rules": [rule | {"Destination": destination}]}
    bucket = resource(
        "S3::Bucket",
        BucketName=name,
        VersioningConfiguration={"Status": "Enabled"},
        ReplicationConfiguration=replication,
    )
    assert "Destination bucket must exist" in embedded.refusal({"B": bucket})
    assert code_of(embedded.client("s3").head_bucket, Bucket=name) == "404"


def test_replication_without_versioning_is_refused(embedded, unique):
    name, rule = (
        unique("flat"),
        {"Id": "r", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::x"}},
    )
    bucket = resource("S3::Bucket", BucketName=name, ReplicationConfiguration={"Role": "r", "Rules": [rule]})
    assert "Versioning must be 'Enabled'" in embedded.refusal({"B": bucket})


def test_a_log_bucket_elsewhere_is_refused(embedded, unique):
    name, logs = unique("logged"), unique("logs")
    embedded.deploy({"L": resource("S3::Bucket", BucketName=logs)}, region="eu-west-1")
    bucket = resource("S3::Bucket", BucketName=name, LoggingConfiguration={"DestinationBucketName": logs})
    assert "InvalidTargetBucketForLogging" in embedded.refusal({"B": bucket})


@pytest.mark.parametrize("leftover", ["object", "version"])
def test_a_bucket_that_holds_anything_is_not_deleted(embedded, unique, leftover):
    name, s3 = unique("full"), embedded.client("s3")
    stack = embedded.deploy(
        {"B": resource("S3::Bucket", BucketName=name, VersioningConfiguration={"Status": "Enabled"})}
    )
    s3.put_object(Bucket=name, Key="k", Body=b"1")
    if leftover == "version":
        s3.delete_object(Bucket=name, Key="k")
    assert code_of(s3.delete_bucket, Bucket=name) == "BucketNotEmpty"
    assert embedded.delete(stack) == "DELETE_FAILED"
    assert "BucketNotEmpty" in " ".join(embedded.reasons(stack))
    s3.head_bucket(Bucket=name)


def test_a_bucket_that_exists_is_not_created_again(embedded, unique):
    name = unique("taken")
    embedded.deploy({"B": resource("S3::Bucket", BucketName=name)})
    bucket = {"B": resource("S3::Bucket", BucketName=name)}
    with pytest.raises(AssertionError, match="ROLLBACK_COMPLETE"):
        embedded.deploy(bucket, region="us-west-2")
    assert embedded.client("s3").get_bucket_location(Bucket=name)["LocationConstraint"] is None
    taken = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "us-west-2"}}
    assert code_of(embedded.client("s3", "us-west-2").create_bucket, **taken).startswith("Bucket")


def test_a_public_policy_on_a_bucket_that_blocks_it_is_refused(embedded, unique):
    name = unique("blocked")
    blocked = {"BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = resource(
        "S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument={"Version": "2012-10-17", "Statement": [allow]}
    )
    bucket = resource("S3::Bucket", BucketName=name, PublicAccessBlockConfiguration=blocked)
    why = embedded.refusal({"B": bucket, "P": policy})
    assert "AccessDenied: User: arn:aws:iam::123456789012:root is not authorized to perform: s3:PutBucketPolicy" in why
    assert "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access." in why


def test_a_second_policy_for_a_bucket_is_refused(embedded, unique):
    name = unique("policied")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = resource("S3::BucketPolicy", Bucket=name, PolicyDocument={"Version": "2012-10-17", "Statement": [deny]})
    embedded.deploy({"B": resource("S3::Bucket", BucketName=name), "P": policy | {"DependsOn": "B"}})
    assert "already exists" in embedded.refusal({"P": policy})


def distribution(alias, certificate, **more):
    behavior = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    origin = {"Id": "o", "DomainName": "x.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    viewer = {"AcmCertificateArn": certificate, "SslSupportMethod": "sni-only"}
    config = {
        "Enabled": True,
        "Origins": [origin],
        "DefaultCacheBehavior": behavior,
        "Aliases": [alias],
        "ViewerCertificate": viewer,
    }
    return resource("CloudFront::Distribution", DistributionConfig=config | more)


def certificate(name):
    return resource("CertificateManager::Certificate", DomainName=name)


@pytest.fixture
def aliased(embedded, unique):
    """A distribution with an alias: (its stack, the alias)."""
    alias = unique("cdn") + ".example.com"
    outputs = {"D": {"Value": {"Ref": "D"}}, "C": {"Value": {"Ref": "C"}}}
    return embedded.deploy({"C": certificate(alias), "D": distribution(alias, {"Ref": "C"})}, outputs=outputs), alias


def test_an_alias_belongs_to_one_distribution(embedded, aliased):
    _, alias = aliased
    second = {"C": certificate(alias), "D": distribution(alias.upper(), {"Ref": "C"})}
    assert "CNAMEAlreadyExists" in embedded.refusal(second)


def test_an_alias_belongs_to_one_distribution_by_the_api_too(embedded, aliased):
    stack, _ = aliased
    cloudfront = embedded.client("cloudfront")
    found = cloudfront.get_distribution_config(Id=embedded.output(stack, "D"))
    copy = found["DistributionConfig"] | {"CallerReference": "copy"}
    assert code_of(cloudfront.create_distribution, DistributionConfig=copy) == "CNAMEAlreadyExists"
    same = {
        "Id": embedded.output(stack, "D"),
        "IfMatch": found["ETag"],
        "DistributionConfig": found["DistributionConfig"],
    }
    cloudfront.update_distribution(**same)


def test_a_certificate_must_cover_the_alias_and_be_in_us_east_1(embedded, unique, aliased):
    stack, _ = aliased
    other = {"D": distribution(unique("other") + ".example.com", embedded.output(stack, "C"))}
    assert "InvalidViewerCertificate: The certificate doesn't cover" in embedded.refusal(other)
    alias = unique("abroad") + ".example.com"
    abroad = embedded.deploy({"C": certificate(alias)}, region="eu-west-1", outputs={"C": {"Value": {"Ref": "C"}}})
    elsewhere = {"D": distribution(alias, embedded.output(abroad, "C", "eu-west-1"))}
    assert "isn't in us-east-1" in embedded.refusal(elsewhere)
    bare = distribution(alias, "x")
    del bare["Properties"]["DistributionConfig"]["ViewerCertificate"]
    assert "InvalidViewerCertificate" in embedded.refusal({"D": bare})


BEHAVIOR = {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}
GONE = {"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::123456789012:function/gone"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DefaultCacheBehavior": {"TargetOriginId": "gone", "ViewerProtocolPolicy": "allow-all"}}, "NoSuchOrigin"),
        (
            {
                "DefaultCacheBehavior": {
                    "TargetOriginId": "o",
                    "ViewerProtocolPolicy": "allow-all",
                    "ResponseHeadersPolicyId": "x",
                }
            },
            "NoSuchResponseHeadersPolicy",
        ),
        ({"DefaultCacheBehavior": BEHAVIOR | {"CachePolicyId": "x"}}, "NoSuchCachePolicy"),
        ({"DefaultCacheBehavior": BEHAVIOR | {"OriginRequestPolicyId": "x"}}, "NoSuchOriginRequestPolicy"),
        (
            {"DefaultCacheBehavior": BEHAVIOR | {"CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6/config"}},
            "NoSuchCachePolicy",
        ),
        ({"DefaultCacheBehavior": BEHAVIOR | {"FunctionAssociations": [GONE]}}, "InvalidFunctionAssociation"),
        ({"WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0"}, "WebACLId is not supported"),
        (
            {"Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Locations": ["DE"]}}},
            "Restrictions is not supported",
        ),
        (
            {
                "Origins": [
                    {
                        "Id": "o",
                        "DomainName": "x.s3.us-east-1.amazonaws.com",
                        "S3OriginConfig": {},
                        "OriginAccessControlId": "x",
                    }
                ]
            },
            "NoSuchOriginAccessControl",
        ),
    ],
)
def test_a_distribution_that_names_what_is_not_there_is_refused(embedded, unique, change, code):
    alias = unique("cdn") + ".example.com"
    assert code in embedded.refusal({"C": certificate(alias), "D": distribution(alias, {"Ref": "C"}, **change)})


def test_a_stack_with_termination_protection_is_not_deleted(embedded, unique):
    cloudformation, stack = (
        embedded.client("cloudformation"),
        embedded.deploy({"B": resource("S3::Bucket", BucketName=unique("kept"))}),
    )
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
    assert code_of(cloudformation.delete_stack, StackName=stack) == "ValidationError"
    assert embedded.settled(stack) == "CREATE_COMPLETE"


def test_a_retained_resource_survives_its_stack(embedded, unique):
    name = unique("retained")
    stack = embedded.deploy({"B": resource("S3::Bucket", BucketName=name) | {"DeletionPolicy": "Retain"}})
    embedded.client("s3").put_object(Bucket=name, Key="k", Body=b"1")
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert embedded.client("s3").head_object(Bucket=name, Key="k")["ContentLength"] == 1


def record(zone, name, **more):
    common = {"HostedZoneId": zone, "Name": name, "Type": "CNAME", "TTL": "60", "ResourceRecords": ["x.example.net"]}
    return resource("Route53::RecordSet", **(common | more))


def test_a_failover_record_needs_a_health_check_that_exists(embedded, unique, zone):
    name = unique("www") + ".example.com"
    primary = {"Failover": "PRIMARY", "SetIdentifier": "p"}
    assert "NoSuchHealthCheck" in embedded.refusal({"R": record(zone, name, HealthCheckId="gone", **primary)})
    assert "needs HealthCheckId" in embedded.refusal({"R": record(zone, name, **primary)})


def test_the_api_refuses_the_same_records(embedded, unique, zone):
    name = unique("www") + ".example.com"
    common = {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "x.example.net"}]}
    change = embedded.client("route53").change_resource_record_sets

    def code(**more):
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": common | more}]}
        return code_of(change, HostedZoneId=zone, ChangeBatch=batch)

    assert code(Failover="PRIMARY", SetIdentifier="p", HealthCheckId="gone") == "NoSuchHealthCheck"
    assert code(Name="example.com") == "InvalidChangeBatch"
    assert code(Name="www.example.org") == "InvalidChangeBatch"
    found = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert f"{name}." not in [r["Name"] for r in found]


def test_a_refused_pair_leaves_no_record(embedded, unique, zone):
    name = unique("www") + ".example.com"
    check = resource(
        "Route53::HealthCheck", HealthCheckConfig={"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com"}
    )
    first = record(zone, name, Failover="PRIMARY", SetIdentifier="1", HealthCheckId={"Ref": "H"})
    second = record(zone, name, Failover="PRIMARY", SetIdentifier="2", HealthCheckId={"Ref": "H"}) | {"DependsOn": "F"}
    assert "has another PRIMARY" in embedded.refusal({"H": check, "F": first, "S": second})
    found = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert f"{name}." not in [r["Name"] for r in found]


def test_a_health_check_that_is_used_can_be_deleted_as_on_aws(embedded, unique, zone):
    name = unique("www") + ".example.com"
    check = resource(
        "Route53::HealthCheck", HealthCheckConfig={"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com"}
    )
    pair = {"H": check, "R": record(zone, name, Failover="PRIMARY", SetIdentifier="p", HealthCheckId={"Ref": "H"})}
    stack = embedded.deploy(pair, outputs={"H": {"Value": {"Ref": "H"}}})
    embedded.client("route53").delete_health_check(HealthCheckId=embedded.output(stack, "H"))


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"Type": "CALCULATED", "ChildHealthChecks": ["gone"], "HealthThreshold": 1}, "NoSuchHealthCheck"),
        ({"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Name": "gone", "Region": "us-east-1"}}, "does not exist"),
        ({"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com", "RequestInterval": 20}, "RequestInterval"),
    ],
)
def test_a_health_check_that_route_53_refuses_is_refused(embedded, config, why):
    assert why in embedded.refusal({"H": resource("Route53::HealthCheck", HealthCheckConfig=config)})


def test_a_composite_alarm_needs_its_children(embedded, unique):
    composite = resource("CloudWatch::CompositeAlarm", AlarmName=unique("c"), AlarmRule=f"ALARM({unique('gone')})")
    assert "do not exist" in embedded.refusal({"C": composite})


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (
            "SNS::Subscription",
            {"TopicArn": "arn:aws:sns:us-east-1:123456789012:gone", "Protocol": "email", "Endpoint": "a@b.c"},
        ),
        (
            "SNS::TopicPolicy",
            {"Topics": ["arn:aws:sns:us-east-1:123456789012:gone"], "PolicyDocument": {"Statement": []}},
        ),
        ("SNS::Topic", {"KmsMasterKeyId": "alias/gone"}),
        (
            "Logs::Delivery",
            {
                "DeliverySourceName": "gone",
                "DeliveryDestinationArn": "arn:aws:logs:us-east-1:123456789012:delivery-destination:gone",
            },
        ),
        ("Logs::DeliveryDestination", {"Name": "d", "DestinationResourceArn": "arn:aws:s3:::gone-bucket"}),
        (
            "Logs::DeliverySource",
            {
                "Name": "s",
                "ResourceArn": "arn:aws:cloudfront::123456789012:distribution/EGONE",
                "LogType": "ACCESS_LOGS",
            },
        ),
    ],
)
def test_what_points_at_nothing_is_refused(embedded, kind, properties):
    assert "exist" in embedded.refusal({"R": resource(kind, **properties)})


@pytest.mark.parametrize(
    ("kind", "name_property", "more"),
    [
        ("IAM::Role", "RoleName", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}),
        ("SNS::Topic", "TopicName", {}),
        ("Logs::LogGroup", "LogGroupName", {}),
        (
            "CloudWatch::Alarm",
            "AlarmName",
            {
                "MetricName": "m",
                "Namespace": "n",
                "Threshold": 1,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
            },
        ),
    ],
)
def test_a_name_that_is_taken_is_refused(embedded, unique, kind, name_property, more):
    taken = resource(kind, **{name_property: unique("taken")}, **more)
    if kind == "IAM::Role":
        trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
        taken["Properties"]["AssumeRolePolicyDocument"]["Statement"] = [trust]
    embedded.deploy({"R": taken})
    assert "already exists" in embedded.refusal({"R": json.loads(json.dumps(taken))})


def function(name, code="function handler(event) { return event.request; }"):
    config = {"Comment": "c", "Runtime": "cloudfront-js-2.0"}
    return resource("CloudFront::Function", Name=name, AutoPublish=True, FunctionCode=code, FunctionConfig=config)


def test_a_function_that_is_too_large_is_refused(embedded, unique):
    code = "function handler(event) { return event.request; } //".ljust(10 * 1024 + 1, "x")
    assert "FunctionSizeLimitExceeded" in embedded.refusal({"F": function(unique("large"), code)})


def test_a_function_in_use_is_not_deleted_by_the_api_and_is_by_a_stack_that_stops_using_it(embedded, unique):
    name, alias = unique("used"), unique("fn") + ".example.com"
    arn = {"Fn::GetAtt": ["F", "FunctionARN"]}
    used = BEHAVIOR | {"FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": arn}]}
    certified = {"C": certificate(alias)}
    users = {"F": function(name), "D": distribution(alias, {"Ref": "C"}, DefaultCacheBehavior=used)}
    stack = embedded.deploy(certified | users)
    cloudfront = embedded.client("cloudfront")
    etag = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")["ETag"]
    assert code_of(cloudfront.delete_function, Name=name, IfMatch=etag) == "FunctionInUse"
    unused = distribution(alias, {"Ref": "C"}, DefaultCacheBehavior=BEHAVIOR)
    embedded.deploy(certified | {"D": unused}, name=stack)
    assert code_of(cloudfront.describe_function, Name=name, Stage="DEVELOPMENT") == "NoSuchFunctionExists"


def test_drift_is_not_looked_for(embedded):
    stack = embedded.deploy({"T": {"Type": "AWS::SNS::Topic", "Properties": {}}})
    cloudformation = embedded.client("cloudformation")
    with pytest.raises(ClientError, match="cannot say whether a stack has drifted"):
        cloudformation.detect_stack_drift(StackName=stack)
    with pytest.raises(ClientError, match="cannot say whether a stack has drifted"):
        cloudformation.detect_stack_resource_drift(StackName=stack, LogicalResourceId="T")


def test_dns_is_asked_directly(embedded, zone):
    with pytest.raises(ClientError, match=r"InvalidInput.*has no TestDNSAnswer: ask its DNS with `dig @127"):
        embedded.client("route53").test_dns_answer(HostedZoneId=zone, RecordName="example.com", RecordType="A")


def test_s3_control_is_reached_with_the_account_in_front_of_localhost(embedded):
    account, port = "123456789012", urlsplit(embedded.ready["endpoint"]).port
    s3control = boto3.client(
        "s3control", endpoint_url=f"http://localhost:{port}", region_name="us-east-1", **run_keys.of(embedded.secret)
    )
    hosts = []

    def to_loopback(request, **_):
        """Go where a resolver leads that knows the names below localhost."""
        hosts.append(urlsplit(request.url).netloc)
        request.headers["Host"] = hosts[-1]
        request.url = request.url.replace(f"{account}.localhost", "127.0.0.1")

    s3control.meta.events.register("before-send.s3-control", to_loopback)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3control.get_public_access_block(AccountId=account)
    assert hosts == [f"{account}.localhost:{port}"]
    s3control.close()


def test_a_bucket_is_asked_for_in_its_own_region(embedded, unique):
    bucket = unique("elsewhere")
    here = {"LocationConstraint": "eu-central-1"}
    embedded.client("s3", "eu-central-1").create_bucket(Bucket=bucket, CreateBucketConfiguration=here)
    s3, seen = embedded.client("s3", "us-east-1"), []

    def note(response, **_):
        seen.append((response[0].status_code, response[0].headers.get("x-amz-bucket-region")))

    s3.meta.events.register_first("needs-retry.s3", note)
    try:
        s3.head_bucket(Bucket=bucket)
    finally:
        s3.meta.events.unregister("needs-retry.s3", note)
    assert seen == [(301, "eu-central-1"), (200, "eu-central-1")], "as on AWS, botocore goes where it is sent"
