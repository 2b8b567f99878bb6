"""What each lane of a drill's picture shows, in a sentence."""

from s3_failover.drill import viewers
from s3_failover.drill.report import Band, ScenarioOutcome, SiteOutcome, Track

_USUAL = ("distribution", "healthy", "OK")
"""The states in which DNS, checks, hosts and alarms are as they should be."""


def pictured(site: SiteOutcome) -> list[Track]:
    """Return the lanes besides those of viewers and of a fleet's gauges; alarms that did not turn are left out."""
    return [track for track in site.tracks if track.kind not in ("viewers", "failing") and _turned(track)]


def told(scenario: ScenarioOutcome) -> ScenarioOutcome:
    """Return a scenario's outcome with a sentence for each lane of its sites."""
    sites = [site.model_copy(update={"sentences": _sentences(site, scenario)}) for site in scenario.sites]
    return scenario.model_copy(update={"sites": sites})


def _sentences(site: SiteOutcome, scenario: ScenarioOutcome) -> list[str]:
    gauges = [_gauge(track) for track in site.tracks if track.kind == "failing"]
    return [*viewers.sentences(site, scenario), *gauges, *map(_lane, pictured(site))]


def _turned(track: Track) -> bool:
    states = {band.state for band in track.bands}
    return track.kind != "alarm" or ("ALARM" in states and len(states) > 1)


def _gauge(track: Track) -> str:
    most = max((int(band.state) for band in track.bands), default=0)
    return f"{track.name}: {f'{most} hosts failed at once' if most else 'no host failed'}"


def _lane(track: Track) -> str:
    unusual = [_span(band, track) for band in track.bands if band.state not in _USUAL]
    if unusual:
        return f"{track.name}: {', '.join(unusual)}"
    return f"{track.name}: {track.bands[0].state} throughout" if track.bands else f"{track.name}: not seen"


def _span(band: Band, track: Track) -> str:
    first, last = band == track.bands[0], band == track.bands[-1]
    if first and last:
        return f"{band.state} throughout"
    if first:
        return f"{band.state} until {band.end:.0f} s"
    return f"{band.state} from {band.begin:.0f} s {'on' if last else f'to {band.end:.0f} s'}"
