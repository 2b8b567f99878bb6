"""AWS::ApiGatewayV2 resources: refusals of custom domain names and access logs, and an address type to read back.

AWS: `https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html`
and `.../http-api-logging.html`.
"""

import re
from typing import Any

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import api_gateway, scopes
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, check_before, complete_after
from breakable_aws.emulator.cloudfront.certificates import names_of
from breakable_aws.emulator.net.hosts import covers

DOMAIN_NAME = "AWS::ApiGatewayV2::DomainName"
API = "AWS::ApiGatewayV2::Api"
STAGE = "AWS::ApiGatewayV2::Stage"


def install() -> None:
    """Check what custom domain names and stages are made with, and keep the address type of APIs."""
    check_before(DOMAIN_NAME, _with_certificate)
    check_before(STAGE, _with_access_log)
    complete_after(API, _keep_address_type)


def _with_certificate(properties: Properties, _physical: str | None) -> Properties:
    name = properties["DomainName"]
    arn = properties["DomainNameConfigurations"][0].get("CertificateArn", "")
    if not arn.startswith(f"arn:aws:acm:{scopes.region()}:") or not names_of(arn):
        raise RefusedError(f"BadRequestException: no certificate {arn!r} in {scopes.region()}, where {name} is made")
    if not any(covers(covered, name) for covered in names_of(arn)):
        raise RefusedError(f"BadRequestException: The domain name {name} does not match the certificate {arn}")
    return properties


def _with_access_log(properties: Properties, _physical: str | None) -> Properties:
    """Refuse a format that API Gateway refuses: without a request id, or of several lines."""
    settings = properties.get("AccessLogSettings") or {}
    log_format = settings.get("Format", "")
    if settings and not re.search(r"\$context\.(requestId|extendedRequestId)\b", log_format):
        raise RefusedError("BadRequestException: Access Log format must contain at least $context.requestId")
    if "\n" in log_format.rstrip("\n"):
        raise RefusedError("BadRequestException: Access Log format must be single line")
    return properties


def _keep_address_type(resource: Resource, properties: Properties, *_: Any) -> None:
    api_gateway.set_address_type(resource[0], properties.get("IpAddressType", "ipv4"))
