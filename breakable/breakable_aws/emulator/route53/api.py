"""Route 53's API: health checks are answered here, and hosted zones behind, with their records judged by our rules.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/`.
"""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.net.service_front import PassOn
from breakable_aws.emulator.net.viewer_requests import Request

from . import documents, health_check_status, health_checks, hosted_zones, record_sets

HEALTH_CHECKS = "MAX_HEALTH_CHECKS_BY_OWNER"
MOST_HEALTH_CHECKS = 200
"""How many health checks an account may have (Route 53 Developer Guide, DNSLimitations); here it may have more."""

_CHECKER_RANGES = Path(__file__).parents[2] / "checker_ranges.json"
_NO_DNS_TEST = (
    "the embedded AWS has no TestDNSAnswer: ask its DNS with `dig @127.0.0.1 -p PORT NAME`, the port that it printed"
)


async def respond(request: Request, pass_on: PassOn) -> Answer:
    """Answer a request to Route 53's API."""
    call = f"{request.method} {request.path.removeprefix('/2013-04-01/')}"
    try:
        for pattern, answer in _ANSWERED.items():
            if asked := re.fullmatch(pattern, call):
                return answer(request, *asked.groups())
        for pattern, change in _CHANGED.items():
            if asked := re.fullmatch(pattern, call):
                return await change(pass_on, *asked.groups())
    except RefusedError as error:
        return documents.refusal(error)
    return await pass_on()


def account_limit(_request: Request) -> Answer:
    """Answer GetAccountLimit for health checks."""
    limit = {"Type": HEALTH_CHECKS, "Value": MOST_HEALTH_CHECKS}
    return documents.answer("GetAccountLimitResponse", {"Limit": limit, "Count": len(health_checks.every())})


def checker_ranges(_request: Request) -> Answer:
    """Answer GetCheckerIpRanges: the addresses in the data file, from which the data plane's checkers probe."""
    data = json.loads(_CHECKER_RANGES.read_text(encoding="utf-8"))
    return documents.answer("GetCheckerIpRangesResponse", {"CheckerIpRanges": [*data["ipv4"], *data["ipv6"]]})


def dns_test(_request: Request) -> Answer:
    """Refuse TestDNSAnswer."""
    raise RefusedError(f"InvalidInput: {_NO_DNS_TEST}")


_ANSWERED: dict[str, Callable[..., Answer]] = {
    "POST healthcheck": health_checks.create_by_api,
    "GET healthcheck": health_checks.list_by_api,
    "GET healthcheck/([^/]+)": health_checks.get_by_api,
    "POST healthcheck/([^/]+)": health_checks.update_by_api,
    "DELETE healthcheck/([^/]+)": health_checks.delete_by_api,
    "GET healthcheck/([^/]+)/status": health_check_status.current,
    "GET healthcheck/([^/]+)/lastfailurereason": health_check_status.last_failures,
    "GET tags/healthcheck/([^/]+)": health_checks.tags_by_api,
    "POST tags/healthcheck/([^/]+)": health_checks.change_tags_by_api,
    f"GET accountlimit/{HEALTH_CHECKS}": account_limit,
    "POST hostedzone/([^/]+)/features": hosted_zones.change_features,
    "GET checkeripranges": checker_ranges,
    "GET testdnsanswer": dns_test,
}
"""What is answered here, by method and path."""

_CHANGED: dict[str, Callable[..., Awaitable[Answer]]] = {
    "POST hostedzone": hosted_zones.created,
    "GET hostedzone/([^/]+)": hosted_zones.described,
    "POST hostedzone/([^/]+)/rrset/?": record_sets.changed,
}
"""What is answered behind and changed here."""
