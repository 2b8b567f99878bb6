"""An API of a team's own in N. Virginia, and a page in Ireland that stands in for it over HTTPS.

DNS leads `app.example.com` to the API while its health check passes, and else to the page: a private bucket behind an
endpoint of its region that has a certificate for the same name.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment as Ack
from aws_cdk import App, Duration, Environment, Stack, Validations
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover_constructs import (
    AlarmTopics,
    EdgeAlarms,
    Endpoint,
    FailoverHealthChecks,
    FailoverRecords,
    HealthObject,
    HttpsEndpoint,
    ReplicaBucket,
)

ACCOUNT = "123456789012"
VIRGINIA, IRELAND = "us-east-1", "eu-west-1"
NAME = "app.example.com"
OF_API, OF_PAGE, PAGE_CHECK = "api.example.com", "page.example.com", "page-check.example.com"
HEALTH_KEY = "health.txt"
WRITES_LOGS = "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]"
ANSWER = 'def handler(event, context): return {"statusCode": 200, "body": "the application"}'


class Page(Stack):
    """The page, which the team puts into the bucket as `index.html`, and its endpoint."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=IRELAND))
        zone = _zone(self)
        bucket = ReplicaBucket(self, "Content", bucket_name="acme-standby-page", health_key=HEALTH_KEY).bucket
        health = HealthObject(self, "Health", bucket=bucket, key=HEALTH_KEY)
        HttpsEndpoint(
            self,
            "Endpoint",
            hostname=NAME,
            target_name=OF_PAGE,
            check_name=PAGE_CHECK,
            zone=zone,
            certificate=_certificate(self, zone, PAGE_CHECK),
            bucket=bucket,
            # Every path of the application is this page.
            error_document="index.html",
        )
        _explain(bucket, S1="a page that everyone may see needs no access log")
        health.come_last()


class Application(Stack):
    """The API, and the records, checks and alarms, which are of use in us-east-1 alone."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=VIRGINIA))
        zone = _zone(self)
        for_viewers, for_checks = self._api(_certificate(self, zone, OF_API))
        route53.CnameRecord(self, "Own", zone=zone, record_name=OF_API, domain_name=for_checks.regional_domain_name)
        checks = FailoverHealthChecks(
            self,
            "Checks",
            primary=Endpoint(OF_API, path="/"),
            secondary=Endpoint(PAGE_CHECK, path=f"/{HEALTH_KEY}"),
            request_interval=Duration.seconds(10),
        )
        FailoverRecords(
            self,
            "Records",
            zone=zone,
            record_name=NAME,
            primary=for_viewers.regional_domain_name,
            secondary=OF_PAGE,
            health_check=checks.failover,
        )
        EdgeAlarms(
            self,
            "Alarms",
            name=NAME,
            failover=checks.failover,
            secondary=checks.secondary,
            notifications=AlarmTopics(self, "Topics", display_name=NAME),
        )

    def _api(self, certificate: acm.ICertificate) -> tuple[api.DomainName, api.DomainName]:
        """Return an API's names: the one for viewers, and one that health checks can ask when DNS has moved."""
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(ANSWER),
        )
        http = api.HttpApi(self, "Api", default_integration=integrations.HttpLambdaIntegration("Function", function))
        for_viewers, for_checks = (
            api.DomainName(self, each, domain_name=each, certificate=certificate) for each in (NAME, OF_API)
        )
        for name in (for_viewers, for_checks):
            api.ApiMapping(name, "Mapping", api=http, domain_name=name)
        _explain(http, APIG1="the team's choice", APIG4="the application is public")
        _explain(function, **{WRITES_LOGS: "it writes its log and does nothing else"})
        return for_viewers, for_checks


def _zone(stack: Stack) -> route53.IHostedZone:
    return route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
    )


def _certificate(stack: Stack, zone: route53.IHostedZone, other: str) -> acm.ICertificate:
    validation = acm.CertificateValidation.from_dns(zone)
    return acm.Certificate(
        stack, "Certificate", domain_name=NAME, subject_alternative_names=[other], validation=validation
    )


def _explain(construct: Construct, **reasons: str) -> None:
    """Acknowledge findings of cdk-nag, each with its reason."""
    known = (Ack(id=f"AwsSolutions-{rule}", reason=why) for rule, why in reasons.items())
    Validations.of(construct).acknowledge(*known)


def define(app: App) -> None:
    """Define both stacks; what stands in is there first."""
    page = Page(app, "Page")
    Application(app, "Application").add_stack_dependency(page)


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
