"""Every supported resource type, read back through its own API after a create, an update in place and a delete."""

import json

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

ACCOUNT = "123456789012"


def resource(kind, /, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


def error_code(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def own_tags(found):
    return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}


def test_a_bucket_keeps_every_property_and_changes_them_in_place(embedded, unique):
    name, logs = unique("bucket"), unique("logs")
    embedded.deploy({"L": resource("S3::Bucket", BucketName=logs)}, region="eu-west-1")
    rule = {
        "Id": "noncurrent",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    whole = {
        "BucketName": name,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {
            "Rules": [
                rule,
                {"Id": "markers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True},
                {"Id": "old", "Status": "Enabled", "ExpirationInDays": 90, "Prefix": "logs/"},
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True},
        "LoggingConfiguration": {"DestinationBucketName": logs, "LogFilePrefix": "p/"},
        "WebsiteConfiguration": {"IndexDocument": "i.html", "ErrorDocument": "e.html"},
        "Tags": tags(site="assets"),
    }
    stack = embedded.deploy({"B": resource("S3::Bucket", **whole)}, region="eu-west-1")
    s3 = embedded.client("s3", "eu-west-1")
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    lifecycle = {r["ID"]: r for r in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    assert lifecycle["noncurrent"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert lifecycle["noncurrent"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert lifecycle["markers"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert (lifecycle["old"]["Expiration"], lifecycle["old"]["Filter"]) == ({"Days": 90}, {"Prefix": "logs/"})
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, False)
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"] == {"TargetBucket": logs, "TargetPrefix": "p/"}
    assert s3.get_bucket_website(Bucket=name)["ErrorDocument"] == {"Key": "e.html"}
    assert own_tags(s3.get_bucket_tagging(Bucket=name)["TagSet"]) == {"site": "assets"}

    rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": 5}
    changed = {"BucketName": name, "LifecycleConfiguration": {"Rules": [rule]}, "Tags": tags(site="other")}
    embedded.deploy({"B": resource("S3::Bucket", **changed)}, region="eu-west-1", name=stack)
    (left,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert left["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}
    assert own_tags(s3.get_bucket_tagging(Bucket=name)["TagSet"]) == {"site": "other"}
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    assert error_code(s3.get_bucket_website, Bucket=name) == "NoSuchWebsiteConfiguration"
    assert error_code(s3.get_public_access_block, Bucket=name) == "NoSuchPublicAccessBlockConfiguration"

    assert embedded.delete(stack, "eu-west-1") == "DELETE_COMPLETE"
    assert error_code(s3.head_bucket, Bucket=name) == "404"


def test_replication_rules_are_read_back_as_they_were_given(embedded, unique):
    source, destination = unique("source"), unique("destination")
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    embedded.deploy({"D": resource("S3::Bucket", BucketName=destination, **versioned)}, region="us-west-2")
    minutes = {"Minutes": 15}
    rule = {
        "Id": "to-us-west-2",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{destination}",
            "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
            "ReplicationTime": {"Status": "Enabled", "Time": minutes},
        },
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/r"

    def bucket(rule):
        return {
            "S": resource(
                "S3::Bucket", BucketName=source, **versioned, ReplicationConfiguration={"Role": role, "Rules": [rule]}
            )
        }

    stack = embedded.deploy(bucket(rule))
    read = embedded.client("s3").get_bucket_replication
    expected = {("ID" if key == "Id" else key): value for key, value in rule.items()}
    assert read(Bucket=source)["ReplicationConfiguration"] == {"Role": role, "Rules": [expected]}
    embedded.deploy(bucket(rule | {"Status": "Disabled"}), name=stack)
    assert read(Bucket=source)["ReplicationConfiguration"]["Rules"][0]["Status"] == "Disabled"
    embedded.deploy({"S": resource("S3::Bucket", BucketName=source, **versioned)}, name=stack)
    assert error_code(read, Bucket=source) == "ReplicationConfigurationNotFoundError"


def test_a_bucket_policy_is_put_changed_and_removed(embedded, unique):
    name = unique("policied")
    bucket = resource("S3::Bucket", BucketName=name)

    def policy(action):
        deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{name}/*"}
        document = {"Version": "2012-10-17", "Statement": [deny]}
        return resource("S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument=document)

    stack = embedded.deploy({"B": bucket, "P": policy("s3:GetObject")})
    s3 = embedded.client("s3")
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Action"] == "s3:GetObject"
    embedded.deploy({"B": bucket, "P": policy("s3:PutObject")}, name=stack)
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Action"] == "s3:PutObject"
    embedded.deploy({"B": bucket}, name=stack)
    assert error_code(s3.get_bucket_policy, Bucket=name) == "NoSuchBucketPolicy"


def test_health_checks_of_every_kind_are_read_back(embedded, unique):
    alarm = unique("alarm")
    endpoint = {
        "Type": "HTTPS_STR_MATCH",
        "FullyQualifiedDomainName": "www.example.com",
        "ResourcePath": "/health.txt",
        "SearchString": "ok",
        "RequestInterval": 10,
        "FailureThreshold": 2,
        "Regions": ["us-east-1", "eu-west-1", "us-west-2"],
    }

    def template(threshold=2, failure=2, interval=10):
        http = endpoint | {"FailureThreshold": failure, "RequestInterval": interval}
        calculated = {
            "Type": "CALCULATED",
            "ChildHealthChecks": [{"Ref": "E"}, {"Ref": "M"}],
            "HealthThreshold": threshold,
        }
        watching = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Name": {"Ref": "A"}, "Region": "us-east-1"},
            "InsufficientDataHealthStatus": "Healthy",
            "Inverted": True,
        }
        metric = {"MetricName": "m", "Namespace": "n", "Threshold": 1, "EvaluationPeriods": 1, "Period": 60}
        operator = "GreaterThanOrEqualToThreshold"
        return {
            "E": resource("Route53::HealthCheck", HealthCheckConfig=http, HealthCheckTags=tags(Name="primary")),
            "A": resource("CloudWatch::Alarm", AlarmName=alarm, ComparisonOperator=operator, Statistic="Sum", **metric),
            "M": resource("Route53::HealthCheck", HealthCheckConfig=watching),
            "C": resource("Route53::HealthCheck", HealthCheckConfig=calculated),
        }

    outputs = {name: {"Value": {"Ref": name}} for name in "EMC"}
    stack = embedded.deploy(template(), outputs=outputs)
    route53 = embedded.client("route53")

    def config(name):
        found = route53.get_health_check(HealthCheckId=embedded.output(stack, name))["HealthCheck"]
        return found["HealthCheckConfig"]

    assert config("E") == endpoint | {
        "Port": 443,
        "MeasureLatency": False,
        "EnableSNI": True,
        "Inverted": False,
        "Disabled": False,
    }
    assert config("M")["Inverted"] is True
    assert config("M")["AlarmIdentifier"] == {"Name": alarm, "Region": "us-east-1"}
    first = embedded.output(stack, "E")
    assert config("C")["ChildHealthChecks"] == [first, embedded.output(stack, "M")]
    found = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=first)["ResourceTagSet"]["Tags"]
    assert own_tags(found) == {"Name": "primary"}

    embedded.deploy(template(threshold=1, failure=5), name=stack, outputs=outputs)
    assert embedded.output(stack, "E") == first, "the threshold changes in place"
    assert (config("E")["FailureThreshold"], config("C")["HealthThreshold"]) == (5, 1)
    embedded.deploy(template(threshold=1, failure=5, interval=30), name=stack, outputs=outputs)
    assert embedded.output(stack, "E") != first, "the interval replaces the check"
    assert config("C")["ChildHealthChecks"][0] == embedded.output(stack, "E")
    assert error_code(route53.get_health_check, HealthCheckId=first) == "NoSuchHealthCheck"
    second = embedded.output(stack, "E")
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert error_code(route53.get_health_check, HealthCheckId=second) == "NoSuchHealthCheck"


def test_a_health_check_made_by_the_api_reads_back_its_booleans_and_can_be_disabled(embedded, unique):
    route53 = embedded.client("route53")
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com", "Inverted": True, "Disabled": False}
    check = route53.create_health_check(CallerReference=unique("r"), HealthCheckConfig=config)["HealthCheck"]
    assert check["HealthCheckConfig"]["Inverted"] is True
    route53.update_health_check(HealthCheckId=check["Id"], Disabled=True)
    assert route53.get_health_check(HealthCheckId=check["Id"])["HealthCheck"]["HealthCheckConfig"]["Disabled"] is True


def failover_pair(zone, name, *, ttl="60", primary="d1.cloudfront.net", identifier="primary"):
    check = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.com"}
    common = {"HostedZoneId": zone, "Name": name, "Type": "CNAME", "TTL": ttl}
    primary = common | {"Failover": "PRIMARY", "SetIdentifier": identifier, "ResourceRecords": [primary]}
    secondary = common | {"Failover": "SECONDARY", "SetIdentifier": "secondary", "ResourceRecords": ["s3.example.net"]}
    return {
        "H": resource("Route53::HealthCheck", HealthCheckConfig=check),
        "P": resource("Route53::RecordSet", HealthCheckId={"Ref": "H"}, **primary),
        "S": resource("Route53::RecordSet", **secondary),
    }


def records_of(embedded, zone, name):
    found = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {record["SetIdentifier"]: record for record in found if record["Name"] == f"{name}."}


def test_failover_records_are_read_back_changed_and_removed(embedded, unique, zone):
    name = unique("www") + ".example.com"
    outputs = {"H": {"Value": {"Ref": "H"}}}
    stack = embedded.deploy(failover_pair(zone, name), outputs=outputs)
    found = records_of(embedded, zone, name)
    assert found["primary"] == {
        "Name": f"{name}.",
        "Type": "CNAME",
        "SetIdentifier": "primary",
        "Failover": "PRIMARY",
        "TTL": 60,
        "ResourceRecords": [{"Value": "d1.cloudfront.net"}],
        "HealthCheckId": embedded.output(stack, "H"),
    }
    assert "HealthCheckId" not in found["secondary"]
    embedded.deploy(failover_pair(zone, name, ttl="30", primary="d2.cloudfront.net"), name=stack, outputs=outputs)
    changed = records_of(embedded, zone, name)["primary"]
    assert (changed["TTL"], changed["ResourceRecords"]) == (30, [{"Value": "d2.cloudfront.net"}])
    embedded.deploy(failover_pair(zone, name, identifier="first"), name=stack, outputs=outputs)
    assert set(records_of(embedded, zone, name)) == {"first", "secondary"}
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert records_of(embedded, zone, name) == {}


def test_a_certificate_writes_its_validation_record_into_the_zone(embedded, unique, zone):
    name = unique("cert") + ".example.com"
    option = {"DomainName": name, "HostedZoneId": zone}
    certificate = resource(
        "CertificateManager::Certificate",
        DomainName=name,
        ValidationMethod="DNS",
        DomainValidationOptions=[option],
        Tags=tags(a="b"),
    )
    stack = embedded.deploy({"C": certificate}, outputs={"Arn": {"Value": {"Ref": "C"}}})
    acm = embedded.client("acm")
    found = acm.describe_certificate(CertificateArn=embedded.output(stack, "Arn"))["Certificate"]
    assert (found["Status"], found["DomainName"]) == ("ISSUED", name)
    validation = found["DomainValidationOptions"][0]["ResourceRecord"]
    records = embedded.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert validation["Value"] in [value["Value"] for record in records for value in record["ResourceRecords"]]


def test_alarms_of_every_kind_are_read_back(embedded, unique):
    plain, maths, both = unique("plain"), unique("maths"), unique("both")

    def template(threshold):
        insights = {"Id": "q", "Expression": "SELECT MAX(F) FROM N GROUP BY Host", "Period": 60, "ReturnData": False}
        comparison = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3, "Threshold": threshold}
        rule = {"Fn::Sub": "ALARM(${P}) OR ALARM(${M})"}
        return {
            "T": resource("SNS::Topic"),
            "P": resource(
                "CloudWatch::Alarm",
                AlarmName=plain,
                MetricName="ReplicationLatency",
                Namespace="AWS/S3",
                Dimensions=[{"Name": "RuleId", "Value": "r"}],
                Statistic="Maximum",
                Period=60,
                DatapointsToAlarm=2,
                TreatMissingData="ignore",
                AlarmActions=[{"Ref": "T"}],
                Tags=tags(a="b"),
                **comparison,
            ),
            "M": resource(
                "CloudWatch::Alarm",
                AlarmName=maths,
                Metrics=[insights, {"Id": "e", "Expression": "SUM(q)"}],
                **comparison,
            ),
            "C": resource("CloudWatch::CompositeAlarm", AlarmName=both, AlarmRule=rule, AlarmActions=[{"Ref": "T"}]),
        }

    stack = embedded.deploy(template(900), region="us-west-2")
    cloudwatch = embedded.client("cloudwatch", "us-west-2")

    def found():
        answer = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return {alarm["AlarmName"]: alarm for kind in ("MetricAlarms", "CompositeAlarms") for alarm in answer[kind]}

    alarm = found()[plain]
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["TreatMissingData"]) == (900, 2, "ignore")
    assert alarm["Dimensions"] == [{"Name": "RuleId", "Value": "r"}]
    assert alarm["AlarmActions"][0].startswith(f"arn:aws:sns:us-west-2:{ACCOUNT}:")
    assert [(m["Id"], m["ReturnData"]) for m in found()[maths]["Metrics"]] == [("q", False), ("e", True)]
    assert "MetricName" not in found()[maths]
    assert found()[both]["AlarmRule"] == f"ALARM({plain}) OR ALARM({maths})"
    embedded.deploy(template(100), region="us-west-2", name=stack)
    assert [found()[name]["Threshold"] for name in (plain, maths)] == [100, 100]
    assert embedded.delete(stack, "us-west-2") == "DELETE_COMPLETE"
    assert not {plain, maths, both} & set(found())


def test_an_encrypted_topic_with_its_key_policy_and_subscriptions_is_read_back(embedded, unique):
    alias = f"alias/{unique('key')}"

    def template(display):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "kms:*",
            "Resource": "*",
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        publish = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": {"Ref": "T"},
        }
        topic_document = {"Version": "2012-10-17", "Statement": [publish]}
        return {
            "K": resource("KMS::Key", KeyPolicy=document, EnableKeyRotation=True, Description=display),
            "A": resource("KMS::Alias", AliasName=alias, TargetKeyId={"Ref": "K"}),
            "T": resource(
                "SNS::Topic", DisplayName=display, KmsMasterKeyId={"Fn::GetAtt": ["K", "Arn"]}, Tags=tags(a="b")
            ),
            "P": resource("SNS::TopicPolicy", Topics=[{"Ref": "T"}], PolicyDocument=topic_document),
            "S": resource("SNS::Subscription", TopicArn={"Ref": "T"}, Protocol="email", Endpoint="a@example.com"),
        }

    outputs = {"T": {"Value": {"Ref": "T"}}, "K": {"Value": {"Fn::GetAtt": ["K", "Arn"]}}}
    stack = embedded.deploy(template("critical"), outputs=outputs)
    sns, kms = embedded.client("sns"), embedded.client("kms")
    arn, key = embedded.output(stack, "T"), embedded.output(stack, "K")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["DisplayName"], attributes["KmsMasterKeyId"]) == ("critical", key)
    assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sns:Publish"
    assert own_tags(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]) == {"a": "b"}
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "a@example.com")
    pending = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    assert pending["PendingConfirmation"] == "true"
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert "cloudwatch.amazonaws.com" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    embedded.deploy(template("warning"), name=stack, outputs=outputs)
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "warning"
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


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


CUSTOM = """
import json, os, sys, urllib.request
import boto3

def handler(event, context):
    if event["RequestType"] != "Delete":
        bucket = event["ResourceProperties"]["Bucket"]
        boto3.client("s3").put_object(Bucket=bucket, Key="health.txt", Body=event["ResourceProperties"]["Body"].encode())
    body = json.dumps({
        "Status": "SUCCESS", "StackId": event["StackId"], "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"], "PhysicalResourceId": "object",
        "Data": {"Region": os.environ["AWS_REGION"], "Python": sys.executable},
    }).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
"""


@pytest.mark.parametrize("runtime", ["python3.12", "python3.13", "python3.14"])
def test_a_custom_resource_runs_its_lambda_with_boto3_against_the_emulator(embedded, unique, runtime, emulator_python):
    name = unique("custom")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    write = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}

    def template(body):
        return {
            "B": resource("S3::Bucket", BucketName=name),
            "R": resource(
                "IAM::Role", RoleName=name, AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]}
            ),
            "P": resource(
                "IAM::Policy",
                PolicyName="write",
                Roles=[{"Ref": "R"}],
                PolicyDocument={"Version": "2012-10-17", "Statement": [write]},
            ),
            "G": resource("Logs::LogGroup", LogGroupName=f"/aws/lambda/{name}", RetentionInDays=30),
            "F": resource(
                "Lambda::Function",
                FunctionName=name,
                Runtime=runtime,
                Handler="index.handler",
                Role={"Fn::GetAtt": ["R", "Arn"]},
                Timeout=30,
                Code={"ZipFile": CUSTOM},
            ),
            "H": {
                "Type": "Custom::HealthObject",
                "DependsOn": ["B"],
                "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}, "Bucket": name, "Body": body},
            },
        }

    outputs = {key: {"Value": {"Fn::GetAtt": ["H", key]}} for key in ("Region", "Python")}
    stack = embedded.deploy(template("one"), region="eu-west-1", outputs=outputs)
    s3 = embedded.client("s3", "eu-west-1")
    assert s3.get_object(Bucket=name, Key="health.txt")["Body"].read() == b"one"
    assert embedded.output(stack, "Region", "eu-west-1") == "eu-west-1"
    assert embedded.output(stack, "Python", "eu-west-1") == emulator_python
    policy = embedded.client("iam").get_role_policy(RoleName=name, PolicyName="write")["PolicyDocument"]
    assert policy["Statement"] == [write]
    groups = embedded.client("logs", "eu-west-1").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")
    assert groups["logGroups"][0]["retentionInDays"] == 30
    embedded.deploy(template("two"), region="eu-west-1", name=stack, outputs=outputs)
    assert s3.get_object(Bucket=name, Key="health.txt")["Body"].read() == b"two"
    s3.delete_object(Bucket=name, Key="health.txt")
    assert embedded.delete(stack, "eu-west-1") == "DELETE_COMPLETE"
