"""Resolves the functions of a template as CloudFormation would, with made-up ids for what AWS chooses."""

import json
from typing import Any

ACCOUNT = "123456789012"
_PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
_UUID = "0f1e2d3c-4b5a-4697-8877-665544332211"

_REFERENCES = {
    "AWS::ApiGatewayV2::DomainName": "{DomainName}",
    "AWS::ApiGatewayV2::Stage": "{StageName}",
    "AWS::CertificateManager::Certificate": f"arn:aws:acm:{{region}}:{ACCOUNT}:certificate/{_UUID}",
    "AWS::CloudFront::CachePolicy": _UUID,
    "AWS::CloudFront::Distribution": "E2QWRUHAPOMQZL",
    "AWS::CloudFront::OriginAccessControl": "E1AAAAAAAAAAAA",
    "AWS::CloudFront::OriginRequestPolicy": _UUID,
    "AWS::CloudFront::ResponseHeadersPolicy": _UUID,
    "AWS::CloudWatch::CompositeAlarm": f"arn:aws:cloudwatch:{{region}}:{ACCOUNT}:alarm:{{AlarmName}}",
    "AWS::CloudWatch::Alarm": "{AlarmName}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{logical}}",
    "AWS::IAM::Role": "{RoleName}",
    "AWS::KMS::Key": _UUID,
    "AWS::Lambda::Function": "{logical}",
    "AWS::Logs::DeliverySource": "{Name}",
    "AWS::Logs::LogGroup": "{logical}",
    "AWS::Route53::HealthCheck": _UUID,
    "AWS::Route53::HostedZone": "Z0123456789ABCDEFGHIJ",
    "AWS::S3::Bucket": "{BucketName}",
    "AWS::SNS::Topic": f"arn:aws:sns:{{region}}:{ACCOUNT}:{{logical}}",
    "AWS::SQS::Queue": f"https://sqs.{{region}}.amazonaws.com/{ACCOUNT}/{{logical}}",
}
"""What Ref returns, by type; other types have an id of ten characters."""

_ATTRIBUTES = {
    ("AWS::ApiGatewayV2::DomainName", "RegionalDomainName"): "d-0123456789.execute-api.{region}.amazonaws.com",
    ("AWS::CloudFront::Distribution", "DomainName"): "d111111abcdef8.cloudfront.net",
    ("AWS::CloudFront::OriginAccessControl", "Id"): "E1AAAAAAAAAAAA",
    ("AWS::CloudFront::Function", "FunctionARN"): f"arn:aws:cloudfront::{ACCOUNT}:function/{{Name}}",
    ("AWS::CloudWatch::Alarm", "Arn"): f"arn:aws:cloudwatch:{{region}}:{ACCOUNT}:alarm:{{AlarmName}}",
    ("AWS::CloudWatch::CompositeAlarm", "Arn"): f"arn:aws:cloudwatch:{{region}}:{ACCOUNT}:alarm:{{AlarmName}}",
    ("AWS::Events::Rule", "Arn"): f"arn:aws:events:{{region}}:{ACCOUNT}:rule/{{logical}}",
    ("AWS::IAM::Role", "Arn"): f"arn:aws:iam::{ACCOUNT}:role/{{RoleName}}",
    ("AWS::KMS::Key", "Arn"): f"arn:aws:kms:{{region}}:{ACCOUNT}:key/{_UUID}",
    ("AWS::Lambda::Function", "Arn"): f"arn:aws:lambda:{{region}}:{ACCOUNT}:function:{{logical}}",
    ("AWS::Logs::DeliveryDestination", "Arn"): f"arn:aws:logs:{{region}}:{ACCOUNT}:delivery-destination:{{Name}}",
    ("AWS::Logs::LogGroup", "Arn"): f"arn:aws:logs:{{region}}:{ACCOUNT}:log-group:{{logical}}:*",
    ("AWS::Route53::HealthCheck", "HealthCheckId"): _UUID,
    ("AWS::S3::Bucket", "Arn"): "arn:aws:s3:::{BucketName}",
    ("AWS::S3::Bucket", "DomainName"): "{BucketName}.s3.amazonaws.com",
    ("AWS::S3::Bucket", "RegionalDomainName"): "{BucketName}.s3.{region}.amazonaws.com",
    ("AWS::SQS::Queue", "Arn"): f"arn:aws:sqs:{{region}}:{ACCOUNT}:{{logical}}",
    ("AWS::SQS::Queue", "QueueName"): "{logical}",
}


class Template:
    """A template as CloudFormation sees it in a region, with every function resolved."""

    def __init__(self, template: dict[str, Any], region: str) -> None:
        self.resources, self.region = template["Resources"], region

    def properties(self):
        """Yield the logical id, the type and the resolved properties of each resource."""
        for logical, resource in self.resources.items():
            yield logical, resource["Type"], self.resolve(resource.get("Properties", {}))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument)
        return {key: self.resolve(each) for key, each in value.items()}

    def _call(self, function, argument):
        match function:
            case "Ref" if argument == "AWS::Region":
                return self.region
            case "Ref" if argument in _PSEUDO:
                return _PSEUDO[argument]
            case "Ref" if argument in self.resources:
                return self._made(argument, _REFERENCES.get(self.resources[argument]["Type"], "a1b2c3d4e5"))
            case "Fn::GetAtt":
                return self._attribute(*(argument if isinstance(argument, list) else argument.split(".", 1)))
            case "Fn::Join":
                return argument[0].join(map(str, self.resolve(argument[1])))
            case "Fn::Select":
                return self.resolve(argument[1])[int(argument[0])]
            case "Fn::Split":
                return self.resolve(argument[1]).split(argument[0])
            case "Fn::Sub" if isinstance(argument, str):
                for name, text in {**_PSEUDO, "AWS::Region": self.region}.items():
                    argument = argument.replace(f"${{{name}}}", text)
                assert "${" not in argument, argument
                return argument
            case "Fn::GetStackOutput" | "Fn::ImportValue":
                return "Z0123456789ABCDEFGHIJ"
        raise AssertionError(f"no resolution of {function} {json.dumps(argument)}")

    def _attribute(self, logical, name):
        kind = self.resources[logical]["Type"]
        if (kind, name) == ("AWS::Route53::HostedZone", "NameServers"):
            return [f"ns-{number}.awsdns-00.com" for number in range(4)]
        if kind.startswith("Custom::"):
            return "a1b2c3d4e5"
        return self._made(logical, _ATTRIBUTES[kind, name])

    def _made(self, logical, pattern):
        properties = self.resources[logical].get("Properties", {})
        names = {
            name: self.resolve(properties.get(name, logical))
            for name in ("AlarmName", "BucketName", "DomainName", "Name", "RoleName", "StageName")
        }
        return pattern.format(region=self.region, logical=logical, **names)
