"""AssociateAlias: an alias moves from one distribution to another in one step.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AssociateAlias.html` and
`https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move.html`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudfront, route53

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

from .distributions import certificate_problems

_PATH = re.compile(r"/2020-05-31/distribution/([^/]+)/associate-alias/?")

_handle_request = cloudfront.handle_request


def install() -> None:
    """Add AssociateAlias to the API."""
    replace(cloudfront, "handle_request", handle_request)


async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
    """Answer a CloudFront API request."""
    asked = _PATH.fullmatch(path) if method == "PUT" else None
    if asked is None:
        answer: Answer = await _handle_request(method, path, headers, body, query)
        return answer
    alias = query.get("Alias", "")
    return _move((alias[0] if isinstance(alias, list) else alias).lower(), asked[1])


def _move(alias: str, identifier: str) -> Answer:
    target = cloudfront._distributions.get(identifier)
    problem = _problem(alias, target)
    if problem:
        refusal: Answer = cloudfront._error(*problem)
        return refusal
    resource = f"<TargetResource><DistributionId>{identifier}</DistributionId></TargetResource>"
    request = (
        f"<UpdateDomainAssociationRequest><Domain>{escape(alias)}</Domain>{resource}</UpdateDomainAssociationRequest>"
    )
    moved: Answer = cloudfront._update_domain_association({}, request.encode())
    return moved if moved[0] >= 400 else (200, {}, b"")


def _problem(alias: str, target: Mapping[str, Any] | None) -> tuple[str, str, int] | None:
    if target is None:
        return "NoSuchDistribution", "The specified distribution does not exist.", 404
    if not alias:
        return "InvalidArgument", "Alias is required.", 400
    if target["DomainName"] not in _texts(f"_{alias}."):
        return "IllegalUpdate", "Invalid or missing alias DNS TXT records.", 400
    return next(certificate_problems(cloudfront._dist_config_el(target), [alias]), None)


def _texts(name: str) -> set[str]:
    """Return the values of the TXT records of a name, in any zone."""
    return {
        value.strip('"').rstrip(".")
        for records in route53._records.values()
        for record in records
        if (record["Name"].lower(), record["Type"]) == (name, "TXT")
        for value in _values(record)
    }


def _values(record: Mapping[str, Any]) -> list[str]:
    return [value["Value"] if isinstance(value, dict) else value for value in record.get("ResourceRecords") or ()]
