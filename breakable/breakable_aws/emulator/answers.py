"""Ministack's answers: a status, headers and a body, turned into the error that fails a CloudFormation resource."""

import json
import re
from typing import Any

Answer = tuple[int, dict[str, Any], Any]
"""What a service handler returns."""


class RefusedError(ValueError):
    """AWS would refuse this: the message begins with the error code where AWS has one."""


def require(answer: Answer, what: str) -> Answer:
    """Return an answer that is no error.

    Raises:
        RefusedError: the answer is one; the message has its code and text.
    """
    status, _, body = answer
    if status >= 400:
        raise RefusedError(f"{what}: {explanation(body)}")
    return answer


def explanation(body: Any) -> str:
    """Return the code and the message of an error body, XML or JSON."""
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else str(body)
    if text.lstrip().startswith("{"):
        document = json.loads(text)
        return f"{document.get('__type', '')} {document.get('message', '')}".strip()
    found = [
        match.group(1) for tag in ("Code", "Message") if (match := re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S))
    ]
    return ": ".join(found) or text
