"""The API Gateway viewer listener: HTTP APIs by their regional custom domain names, over TLS only.

AWS: `https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote

from ministack import app
from ministack.services import apigateway_v1

from breakable_aws.emulator.cloudfront.certificates import names_of
from breakable_aws.emulator.net.hosts import without_port
from breakable_aws.emulator.net.viewer_requests import Request, Response, json_response


async def respond(request: Request) -> Response:
    """Answer a viewer as the API that the Host header's custom domain name is mapped to, in the region reached."""
    name = without_port(request.host)
    record = domain_name(name)
    if record is None or (request.place and request.place.region != _region(record)):
        return json_response(403, {"message": "Forbidden"})
    answer = await app._handle_execute_api_request(
        name,
        unquote(request.path),
        request.method,
        {**request.headers, "host": name},
        request.body,
        parse_qs(request.query, keep_blank_values=True),
        raw_path=request.path,
        raw_query_string=request.query,
    )
    if answer is None:
        return json_response(403, {"message": "Forbidden"})
    status, headers, body = answer
    # What is wrong with a function is for its log: API Gateway tells viewers this much.
    return (
        json_response(500, {"message": "Internal Server Error"}) if status == 502 else Response(status, headers, body)
    )


def domain_name(name: str) -> dict[str, Any] | None:
    """Return the record of a custom domain name, None where there is none."""
    found = apigateway_v1.find_domain_scope(name)
    if found is None:
        return None
    record: dict[str, Any] = apigateway_v1._domain_names.get_scoped(*found)
    return record


def is_regional_name(name: str) -> bool:
    """Tell whether API Gateway gave a name to a custom domain name."""
    wanted = without_port(name)
    return any(record["regionalDomainName"] == wanted for _, record in apigateway_v1._domain_names.all_items())


def certificate_names(server_name: str | None) -> tuple[str, ...]:
    """Return the names on the certificate that API Gateway presents: the custom domain name's, or its own."""
    record = domain_name((server_name or "").lower())
    names = names_of(record["regionalCertificateArn"]) if record else ()
    return names or ("*.execute-api.amazonaws.com",)


def _region(record: dict[str, Any]) -> str:
    region: str = record["regionalDomainName"].split(".")[2]
    return region
