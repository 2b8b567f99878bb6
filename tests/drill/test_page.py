import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from drill_reports import band, outcome, report

from s3_failover.drill import page, picture
from s3_failover.drill.report import DrillReport, Held, HostRequests, SiteOutcome, Stage, Track
from s3_failover.local.drill.fleet.hosts import CUT_OFF, FAILING, GONE, HEALTHY

ROOT = Path(__file__).parents[2]


def fleet():
    counts = {"total": 9, "ok": 7, "rerouted": 2, "raised": 2, "failed": 0, "slowest": 0.3}
    return SiteOutcome(
        site="shop",
        hostname="shop.example.com",
        mode="dns",
        expectations=[Held(expectation="no alarm goes off", held=True, seen="silence")],
        stages=[Stage(name="first alarm arrived", after=120.0, since="outage")],
        requests=[],
        hosts=[HostRequests(host=f"shop-host-{number}", **counts) for number in (1, 2)],
        warns_at=3,
        tracks=[
            Track(name="requests", kind="viewers", bands=[band(-10, -9, "ok"), band(5, 6, "rerouted")]),
            Track(name="eu-west-1", kind="failing", bands=[band(-20, 40, "0"), band(40, 100, "2")]),
            Track(name="eu-central-1", kind="failing", bands=[band(-20, 40, "0"), band(40, 100, "0")]),
            Track(name="shop-host-1", kind="host", bands=[band(-20, 4, "healthy"), band(4, 200, "failing")]),
            Track(name="shop-host-2", kind="host", bands=[band(-20, 50, "cut off"), band(50, 200, "gone")]),
            Track(name="loud-alarm", kind="alarm", bands=[band(-20, 100, "OK"), band(100, 200, "ALARM")]),
        ],
    )


def test_page_needs_nothing_from_anywhere():
    html = page.render(report())
    assert not re.findall(r'(?:src|href)="(?!#)', html)
    assert "<script" not in html
    assert "@import" not in html


def test_page_is_well_formed_and_escapes_what_it_shows():
    html = page.render(report())
    HTMLParser().feed(html)
    assert "DNS moves &lt;once&gt;" in html


def test_page_says_what_failed():
    assert "0 of 1 expectations passed" in page.render(report(held=False))
    assert '<span class="failed">failed</span>' not in page.render(report())


def test_no_green_headline_stands_over_failed_requests():
    html = page.render(report())
    assert '<span class="allowed">1 of 1 expectations passed; 1 of 3 requests failed, which the exp' in html
    assert "HTTP: back after 120 s; 1 of 3 requests failed." in html


def test_a_headline_is_green_where_no_request_failed():
    site = outcome()
    served = site.requests[0].model_copy(update={"ok": 2, "failed": 0, "recovered_after": 0})
    html = page.render(report(site.model_copy(update={"requests": [served]})))
    assert '<span class="passed">1 of 1 expectations passed; none of 3 requests failed</span>' in html
    assert "HTTP: no failed request, of 3." in html


def test_page_of_an_account_says_what_was_done_there_and_what_viewers_asked_for():
    of_account = report().model_copy(update={"speed": 1, "account": "123456789012", "asked_for": "/<health>"})
    html = page.render(of_account)
    assert "Done in account 123456789012" in html
    assert "viewers asked for /&lt;health&gt;" in html
    assert "clock on the wall" in html
    assert "Simulated" not in html


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


def test_a_legend_names_the_states_that_the_picture_shows():
    svg = picture.draw(outcome(), healed_after=150, ended_after=200)
    assert "served, DNS at the distribution, OK" in svg
    assert "failed, ALARM" in svg
    assert "DNS at the secondary" in svg
    assert "host" not in svg


def test_pictures_stand_alone_and_are_named_for_scenario_and_site(tmp_path):
    (path,) = picture.write(report(), tmp_path)
    assert path.name == "primary-s3-refuse-shop.svg"
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_page_of_a_fleet_has_its_hosts_and_no_viewers():
    html = page.render(report(fleet()))
    HTMLParser().feed(html)
    assert "<td>shop-host-2</td>" in html
    assert '<td class="number">2</td><td class="number">18</td>' in html
    assert "host: gone" in html
    assert "HTTP back after" not in html


def test_page_of_a_site_says_nothing_of_hosts():
    assert "host" not in re.sub(r"(?s)<style>.*?</style>|What was executed.*", "", page.render(report()))


def test_picture_of_a_fleet_has_its_hosts_its_gauges_and_where_they_warn():
    svg = picture.draw(fleet(), healed_after=150, ended_after=200)
    for text in ("shop-host-1", "shop-host-2", "eu-central-1", "hosts failing", "warning", "loud-alarm"):
        assert text in svg


def test_every_state_of_a_host_has_a_colour():
    assert {HEALTHY, FAILING, CUT_OFF, GONE} <= set(picture.COLOURS)


def test_report_can_be_read_back(tmp_path):
    written = report().write(tmp_path)
    assert DrillReport.model_validate_json(written.read_text()) == report()
