"""The protocols of CloudWatch's API that clients choose here: Query and JSON.

AWS: `https://smithy.io/2.0/aws/protocols/aws-query-protocol.html` and `aws-json-1_0-protocol.html` beside it.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from breakable_aws.emulator import xml_documents
from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.net.viewer_requests import Request

_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_XML = {"content-type": "text/xml"}
_JSON = {"content-type": "application/x-amz-json-1.0"}


def action_of(request: Request) -> str:
    """Return the action that a request asks for; empty for a compressed form, as only PutMetricData sends one."""
    if _is_json(request):
        return request.headers["x-amz-target"].rpartition(".")[2]
    return "" if "content-encoding" in request.headers else dict(_form(request)).get("Action", "")


def parameters_of(request: Request) -> dict[str, Any]:
    """Return a request's parameters; all numbers and booleans of the Query protocol are texts."""
    parameters: dict[str, Any] = json.loads(request.body) if _is_json(request) else _nested(_form(request))
    return parameters


def answer(request: Request, action: str, result: Mapping[str, Any]) -> Answer:
    """Return an action's result as an answer; what is None is left out, moments are in epoch seconds."""
    if _is_json(request):
        return 200, _JSON, json.dumps(_plain(result)).encode()
    content = {f"{action}Result": result, "ResponseMetadata": {"RequestId": str(uuid.uuid4())}}
    return 200, _XML, xml_documents.document(f"{action}Response", _NAMESPACE, content)


def error(request: Request, code: str, message: str, status: int) -> Answer:
    """Return an error as an answer."""
    if _is_json(request):
        return status, _JSON | {"x-amzn-errortype": code}, json.dumps({"__type": code, "message": message}).encode()
    return status, _XML, xml_documents.error(_NAMESPACE, code, message)


def _is_json(request: Request) -> bool:
    return "x-amz-target" in request.headers


def _form(request: Request) -> list[tuple[str, str]]:
    form = request.body.decode(errors="replace") if request.method == "POST" else request.query
    return parse_qsl(form, keep_blank_values=True)


def _nested(form: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the structure that names such as `Tags.member.1.Key` flatten."""
    root: dict[str, Any] = {}
    for name, value in form:
        *path, last = name.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if "member" in node:
        return [_listed(node["member"][number]) for number in sorted(node["member"], key=int)]
    return {name: _listed(value) for name, value in node.items()}


def _plain(content: Any) -> Any:
    """Return a result without what is None."""
    if isinstance(content, Mapping):
        return {key: _plain(value) for key, value in content.items() if value is not None}
    return [_plain(each) for each in content] if isinstance(content, list) else content
