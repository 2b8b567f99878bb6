"""Custom resources: a Lambda that runs, with its role, policy and log group."""

import pytest
from resources import resource

pytestmark = pytest.mark.embedded


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
