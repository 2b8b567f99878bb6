"""The secondary that speaks HTTPS: an API in the replica's region, under the site's own hostname."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack, Token
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.arguments import (
    CERTIFICATE,
    ZONE,
    a_bucket,
    duration,
    fits,
    flag,
    implements,
    instance,
    member,
    text,
    texts,
)
from s3_failover_constructs.certificates import uncovered
from s3_failover_constructs.endpoint import Endpoint
from s3_failover_constructs.key_use import keys_of, through_s3
from s3_failover_constructs.nag import acknowledge, acknowledge_wildcards
from s3_failover_constructs.places import beside, region_known

_HANDLER = Path(__file__).parent / "handler"
_HSTS = "max-age=31536000"

LOG_FORMAT = (
    '{"requestId":"$context.requestId","time":"$context.requestTime","ip":"$context.identity.sourceIp",'
    '"host":"$context.domainName","method":"$context.httpMethod","path":"$context.path",'
    '"status":"$context.status","bytes":"$context.responseLength","error":"$context.integrationErrorMessage"}'
)
"""One line of JSON for each request. API Gateway refuses a format without the request id (API Gateway API,
AccessLogSettings)."""


class HttpsEndpoint(Construct):
    """Defines an API Gateway HTTP API that serves a private bucket under two names with a regional certificate.

    The hostname is for viewers: `target_name` leads there and is what the SECONDARY record points at, so that no other
    stack needs the name that AWS makes up. `check_name` is served by the same certificate and API, for the health
    check, which may not ask for the record that it watches.

    A function of the region answers each request with one read of the bucket through a role that can do nothing else.
    It sends up to 4 MiB itself; for more it redirects to the object's own address, signed for five minutes. Index and
    error document, ranges, conditions, HEAD, content types and cache headers are as on an S3 website; IPv6 works.
    Port 80 stays shut: API Gateway serves HTTPS only.

    Attributes:
        target_name: what the SECONDARY record points at.
        endpoint: what health checkers ask.
        function: what reads the bucket.
        api: the API.

    Args:
        hostname: the site's hostname.
        target_name: the name that leads to the hostname's endpoint, below the zone's apex.
        check_name: the name that the health check asks for, below the zone's apex.
        zone: the hosted zone of both.
        certificate: covers the hostname, `check_name` and `aliases`, in the region of this stack.
        aliases: further hostnames, as in `{"www.example.com": "www-secondary.example.com"}`, each with the name that
            leads to it, below the zone's apex; none by default.
        bucket: what is served; it must be in this stack's region.
        encrypted: whether its objects are encrypted with KMS keys of its region and account; false by default.
        index_document: served for paths that end in `/`; `index.html` by default.
        error_document: the page for missing objects; `error.html` by default.
        hsts: whether browsers shall remember to come over HTTPS for a year; false by default.
        ttl: how long resolvers keep the two names; one minute by default.
        log_retention: how long the logs of function and API are kept; three months by default.

    Raises:
        ValueError: the bucket is in another region, or a name is not valid.

    Leaves to you:
        the SECONDARY record: see `FailoverRecords`; the certificate, and the content. An HTTP API takes no web ACL.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        hostname: str,
        target_name: str,
        check_name: str,
        zone: route53.IHostedZone,
        certificate: acm.ICertificate,
        bucket: s3.IBucket,
        aliases: Mapping[str, str] | None = None,
        encrypted: bool = False,
        index_document: str = "index.html",
        error_document: str = "error.html",
        hsts: bool = False,
        ttl: Duration | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
    ) -> None:
        super().__init__(scope, id)
        implements("zone", zone, ZONE)
        implements("certificate", certificate, CERTIFICATE)
        a_bucket("bucket", bucket)
        text("hostname", hostname, values.hostname)
        text("target_name", target_name)
        text("check_name", check_name)
        instance("aliases", aliases, dict)
        aliases = aliases or {}
        texts("aliases", [*aliases, *aliases.values()], values.hostnames)
        fits("target_name", values.each_once([hostname, target_name]))
        fits("check_name", values.each_once([hostname, target_name, check_name]))
        fits("aliases", values.each_once([check_name, target_name, hostname, *aliases, *aliases.values()]))
        for argument, name in (("target_name", target_name), ("check_name", check_name)):
            if not Token.is_unresolved(zone.zone_name):
                fits(argument, values.record_name(name, zone.zone_name.removesuffix(".")))
        flag("encrypted", encrypted)
        text("index_document", index_document, values.index_document)
        text("error_document", error_document, values.error_document)
        flag("hsts", hsts)
        duration("ttl", ttl, "seconds")
        region_known(self, "bucket", bucket)
        beside(self, "bucket", bucket.env.region)
        fits("certificate", uncovered(certificate, [hostname, check_name, *aliases]))
        arn = certificate.certificate_arn
        if not Token.is_unresolved(arn):
            beside(self, "certificate", arn.split(":")[3], "API Gateway takes one of its own region alone")
        self._log_retention = member("log_retention", log_retention, logs.RetentionDays)
        self.target_name, self.endpoint = target_name, Endpoint(check_name)
        self._bucket, self._certificate, self._encrypted = bucket, certificate, encrypted
        self._zone, self._ttl = zone, ttl or Duration.minutes(1)
        settings = {"INDEX_DOCUMENT": index_document, "ERROR_DOCUMENT": error_document}
        self.function = self._reader(settings | ({"HSTS": _HSTS} if hsts else {}))
        self.api = self._api(hostname)
        self._stage = self._serve()
        self._name("Hostname", hostname, reached_by=target_name)
        self._name("Check", check_name, reached_by=check_name)
        for alias, target in aliases.items():
            self._name(f"Alias-{alias}", alias, reached_by=target)

    def _reader(self, settings: dict[str, str]) -> lambda_.Function:
        log_group = self._log_group("FunctionLogs")
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        permissions = self._permissions(role, log_group)
        function = lambda_.Function(
            self,
            "Function",
            description="Serves the replica to viewers over HTTPS",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            # CPU comes with memory: this much encodes four MiB in a moment.
            memory_size=512,
            timeout=Duration.seconds(29),
            handler="index.handler",
            code=lambda_.Code.from_asset(str(_HANDLER), exclude=["__pycache__"]),
            environment={"BUCKET": self._bucket.bucket_name} | settings,
            role=role,
            log_group=log_group,
        )
        function.node.add_dependency(permissions)
        return function

    def _permissions(self, role: iam.Role, log_group: logs.LogGroup) -> iam.CfnPolicy:
        objects = self._bucket.arn_for_objects("*")
        allowed = {
            "s3:GetObject": objects,
            # Without it a missing object would be denied, not missing (S3 API, GetObject).
            "s3:ListBucket": self._bucket.bucket_arn,
        }
        log = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": log_group.log_group_arn,
        }
        reads: list[dict[str, Any]] = [
            {"Effect": "Allow", "Action": act, "Resource": resource} for act, resource in allowed.items()
        ]
        if self._encrypted:
            keys = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": keys_of(self._bucket)}
            reads.append({**keys, "Condition": through_s3([self._bucket])})
        policy = iam.CfnPolicy(
            self,
            "Permissions",
            policy_name="read-replica",
            roles=[role.role_name],
            policy_document={"Version": "2012-10-17", "Statement": [*reads, log]},
        )
        acknowledge_wildcards(policy, [objects], "every object of the site is for viewers; nothing else is readable")
        if self._encrypted:
            reason = "a key's ARN is unknown in another stack; the condition admits S3's use for this bucket alone"
            acknowledge_wildcards(policy, [keys_of(self._bucket)], reason)
        return policy

    def _api(self, hostname: str) -> apigateway.CfnApi:
        return apigateway.CfnApi(
            self,
            "Api",
            name=hostname[:128],  # API Gateway takes no more (API Gateway API, CreateApi).
            description=f"Serves {hostname} when DNS has left the distribution",
            protocol_type="HTTP",
            disable_execute_api_endpoint=True,
            ip_address_type="dualstack",
        )

    def _serve(self) -> apigateway.CfnStage:
        integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=self.api.ref,
            integration_type="AWS_PROXY",
            integration_uri=self.function.function_arn,
            payload_format_version="2.0",
        )
        route = apigateway.CfnRoute(
            self,
            "Route",
            api_id=self.api.ref,
            route_key="$default",
            authorization_type="NONE",
            target=f"integrations/{integration.ref}",
        )
        acknowledge(route, {"AwsSolutions-APIG4": "a public site, as on the distribution: viewers bear no credentials"})
        self.function.add_permission(
            "Invoke",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            # Any stage and the default route, as API Gateway's console writes it; with the stage's name in place of the
            # asterisk, no AWS page has it (aws/serverless-application-model#1860).
            source_arn=Stack.of(self).format_arn(
                service="execute-api", resource=self.api.ref, resource_name="*/$default"
            ),
        )
        return apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.ref,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=_log_destination(self._log_group("AccessLogs")), format=LOG_FORMAT
            ),
        )

    def _name(self, construct_id: str, name: str, *, reached_by: str) -> None:
        at = Construct(self, construct_id)
        domain = apigateway.CfnDomainName(
            at,
            "DomainName",
            domain_name=name,
            domain_name_configurations=[
                apigateway.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=self._certificate.certificate_arn,
                    endpoint_type="REGIONAL",
                    ip_address_type="dualstack",
                    security_policy="TLS_1_2",
                )
            ],
        )
        apigateway.CfnApiMapping(at, "Mapping", api_id=self.api.ref, domain_name=domain.ref, stage=self._stage.ref)
        route53.CnameRecord(
            at,
            "Record",
            zone=self._zone,
            record_name=f"{reached_by}.",
            domain_name=domain.attr_regional_domain_name,
            ttl=self._ttl,
        )

    def _log_group(self, construct_id: str) -> logs.LogGroup:
        return logs.LogGroup(self, construct_id, retention=self._log_retention, removal_policy=RemovalPolicy.DESTROY)


def _log_destination(log_group: logs.LogGroup) -> str:
    """Return the log group's ARN without `:*` at its end, which API Gateway does not keep.

    With it, drift detection reports the stage as modified on every run (CDK feature flag
    `@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard`).
    """
    return Stack.of(log_group).format_arn(
        service="logs",
        resource="log-group",
        resource_name=log_group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
