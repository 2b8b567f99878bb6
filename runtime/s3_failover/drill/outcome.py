"""The outcome of a drill for one site, as a part of the report."""

from collections.abc import Iterable

from s3_failover.drill import verdict
from s3_failover.drill.report import Band, Held, SiteOutcome, Track
from s3_failover.drill.verdict import Observed

CALM = 20.0
"""Seconds of ordinary traffic before an outage, and after everything is back."""


def of_site(seen: Observed, more: Iterable[Held] = ()) -> SiteOutcome:
    """Return the outcome for one site.

    `more` are expectations of this kind of drill, besides those of all drills.
    """
    return SiteOutcome(
        site=seen.drilled.name,
        hostname=seen.drilled.site.hostname,
        mode=seen.drilled.mode.value,
        expectations=[*verdict.judge(seen), *more],
        stages=verdict.stages(seen),
        requests=[verdict.requests(seen, kind) for kind in seen.kinds],
        tracks=_tracks(seen),
    )


def _tracks(seen: Observed) -> list[Track]:
    begin = seen.outage - CALM
    tracks = [
        Track(
            name=kind.lane,
            kind="viewers",
            bands=[
                Band.since(seen.outage, v.began, v.ended, v.outcome.value)
                for v in seen.visits[kind.name]
                if v.began >= begin
            ],
        )
        for kind in seen.kinds
    ]
    for lane in seen.watch.lanes:
        bands = [Band.since(seen.outage, s.begin, s.end, s.state) for s in lane.spans(begin, seen.end)]
        tracks.append(Track(name=lane.name, kind=lane.kind, bands=bands))
    return tracks
