"""Pages that are made from the code are what it says."""

import importlib.util
from pathlib import Path

from s3_failover import Timeouts
from s3_failover.config import Site, load
from s3_failover.drill.evidence import digest
from s3_failover.drill.kinds import kinds
from s3_failover.local.drill.incidents import INCIDENTS
from s3_failover.names import alarms

DOCS = Path(__file__).parents[2] / "docs"


def generator(name):
    """Return the module of `docs` that writes a page."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_alarms_is_what_make_docs_writes():
    assert (DOCS / "alarms.md").read_text(encoding="utf-8") == generator("alarm_page").render()


def test_the_page_of_the_history_is_what_make_docs_writes_of_the_kept_drills():
    pages = generator("history_page")
    assert (DOCS / "history.md").read_text(encoding="utf-8") == pages.render(pages.kept())


def test_every_outage_site_and_kind_of_viewers_has_a_cell_that_was_measured():
    example = DOCS.parent / "examples/history.toml"
    reports = generator("history_page").kept()
    assert {report.evidence.config_sha256 for report in reports} == {digest(example)}
    measured = [
        (scenario.scenario, site.site, each.kind)
        for report in reports
        for scenario in report.scenarios
        for site in scenario.sites
        for each in site.requests
        if each.total
    ]
    wanted = [
        (incident.name, site.name, kind.name)
        for incident in INCIDENTS
        for site in load(example).sites
        for kind in kinds(site)
    ]
    assert sorted(measured) == sorted(wanted)
    assert [scenario.scenario for report in reports for scenario in report.scenarios if not scenario.held] == []


def test_the_page_of_the_alarms_has_every_kind():
    page = (DOCS / "alarms.md").read_text(encoding="utf-8")
    kinds = {value for name, value in vars(alarms).items() if name.isupper() and name != "CLIENTS"}
    assert len(kinds) > 10
    assert {kind for kind in kinds if f"| `{kind}" not in page} == set()


def test_the_times_of_a_failover_are_those_of_the_defaults():
    page = " ".join((DOCS / "failover-times.md").read_text(encoding="utf-8").split())
    defaults = {name: field.default for name, field in Site.model_fields.items()}
    interval, threshold = defaults["health_check_interval"], defaults["health_check_threshold"]
    ttl = defaults["record_ttl"]
    assert f"| {interval} \N{MULTIPLICATION SIGN} {threshold} = {interval * threshold} |" in page
    assert f"`record_ttl` | up to {ttl} |" in page
    assert interval * threshold + ttl == 150
    for name in ("origin_connect_timeout", "origin_read_timeout"):
        assert f"`{name}`, {defaults[name]} s" in page
    for name in ("connect", "read", "deadline"):
        assert f"`{name}`, {getattr(Timeouts(), name):g} s" in page
