"""An API in two regions behind failover records: an ordinary CDK app, which the embedded AWS deploys as it is.

Route 53 answers for `api.example.com` with the API of us-east-1 while its health check passes, and else with the one of
eu-west-1. Each region holds what it needs to answer, its own record included.
"""

from __future__ import annotations

from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from constructs import Construct

ACCOUNT = "123456789012"
ZONE_ID, ZONE = "Z0123456789ABCDEFGHIJ", "example.com"
NAME = f"api.{ZONE}"
PRIMARY, SECONDARY = "us-east-1", "eu-west-1"

CODE = """
import os

def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": os.environ["AWS_REGION"]}
"""


class RegionalApi(Stack):
    """The API of one region, its health check, and its failover record."""

    def __init__(self, scope: Construct, region: str, *, role: str) -> None:
        super().__init__(scope, f"Api-{region}", env=Environment(account=ACCOUNT, region=region))
        zone = route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id=ZONE_ID, zone_name=ZONE)
        # The name that tells this region's API from the other's, for its health check.
        own = f"{region}.{NAME}"
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=NAME,
            subject_alternative_names=[own],
            validation=acm.CertificateValidation.from_dns(zone),
        )
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(CODE),
        )
        http = api.HttpApi(self, "Api", default_integration=integrations.HttpLambdaIntegration("Integration", function))
        domains = {name: self._domain(name, certificate, http) for name in (NAME, own)}
        route53.CnameRecord(self, "Own", zone=zone, record_name=own, domain_name=domains[own].regional_domain_name)
        self.check = route53.CfnHealthCheck(
            self,
            "Check",
            health_check_config={
                "type": "HTTPS",
                "fullyQualifiedDomainName": own,
                "resourcePath": "/",
                "requestInterval": 10,
                "failureThreshold": 2,
                "enableSni": True,
            },
        )
        route53.CfnRecordSet(
            self,
            "Record",
            hosted_zone_id=ZONE_ID,
            name=NAME,
            type="A",
            set_identifier=region,
            failover=role,
            health_check_id=self.check.ref,
            alias_target={
                "dnsName": domains[NAME].regional_domain_name,
                "hostedZoneId": domains[NAME].regional_hosted_zone_id,
                "evaluateTargetHealth": False,
            },
        )
        CfnOutput(self, "RegionalName", value=own)

    def _domain(self, name: str, certificate: acm.ICertificate, http: api.HttpApi) -> api.DomainName:
        domain = api.DomainName(self, f"Domain-{name}", domain_name=name, certificate=certificate)
        api.ApiMapping(self, f"Mapping-{name}", api=http, domain_name=domain)
        return domain


app = App()
primary = RegionalApi(app, PRIMARY, role="PRIMARY")
RegionalApi(app, SECONDARY, role="SECONDARY")
# CloudWatch has the state of health checks in us-east-1 alone.
cloudwatch.Alarm(
    primary,
    "Alarm",
    alarm_name="api-primary-unhealthy",
    metric=cloudwatch.Metric(
        namespace="AWS/Route53",
        metric_name="HealthCheckStatus",
        dimensions_map={"HealthCheckId": primary.check.ref},
        statistic="Minimum",
    ),
    threshold=1,
    comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluation_periods=1,
    treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
)
app.synth()
