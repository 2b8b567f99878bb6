"""Which service a request to the API is for."""

from __future__ import annotations

from urllib.parse import parse_qs

from ministack.core.router import detect_service

from breakable_aws.emulator.net.viewer_requests import Scope, headers_of


def service_of(scope: Scope) -> str:
    """Return the service of a request, as ministack calls it."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    service: str = detect_service(scope["method"], scope["path"], headers_of(scope), query)
    return service
