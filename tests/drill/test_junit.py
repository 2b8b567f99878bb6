"""The file for CI servers is what their schemas admit: Jenkins' junit-10.xsd, and Ant's, which is older and stricter."""

import re
from xml.etree import ElementTree

import pytest
from drill_reports import outcome, report

from s3_failover.drill import junit
from s3_failover.drill.report import Held

TEXT, NUMBER, WHOLE = r".+", r"\d+(\.\d+)?", r"\d+"
SUITE = {"id": WHOLE, "package": TEXT, "name": TEXT, "hostname": TEXT, "tests": WHOLE, "failures": WHOLE}
SUITE |= {"errors": WHOLE, "skipped": WHOLE, "time": NUMBER, "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}
SCHEMA = {
    "testsuites": ({}, "(testsuite )*"),
    "testsuite": (SUITE, "properties (testcase )*system-out system-err "),
    "properties": ({}, "(property )*"),
    "property": ({"name": TEXT, "value": TEXT}, ""),
    "testcase": ({"classname": TEXT, "name": TEXT, "time": NUMBER}, "(skipped |error |failure )?"),
    "failure": ({"type": TEXT, "message": TEXT}, ""),
    "system-out": ({}, ""),
    "system-err": ({}, ""),
}
"""What both schemas admit: the attributes of an element, all of which are there, and its children in their order."""


def parsed(found):
    return ElementTree.fromstring(junit.render(found).encode())


def objections(element):
    """Return what the schemas do not admit in an element and below."""
    attributes, children = SCHEMA[element.tag]
    if set(element.attrib) != set(attributes):
        yield f"{element.tag} has {sorted(element.attrib)}"
    wrong = [name for name, value in element.items() if not re.fullmatch(attributes.get(name, TEXT), value)]
    yield from (f"{name}={element.get(name)!r}" for name in wrong)
    if not re.fullmatch(children, "".join(f"{child.tag} " for child in element)):
        yield f"{element.tag} holds {[child.tag for child in element]}"
    for child in element:
        yield from objections(child)


@pytest.mark.parametrize("held", [True, False])
def test_the_file_is_what_the_schemas_admit(held):
    assert list(objections(parsed(report(held=held)))) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda suite: suite.set("time", "soon"),
        lambda suite: suite.set("begun", "today"),
        lambda suite: suite.remove(suite.find("system-err")),
        lambda suite: suite.find("testcase").append(ElementTree.Element("system-out")),
    ],
)
def test_what_the_schemas_do_not_admit_is_found(change):
    root = parsed(report())
    change(root[0])
    assert list(objections(root)) != []


def test_an_expectation_that_failed_is_a_failure_with_what_was_seen_instead():
    (suite,) = parsed(report(held=False))
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("primary-s3-refuse shop", "1", "1")
    case = suite.find("testcase")
    assert (case.get("classname"), case.get("name")) == ("primary-s3-refuse.shop", "DNS moves <once>")
    assert case.find("failure").get("message") == "seen: secondary after 95 s"


def test_one_that_passed_is_none():
    (suite,) = parsed(report())
    assert suite.get("failures") == "0"
    assert suite.find("testcase/failure") is None


def test_a_suite_has_the_evidence_and_a_sentence_for_each_lane():
    (suite,) = parsed(report())
    properties = {each.get("name"): each.get("value") for each in suite.find("properties")}
    assert properties == {
        "config": "failover.toml",
        "config_sha256": "0f" * 32,
        "asked_by": "embedded AWS",
        "hostname": "shop.example.com",
        "mode": "dns",
        "speed": "10",
        "version.s3_failover": "0.1.0",
        "version.python": "3.11.2",
        "version.boto3": "1.44.5",
        "version.aws_cdk_lib": "2.275.0",
    }
    assert suite.get("timestamp") == "2026-05-01T12:00:00"
    assert "HTTP, new connections: back after 120 s; 1 of 3 requests failed.\n" in suite.findtext("system-out")


def test_each_site_is_a_suite_with_an_id_of_its_own():
    found = report()
    (scenario,) = found.scenarios
    both = scenario.model_copy(update={"sites": [outcome(), outcome().model_copy(update={"site": "blog"})]})
    suites = parsed(found.model_copy(update={"scenarios": [both]}))
    assert [(suite.get("id"), suite.get("name")) for suite in suites] == [
        ("0", "primary-s3-refuse shop"),
        ("1", "primary-s3-refuse blog"),
    ]


def test_what_xml_cannot_hold_is_replaced():
    odd = Held(expectation="no \x00 comes", held=False, seen="a \x1b[31m & <b>")
    (suite,) = parsed(report(outcome().model_copy(update={"expectations": [odd]})))
    assert suite.find("testcase").get("name") == "no \ufffd comes"
    assert suite.find("testcase/failure").get("message") == "seen: a \ufffd[31m & <b>"
