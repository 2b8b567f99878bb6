"""CloudFront's API: what AWS refuses is refused here, AssociateAlias is answered here, and the rest behind.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/`.
"""

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.net.service_front import PassOn
from breakable_aws.emulator.net.viewer_requests import Request

from . import alias_moves, distributions, edge_functions
from .api import ROOT, forget, refusal


async def respond(request: Request, pass_on: PassOn) -> Answer:
    """Answer a request to CloudFront's API."""
    match [request.method, *request.path.removeprefix(ROOT).strip("/").split("/")]:
        case ["GET", *_]:
            return await pass_on()
        case ["POST", "distribution"]:
            problem = distributions.problem_of(request.body, None)
        case ["PUT", "distribution", identifier, "config"]:
            problem = distributions.problem_of(request.body, identifier)
        case ["PUT", "distribution", identifier, "associate-alias"]:
            return alias_moves.respond(request, identifier)
        case ["DELETE", "function", name]:
            problem = edge_functions.deletion_problem(name)
        case _:
            problem = None
    if problem:
        return refusal(problem)
    try:
        return await pass_on()
    finally:
        forget()
