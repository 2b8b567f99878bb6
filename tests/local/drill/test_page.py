import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from s3_failover.local.drill import page, picture
from s3_failover.local.drill.report import (
    Band,
    Held,
    Report,
    Requests,
    ScenarioOutcome,
    SiteOutcome,
    Stage,
    Track,
    json_schema,
)

ROOT = Path(__file__).parents[3]


def band(begin, end, state):
    return Band(begin=begin, end=end, state=state)


def outcome(*, held=True):
    return SiteOutcome(
        site="shop",
        hostname="shop.example.com",
        mode="dns",
        expectations=[Held(expectation="DNS moves <once>", held=held, seen="secondary after 95 s")],
        stages=[
            Stage(name="DNS answer moved", after=95.0, since="outage"),
            Stage(name="x", after=None, since="outage"),
        ],
        requests=[
            Requests(
                scheme="http", total=3, ok=1, stale=0, missing=1, wrong=0, failed=1, recovered_after=120.0, slowest=0.5
            )
        ],
        tracks=[
            Track(
                name="http viewers",
                kind="viewers",
                bands=[band(-10, -9, "ok"), band(5, 6, "failed"), band(90, 91, "ok")],
            ),
            Track(name="DNS answer", kind="dns", bands=[band(-20, 95, "distribution"), band(95, 200, "secondary")]),
            Track(name="quiet-alarm", kind="alarm", bands=[band(-20, 200, "OK")]),
            Track(name="stuck-alarm", kind="alarm", bands=[band(-20, 200, "ALARM")]),
            Track(name="loud-alarm", kind="alarm", bands=[band(-20, 100, "OK"), band(100, 200, "ALARM")]),
        ],
    )


def report(**options):
    site = outcome(**options)
    scenario = ScenarioOutcome(
        scenario="primary-s3-refuse",
        title="S3 refuses",
        faults=["s3-refuse in the primary region"],
        healed_after=150,
        ended_after=200,
        sites=[site],
    )
    return Report(speed=10, config="failover.toml", held=site.held, scenarios=[scenario])


def test_page_needs_nothing_from_anywhere():
    html = page.render(report())
    assert not re.findall(r'(?:src|href)="(?!#)', html)
    assert "<script" not in html
    assert "@import" not in html


def test_page_is_well_formed_and_escapes_what_it_shows():
    html = page.render(report())
    HTMLParser().feed(html)
    assert "DNS moves &lt;once&gt;" in html


def test_page_says_what_was_missed():
    assert "not every expectation held" in page.render(report(held=False))
    assert "not every expectation held" not in page.render(report())


def test_page_says_that_time_ran_faster():
    assert "Time ran 10 times faster" in page.render(report())


def test_same_report_gives_the_same_page():
    assert page.render(report()) == page.render(report())


def test_picture_names_its_lanes_and_leaves_out_alarms_that_did_not_turn():
    svg = picture.draw(outcome(), healed_after=150, ended_after=200)
    assert svg.startswith("<svg")
    assert "DNS answer" in svg
    assert "loud-alarm" in svg
    assert "quiet-alarm" not in svg
    assert "stuck-alarm" not in svg


def test_pictures_stand_alone_and_are_named_for_scenario_and_site(tmp_path):
    (path,) = picture.write(report(), tmp_path)
    assert path.name == "primary-s3-refuse-shop.svg"
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_documented_schema_is_the_reports():
    assert (ROOT / "docs" / "report.schema.json").read_text() == json_schema(), "renew it with `make docs`"


def test_report_can_be_read_back(tmp_path):
    written = report().write(tmp_path)
    assert Report.model_validate_json(written.read_text()) == report()
