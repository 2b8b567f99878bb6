"""Route 53's API call that tells how many health checks an account may have, and how many it has.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetAccountLimit.html`.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from ministack.services import route53

from breakable_aws.emulator.answers import Answer

HEALTH_CHECKS = "MAX_HEALTH_CHECKS_BY_OWNER"
PATH = f"/2013-04-01/accountlimit/{HEALTH_CHECKS}"

DEFAULT = 200
"""How many health checks an account may have (Route 53 Developer Guide, DNSLimitations)."""


def told() -> Answer:
    """Return the answer to GetAccountLimit for health checks; nothing is refused for going beyond it."""

    def build(root: Element) -> None:
        limit = SubElement(root, "Limit")
        SubElement(limit, "Type").text = HEALTH_CHECKS
        SubElement(limit, "Value").text = str(DEFAULT)
        SubElement(root, "Count").text = str(len(route53._health_checks))

    answer: Answer = route53._xml_response("GetAccountLimitResponse", build)
    return answer
