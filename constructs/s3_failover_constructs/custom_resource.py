"""How the function of a custom resource answers CloudFormation (CloudFormation User Guide, crpg-ref-responses).

It runs inside the functions: `deploy_writer` puts it in the place of its import.
"""

import json
import urllib.request
from typing import Any


def answer_to(event: dict[str, Any], physical_id: str) -> dict[str, str]:
    """Return the answer to an event that says that all went well."""
    return {
        "Status": "SUCCESS",
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }


def reply(url: str, answer: dict[str, str]) -> None:
    """Put the answer where CloudFormation waits for it."""
    # An empty content type: the presigned URL was signed without one.
    body = json.dumps(answer).encode()
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
