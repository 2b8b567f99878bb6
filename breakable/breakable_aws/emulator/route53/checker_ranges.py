"""Route 53's API call that tells the addresses of its health checkers: those of the data file beside.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetCheckerIpRanges.html`.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from ministack.services import route53

from breakable_aws.emulator.answers import Answer

PATH = "/2013-04-01/checkeripranges"

_DATA = Path(__file__).parents[2] / "checker_ranges.json"


def told() -> Answer:
    """Return the answer to GetCheckerIpRanges."""
    data = json.loads(_DATA.read_text(encoding="utf-8"))

    def build(root: Element) -> None:
        ranges = SubElement(root, "CheckerIpRanges")
        for network in (*data["ipv4"], *data["ipv6"]):
            SubElement(ranges, "member").text = network

    answer: Answer = route53._xml_response("GetCheckerIpRangesResponse", build)
    return answer
