"""What exists in an account of the embedded AWS, and what of it no stack has."""

from collections.abc import Iterator

STACK_REGIONS = ("us-east-1", "eu-west-1", "us-west-2")


def everything(aws, regions=STACK_REGIONS):
    """Everything that stacks of sites make, as pairs of a kind and a physical id."""
    return {*_global(aws), *(each for region in regions for each in _regional(aws, region))}


def orphans(aws, before, regions=STACK_REGIONS):
    """What has come since an earlier look and belongs to no stack."""
    owned = {each for region in regions for each in _of_stacks(aws, region)}
    return {(kind, name) for kind, name in everything(aws, regions) - before if name not in owned}


def _of_stacks(aws, region) -> Iterator[str]:
    cloudformation = aws.client("cloudformation", region)
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            for found in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack["StackId"]):
                for resource in found["StackResourceSummaries"]:
                    if resource.get("ResourceStatus") not in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
                        name = resource.get("PhysicalResourceId", "")
                        yield from (name, name.rpartition("/")[2], name.rpartition("|")[0] or name)


def _global(aws):
    for bucket in aws.client("s3").list_buckets()["Buckets"]:
        yield "bucket", bucket["Name"]
    cloudfront = aws.client("cloudfront")
    for each in cloudfront.list_distributions()["DistributionList"].get("Items", []):
        yield "distribution", each["Id"]
    for each in cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items", []):
        yield "origin access control", each["Id"]
    for each in cloudfront.list_functions()["FunctionList"].get("Items", []):
        yield "function at the edge", each["Name"]
    route53 = aws.client("route53")
    for each in route53.list_health_checks()["HealthChecks"]:
        yield "health check", each["Id"]
    for zone in route53.list_hosted_zones()["HostedZones"]:
        yield "zone", zone["Id"].rpartition("/")[2]
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            # CloudFormation leaves the record that validates a certificate, which the next certificate finds as it is.
            if record["Type"] not in ("NS", "SOA") and not record["Name"].startswith("_"):
                yield "record", record["Name"]
    iam = aws.client("iam")
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            yield "role", role["RoleName"]
    for page in iam.get_paginator("list_policies").paginate(Scope="Local"):
        for policy in page["Policies"]:
            yield "managed policy", policy["Arn"].rpartition("/")[2]


def _regional(aws, region):
    kms = aws.client("kms", region)
    for key in kms.list_keys()["Keys"]:
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled":
            yield "key", key["KeyId"]
    for alias in kms.list_aliases()["Aliases"]:
        yield "alias", alias["AliasName"].rpartition("/")[2]
    alarms = aws.client("cloudwatch", region).describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for alarm in (*alarms["MetricAlarms"], *alarms["CompositeAlarms"]):
        yield "alarm", alarm["AlarmName"]
    for topic in aws.client("sns", region).list_topics()["Topics"]:
        yield "topic", topic["TopicArn"]
    for url in aws.client("sqs", region).list_queues().get("QueueUrls", []):
        yield "queue", url.rpartition("/")[2]
    for function in aws.client("lambda", region).list_functions()["Functions"]:
        yield "function", function["FunctionName"]
    for group in aws.client("logs", region).describe_log_groups()["logGroups"]:
        yield "log group", group["logGroupName"].rpartition("/")[2]
    for each in aws.client("acm", region).list_certificates()["CertificateSummaryList"]:
        yield "certificate", each["CertificateArn"].rpartition("/")[2]
    for api in aws.client("apigatewayv2", region).get_apis()["Items"]:
        yield "api", api["ApiId"]
