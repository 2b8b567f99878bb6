"""The API Gateway viewer listener: HTTP APIs by their regional custom domain names, over TLS only.

AWS: `https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html`.
"""

from typing import Any
from urllib.parse import parse_qs, unquote

from breakable_aws.emulator.base.api_gateway import domain_names, mappings_of, serve
from breakable_aws.emulator.cloudfront.certificates import names_of
from breakable_aws.emulator.net.hosts import without_port
from breakable_aws.emulator.net.viewer_requests import Request, Response, json_response


async def respond(request: Request) -> Response:
    """Answer a viewer as the API that the Host header's custom domain name is mapped to, in the region reached."""
    name = without_port(request.host)
    record = domain_name(name, request.place.region if request.place else None)
    mapped = _mapped(record, unquote(request.path)) if record else None
    if record is None or mapped is None:
        return json_response(403, {"message": "Forbidden"})
    api, stage, path = mapped
    prefix = f"/_aws/execute-api/{api}/{stage}"
    answer = await serve(
        name,
        prefix + path,
        request.method,
        {**request.headers, "host": name},
        request.body,
        parse_qs(request.query, keep_blank_values=True),
        raw_path=prefix + request.path,
        raw_query_string=request.query,
    )
    if answer is None:
        return json_response(403, {"message": "Forbidden"})
    status, headers, body = answer
    # The function's log has the error: API Gateway sends viewers no more than this.
    return (
        json_response(500, {"message": "Internal Server Error"}) if status == 502 else Response(status, headers, body)
    )


def domain_name(name: str, region: str | None = None) -> dict[str, Any] | None:
    """Return the record of a custom domain name, None where there is none: each region may have one of that name.

    `region` is the one that was reached; None where the name alone is known.
    """
    records = [record for record in domain_names() if record["domainName"].lower() == name]
    return next((record for record in records if region in (None, _region(record))), None)


def _mapped(record: dict[str, Any], path: str) -> tuple[str, str, str] | None:
    """Return the API and the stage that a name is mapped to for a path, and the path in the API; None for none.

    AWS: `https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html`: the longest one counts.
    """
    mappings = mappings_of(_region(record), record["domainName"])
    for base in sorted(mappings, key=lambda each: 0 if each == "(none)" else len(each), reverse=True):
        prefix = "" if base in ("", "(none)") else f"/{base}"
        if path == prefix or path.startswith(f"{prefix}/"):
            return mappings[base]["restApiId"], mappings[base]["stage"], path.removeprefix(prefix) or "/"
    return None


def is_regional_name(name: str) -> bool:
    """Tell whether API Gateway gave a name to a custom domain name."""
    wanted = without_port(name)
    return any(record["regionalDomainName"] == wanted for record in domain_names())


def regions() -> list[str]:
    """Return the regions with custom domain names, sorted."""
    return sorted({_region(record) for record in domain_names()})


def certificate_names(server_name: str | None) -> tuple[str, ...]:
    """Return the names on the certificate that API Gateway presents: the custom domain name's, or its own."""
    record = domain_name((server_name or "").lower())
    names = names_of(record["regionalCertificateArn"]) if record else ()
    return names or ("*.execute-api.amazonaws.com",)


def _region(record: dict[str, Any]) -> str:
    region: str = record["regionalDomainName"].split(".")[2]
    return region
