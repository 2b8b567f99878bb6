"""Both legs of a site answer alike, or docs/parity.md says why not.

After a deliberate change: S3_FAILOVER_WRITE_PARITY=1 pytest tests/embedded/test_parity.py
"""

import os

import parity
import pytest

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def compared(dns, hybrid, cdn_sites):
    """What both legs answer, by the site's name."""
    sections = ((dns, parity.BY_DEFAULT), (hybrid, parity.BY_DEFAULT))
    more = ((cdn_sites["wiki"], parity.WIKI), (cdn_sites["app"], parity.APP), (cdn_sites["safe"], parity.HTTPS))
    found = {}
    for site, section in (*sections, *more):
        parity.publish(site)
        found[site.site.name] = parity.compare(site, section)
    return found


def cases(*sections):
    return [
        pytest.param(name, number, id=f"{name} {section.cases[number].name}")
        for name, section in sections
        for number in range(len(section.cases))
    ]


@pytest.mark.parametrize(
    ("site", "number"),
    cases(
        ("shop", parity.BY_DEFAULT),
        ("docs", parity.BY_DEFAULT),
        ("wiki", parity.WIKI),
        ("app", parity.APP),
        ("safe", parity.HTTPS),
    ),
)
def test_legs_answer_alike_unless_the_case_says_why_not(compared, site, number):
    line = compared[site][number]
    assert line.alike == (line.case.why == ""), (line.distribution, line.secondary)


def test_modes_do_not_differ(compared):
    assert compared["shop"] == compared["docs"]


def test_hybrid_distribution_answers_the_same_from_the_replica(hybrid, compared, policy_of):
    statement = {
        "Effect": "Deny",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{hybrid.primary}", f"arn:aws:s3:::{hybrid.primary}/*"],
    }
    with policy_of(hybrid, lambda statements: [*statements, statement]):
        assert parity.compare(hybrid, parity.BY_DEFAULT) == compared["docs"]


@pytest.fixture(scope="module")
def maintained(cdn_sites):
    """What both legs of a site like the wiki answer during maintenance."""
    parity.publish(cdn_sites["shut"])
    return parity.compare(cdn_sites["shut"], parity.MAINTENANCE)


def test_the_page_is_up_to_date(compared, maintained):
    text = parity.render(
        [
            (parity.BY_DEFAULT, compared["shop"]),
            (parity.HTTPS, compared["safe"]),
            (parity.WIKI, compared["wiki"]),
            (parity.APP, compared["app"]),
            (parity.MAINTENANCE, maintained),
        ]
    )
    if os.environ.get("S3_FAILOVER_WRITE_PARITY"):
        parity.write(text)
    assert parity.in_page() == text


def test_maintenance_leaves_the_health_object_alone(maintained):
    assert [line.distribution.split(",")[0] for line in maintained] == ["503", "503", "200"]
