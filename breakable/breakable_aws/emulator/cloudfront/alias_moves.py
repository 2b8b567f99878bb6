"""AssociateAlias: an alias moves from one distribution to another in one step.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AssociateAlias.html` and
`https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move.html`.
"""

from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import route53
from breakable_aws.emulator.net.viewer_requests import Request

from .api import Problem, ask, distribution, refusal
from .distribution import Distribution
from .distributions import certificate_problems


def respond(request: Request, identifier: str) -> Answer:
    """Answer AssociateAlias for the distribution that is to have the alias."""
    alias = parse_qs(request.query).get("Alias", [""])[0].lower()
    problem = _problem(alias, distribution(identifier))
    if problem:
        return refusal(problem)
    resource = f"<TargetResource><DistributionId>{identifier}</DistributionId></TargetResource>"
    body = (
        f"<UpdateDomainAssociationRequest><Domain>{escape(alias)}</Domain>{resource}</UpdateDomainAssociationRequest>"
    )
    moved = ask("POST", "/domain-association", body.encode())
    return moved if moved[0] >= 400 else (200, {}, b"")


def _problem(alias: str, target: Distribution | None) -> Problem | None:
    if target is None:
        return "NoSuchDistribution", "The specified distribution does not exist.", 404
    if not alias:
        return "InvalidArgument", "Alias is required.", 400
    if target.domain not in _texts(f"_{alias}."):
        return "IllegalUpdate", "Invalid or missing alias DNS TXT records.", 400
    return next(certificate_problems(target.config, [alias]), None)


def _texts(name: str) -> set[str]:
    """Return the values of the TXT records of a name, in any zone."""
    records = (record for zone in route53.zones() for record in route53.records_of(zone))
    named = (record for record in records if (record["Name"].lower(), record["Type"]) == (name, "TXT"))
    return {value.strip('"').rstrip(".") for record in named for value in record.get("ResourceRecords") or ()}
