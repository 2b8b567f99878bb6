"""What viewers saw of an outage, in words: a drill can pass although requests failed, and then its report says so."""

from collections.abc import Iterator

from s3_failover.drill.report import DrillReport, Requests, ScenarioOutcome, SiteOutcome


def sentences(site: SiteOutcome, scenario: ScenarioOutcome) -> list[str]:
    """Return a sentence for each scheme by which viewers asked for a site, as in `HTTPS: no failed request`."""
    return [f"{each.scheme.upper()}: {_sentence(each, scenario)}" for each in site.requests]


def headline(report: DrillReport) -> str:
    """Return the result of a drill in one line: expectations that passed, and requests that failed all the same."""
    every = [each for _, site in _sites(report) for each in site.expectations]
    passed, (failed, total) = sum(each.held for each in every), failures(report)
    requests = f"{failed:,} of {total:,} requests failed" if failed else f"none of {total:,} requests failed"
    allowed = ", which the expectations allow" if failed and report.held else ""
    return f"{passed} of {len(every)} expectations passed; {requests}{allowed}"


def failures(report: DrillReport) -> tuple[int, int]:
    """Return how many requests of viewers and of a fleet's hosts failed, and how many there were."""
    counts = [(_failed(each), each.total) for _, site in _sites(report) for each in site.requests]
    counts += [(each.raised + each.failed, each.total) for _, site in _sites(report) for each in site.hosts]
    return sum(failed for failed, _ in counts), sum(total for _, total in counts)


def _sites(report: DrillReport) -> Iterator[tuple[ScenarioOutcome, SiteOutcome]]:
    return ((scenario, site) for scenario in report.scenarios for site in scenario.sites)


def _failed(requests: Requests) -> int:
    return requests.failed + requests.wrong


def _sentence(requests: Requests, scenario: ScenarioOutcome) -> str:
    failed = _failed(requests)
    if not failed:
        return f"no failed request, of {requests.total:,}"
    share = f"{failed:,} of {requests.total:,} requests failed"
    if requests.recovered_after is None:
        return f"down until the outage ended after {scenario.healed_after:.0f} s; {share}"
    if requests.recovered_after == 0:
        return f"served during the outage; {share} after it"
    return f"back after {requests.recovered_after:.0f} s; {share}"
