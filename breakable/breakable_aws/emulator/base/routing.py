"""Which service a request to the API is for, and the services themselves."""

import uuid
from urllib.parse import parse_qs

from ministack import app
from ministack.core.iam_actions import access_denied_response
from ministack.core.router import detect_service

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.net.viewer_requests import App, Scope, headers_of

services: App = app.app
"""The application that answers for every service."""


def service_of(scope: Scope) -> str:
    """Return the service of a request, as ministack calls it."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    return detect_service(scope["method"], scope["path"], headers_of(scope), query)


def access_denied(scope: Scope, message: str) -> Answer:
    """Return that access is denied, as the service of a request would say it."""
    return refusal(scope, "AccessDenied", message)


def refusal(scope: Scope, code: str, message: str) -> Answer:
    """Return the refusal of a request as its service would say it, by a code of ministack's."""
    return access_denied_response(
        service_of(scope),
        "",
        "",
        str(uuid.uuid4()),
        error_code=code,
        message=message,
        headers=headers_of(scope),
    )
