"""Requests to AWS's API of this process in the account and the region that are at work, by the services' protocols."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from breakable_aws.emulator.answers import Answer, require

from .calls import call
from .scopes import signed

_TARGETS = {"logs": "Logs_20140328", "kms": "TrentService", "acm": "CertificateManager"}


def ask_json(service: str, action: str, **document: Any) -> Answer:
    """Ask a service whose protocol is JSON: CloudWatch Logs, KMS or ACM."""
    headers = {"x-amz-target": f"{_TARGETS[service]}.{action}", "content-type": "application/x-amz-json-1.1"}
    return call("POST", "/", headers=signed(service) | headers, body=json.dumps(document).encode())


def done_json(service: str, action: str, **document: Any) -> dict[str, Any]:
    """Ask a service whose protocol is JSON, and return what it answers.

    Raises:
        RefusedError: it refuses; the message is its own.
    """
    return document_of(require(ask_json(service, action, **document), action))


def ask_query(service: str, action: str, parameters: Mapping[str, str]) -> Answer:
    """Ask a service whose protocol is the query protocol: IAM, SNS or CloudWatch (`monitoring`)."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode({"Action": action, **parameters}).encode()
    return call("POST", "/", headers=signed(service) | headers, body=body)


def ask_rest(
    service: str, method: str, path: str, document: Mapping[str, Any] | None = None, *, query: str = ""
) -> Answer:
    """Ask a service whose protocol is REST: Lambda or S3."""
    body = b"" if document is None else json.dumps(document).encode()
    headers = signed(service) | {"content-type": "application/json"}
    return call(method, path, query=query, headers=headers, body=body)


def document_of(answer: Answer) -> dict[str, Any]:
    """Return the JSON document of an answer, empty if it has no body."""
    return json.loads(answer[2] or b"{}")


def succeeds(answer: Answer) -> bool:
    """Tell whether an answer is no error."""
    return answer[0] < 400
