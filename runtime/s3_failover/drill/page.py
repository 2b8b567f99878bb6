"""The page of a drill: self-contained, also for the screen of a phone."""

from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from s3_failover.drill import picture, viewers
from s3_failover.drill.kinds import BY_NAME
from s3_failover.drill.report import DrillReport, HostRequests, Requests, ScenarioOutcome, SiteOutcome

_TEMPLATE = Path(__file__).with_name("page.html.jinja")


def write(report: DrillReport, directory: Path) -> Path:
    """Write `report.html` into a directory and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "report.html"
    path.write_text(render(report), encoding="utf-8")
    return path


def render(report: DrillReport) -> str:
    """Return the page; everything in it but our own pictures is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"seconds": _seconds, "recovery": _recovery, "title_of": lambda name: BY_NAME[name].title}
    every = [(scenario, site) for scenario in report.scenarios for site in scenario.sites]
    fleets = [(scenario, site, _totals(site.hosts)) for scenario, site in every if site.hosts]
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        name=Path(report.config).name,
        report=report,
        sites=[(scenario, site, list(map(_recovery, site.requests[:4]))) for scenario, site in every if not site.hosts],
        fleets=fleets,
        picture=_picture,
        widths={"desk": picture.WIDE, "phone": picture.NARROW},
        headline=viewers.headline(report),
        style="failed" if not report.held else "allowed" if viewers.failures(report)[0] else "passed",
    )


def _picture(site: SiteOutcome, scenario: ScenarioOutcome, width: float) -> Markup:
    return Markup(picture.of_scenario(site, scenario, width=width))  # noqa: S704  its texts are escaped


def _totals(hosts: list[HostRequests]) -> list[int]:
    return [len(hosts), *(sum(getattr(host, name) for host in hosts) for name in ("total", "rerouted", "raised"))]


def _recovery(request: Requests) -> str:
    return "not before healing" if request.recovered_after is None else _seconds(request.recovered_after)


def _seconds(value: float) -> str:
    return "never failed" if value == 0 else f"{value:.0f} s"
