import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from drill_reports import band, outcome, replay, report

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


def test_an_incident_has_its_timeline_beside_the_drills_and_its_steps_in_the_picture():
    html = page.render(report(incident=replay()))
    for text in (
        "began on 2017-02-28",
        "minute 1221 after 150 seconds",
        "minute 1169",
        "&lt;1169&gt;",
        "in &lt;some&gt;",
    ):
        assert text in html, text
    assert '<a href="https://aws.example.com/message">' in html
    assert ">minute 1169</text>" in html
    assert "minute 1221</text>" not in html
    assert "of the incident" not in page.render(report())
    assert [step.model_copy(update={"minute": 86400}).moment for step in replay().steps[:1]] == ["day 60"]


def test_viewers_who_ask_rarely_leave_no_gaps_in_the_picture():
    for pause in (0.5, 3, 7):
        times = [number * pause for number in range(int(200 / pause))]
        counted = picture.counts(Track(name="kept", kind="viewers", bands=[band(at, at, "ok") for at in times]), 0, 200)
        assert all(each.total() for each in counted), pause
        assert sum(each["ok"] for each in counted) == len(times)


def test_no_green_headline_stands_over_failed_requests():
    html = page.render(report())
    assert '<span class="allowed">1 of 1 expectations passed; 1 of 3 requests failed, which the exp' in html
    assert "HTTP, new connections: back after 120 s; 1 of 3 requests failed." in html


def test_a_headline_is_green_where_no_request_failed():
    site = outcome()
    served = site.requests[0].model_copy(update={"ok": 2, "failed": 0, "recovered_after": 0})
    html = page.render(report(site.model_copy(update={"requests": [served]})))
    assert '<span class="passed">1 of 1 expectations passed; none of 3 requests failed</span>' in html
    assert "HTTP, new connections: no failed request, of 3." in html


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
    drawn = re.sub(r"(?s)<title>.*?</desc>", "", svg)
    assert ">as it should be<" in drawn
    assert ">failed, or an alarm is on<" in drawn
    assert ">DNS at the secondary<" in drawn
    assert "host" not in drawn


def test_nothing_in_the_legend_has_two_meanings_or_relies_on_colour_alone():
    looks = set(picture.LOOKS.values())
    for field in ("colour", "meaning"):
        assert len({getattr(look, field) for look in looks}) == len(looks)
    coloured = [look for look in looks if look not in (picture.GOOD, picture.UNKNOWN)]
    assert len({look.hatch for look in coloured} - {""}) == len(coloured)


def test_picture_is_read_out_with_its_title_and_what_each_lane_shows():
    svg = ElementTree.fromstring(picture.draw(report().scenarios[0].sites[0], healed_after=150, ended_after=200))
    assert svg.get("role") == "img"
    assert [each.tag.rpartition("}")[2] for each in svg][:2] == ["title", "desc"]
    assert svg[0].text == "The outage as shop.example.com saw it"
    assert (
        "HTTP, new connections: back after 120 s; 1 of 3 requests failed. DNS answer: secondary from 95 s on"
        in svg[1].text
    )


def test_lanes_name_their_states_where_there_is_room():
    svg = picture.draw(outcome(), healed_after=150, ended_after=200)
    assert ">secondary<" in svg
    assert ">ALARM<" in svg
    viewers = outcome().tracks[0]
    brief = Track(name="x", kind="check", bands=[band(0, 1, "unhealthy"), band(1, 200, "healthy")])
    short = outcome().model_copy(update={"tracks": [viewers, brief]})
    assert ">unhealthy<" not in picture.draw(short, healed_after=150, ended_after=200)


def test_page_is_evidence():
    html = page.render(report())
    for text in (
        "2026-05-01T12:00:00Z, 2026-05-01T12:05:00Z (UTC)",
        "<td>embedded AWS</td>",
        f"<td>failover.toml, SHA-256 {'0f' * 32}</td>",
        "s3-failover 0.1.0, Python 3.11.2, boto3 1.44.5, aws-cdk-lib 2.275.0</td>",
        "<td>10 \N{MULTIPLICATION SIGN} the wall clock</td>",
    ):
        assert text in html


def test_page_has_a_sentence_for_each_lane_and_a_picture_for_each_screen():
    html = page.render(report())
    listed = re.findall("<li>(.*?)</li>", html)
    assert listed == [
        "HTTP, new connections: back after 120 s; 1 of 3 requests failed.",
        "DNS answer: secondary from 95 s on.",
        "loud-alarm: ALARM from 100 s on.",
    ]
    assert re.findall(r'<div class="(desk|phone)"><svg', html) == ["desk", "phone"]


def test_cells_name_their_columns_for_screens_without_room_for_a_table():
    html = page.render(report())
    assert '<td class="number" data-title="failed">1</td>' in html
    assert '<td class="number" data-title="HTTP back after">120 s</td>' in html


def test_pictures_stand_alone_and_are_named_for_scenario_and_site(tmp_path):
    (path,) = picture.write(report(), tmp_path)
    assert path.name == "primary-s3-refuse-shop.svg"
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_page_of_a_fleet_has_its_hosts_and_no_viewers():
    html = page.render(report(fleet()))
    HTMLParser().feed(html)
    assert "<td>shop-host-2</td>" in html
    assert '<td class="number" data-title="hosts">2</td><td class="number" data-title="requests">18</td>' in html
    assert "host gone" in html
    assert "<li>eu-west-1: 2 hosts failed at once.</li><li>eu-central-1: no host failed.</li>" in html
    assert (
        "<li>shop-host-1: failing from 4 s on.</li><li>shop-host-2: cut off until 50 s, gone from 50 s on.</li>" in html
    )
    assert "HTTP back after" not in html


def test_page_of_a_site_says_nothing_of_hosts():
    assert "host" not in re.sub(r"(?s)<style>.*?</style>|What was executed.*", "", page.render(report()))


def test_picture_of_a_fleet_has_its_hosts_its_gauges_and_where_they_warn():
    svg = picture.draw(fleet(), healed_after=150, ended_after=200)
    for text in ("shop-host-1", "shop-host-2", "eu-central-1", "hosts failing", "warning", "loud-alarm"):
        assert text in svg


def test_every_state_of_a_host_has_a_colour():
    assert {HEALTHY, FAILING, CUT_OFF, GONE} <= set(picture.LOOKS)


def test_report_can_be_read_back(tmp_path):
    written = report().write(tmp_path)
    assert DrillReport.model_validate_json(written.read_text()) == report()
