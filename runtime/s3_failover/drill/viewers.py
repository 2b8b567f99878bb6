"""What viewers saw of an outage, in words: a drill can pass although requests failed, and then its report says so."""

from collections.abc import Iterator

from s3_failover.drill.kinds import BY_NAME
from s3_failover.drill.report import DrillReport, Requests, ScenarioOutcome, SiteOutcome

_DENSE = 0.5


def in_part(requests: Requests) -> bool:
    """Return whether most requests were served between the first that failed and the last: not all viewers were hit."""
    return requests.density < _DENSE


def sentences(site: SiteOutcome, scenario: ScenarioOutcome) -> list[str]:
    """Return a sentence for each kind of viewers, as in `HTTPS, kept connection: no failed request, of 90`."""
    return [sentence(each, scenario) for each in site.requests]


def brief(site: SiteOutcome, scenario: ScenarioOutcome) -> list[str]:
    """Return the same, but one sentence for all kinds if no request failed."""
    if len(site.requests) > 1 and not any(map(failed, site.requests)):
        return [f"every kind of viewer: no failed request, of {sum(each.total for each in site.requests):,}"]
    return sentences(site, scenario)


def sentence(requests: Requests, scenario: ScenarioOutcome) -> str:
    """Return what viewers of one kind saw."""
    return f"{BY_NAME[requests.kind].title}: {_seen(requests, scenario)}"


def headline(report: DrillReport) -> str:
    """Return the result of a drill in one line: expectations that passed, and requests that failed all the same."""
    every = [each for _, site in _sites(report) for each in site.expectations]
    passed, (lost, total) = sum(each.held for each in every), failures(report)
    requests = f"{lost:,} of {total:,} requests failed" if lost else f"none of {total:,} requests failed"
    allowed = ", which the expectations allow" if lost and report.held else ""
    return f"{passed} of {len(every)} expectations passed; {requests}{allowed}"


def failures(report: DrillReport) -> tuple[int, int]:
    """Return how many requests of viewers and of a fleet's hosts failed, and how many there were."""
    counts = [(failed(each), each.total) for _, site in _sites(report) for each in site.requests]
    counts += [(each.raised + each.failed, each.total) for _, site in _sites(report) for each in site.hosts]
    return sum(lost for lost, _ in counts), sum(total for _, total in counts)


def _sites(report: DrillReport) -> Iterator[tuple[ScenarioOutcome, SiteOutcome]]:
    return ((scenario, site) for scenario in report.scenarios for site in scenario.sites)


def failed(requests: Requests) -> int:
    """Return how many requests got an error, no answer or wrong bytes."""
    return requests.failed + requests.wrong


def _seen(requests: Requests, scenario: ScenarioOutcome) -> str:
    count = failed(requests)
    if not count:
        return f"no failed request, of {requests.total:,}"
    share = f"{count:,} of {requests.total:,} requests failed"
    until = f"until the outage ended after {scenario.healed_after:.0f} s; {share}"
    if in_part(requests):
        return f"in part down {until if requests.recovered_after is None else _while(requests, share)}"
    if requests.recovered_after is None:
        return f"down {until}"
    if requests.recovered_after == 0:
        return f"served during the outage; {share} after it"
    return f"back after {requests.recovered_after:.0f} s; {share}"


def _while(requests: Requests, share: str) -> str:
    return f"for {requests.recovered_after:.0f} s; {share}"
