"""A drill's report for continuous integration: JUnit's XML, which its servers read.

It keeps to what Jenkins' schema and the older, stricter one of Ant both accept.
"""

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from s3_failover.drill.report import DrillReport, Evidence, Held, ScenarioOutcome, SiteOutcome


def write(report: DrillReport, path: Path) -> None:
    """Write a report as one file: a testsuite for each scenario and site, a testcase for each expectation."""
    path.write_text(render(report), encoding="utf-8")


def render(report: DrillReport) -> str:
    """Return the file's text."""
    root = Element("testsuites")
    for scenario in report.scenarios:
        for site in scenario.sites:
            _suite(root, len(root), scenario, site, report)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, number: int, scenario: ScenarioOutcome, site: SiteOutcome, report: DrillReport) -> None:
    attributes = {
        "id": str(number),
        "name": f"{scenario.scenario} {site.site}",
        "package": "s3-failover",
        # Where the drill ran; the report names no machine.
        "hostname": "localhost",
        # The schema has no room for a zone: it is UTC.
        "timestamp": report.evidence.begun.removesuffix("Z"),
        "tests": str(len(site.expectations)),
        "failures": str(sum(not each.held for each in site.expectations)),
        "errors": "0",
        "skipped": "0",
        "time": f"{scenario.ended_after:.1f}",
    }
    suite = SubElement(root, "testsuite", attributes)
    properties = SubElement(suite, "properties")
    for name, value in _properties(report, report.evidence, site).items():
        SubElement(properties, "property", name=name, value=value)
    for each in site.expectations:
        _case(suite, f"{scenario.scenario}.{site.site}", each)
    SubElement(suite, "system-out").text = _printable("".join(f"{sentence}.\n" for sentence in site.sentences))
    SubElement(suite, "system-err")


def _properties(report: DrillReport, evidence: Evidence, site: SiteOutcome) -> dict[str, str]:
    versions = {f"version.{name}": value for name, value in evidence.versions if value is not None}
    about = {"config": report.config, "config_sha256": evidence.config_sha256, "asked_by": evidence.asked_by}
    about |= {"hostname": site.hostname, "mode": site.mode}
    told = about | {"speed": f"{report.speed:g}", "account": report.account} | versions
    return {name: _printable(value) for name, value in told.items() if value is not None}


def _case(suite: Element, classname: str, each: Held) -> None:
    # How long an expectation took is no figure of its own: the suite has the time of the drill.
    case = SubElement(suite, "testcase", classname=classname, name=_printable(each.expectation), time="0")
    if not each.held:
        SubElement(case, "failure", type="expectation", message=_printable(f"seen: {each.seen}"))


def _printable(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)
