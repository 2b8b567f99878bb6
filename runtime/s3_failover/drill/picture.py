"""The picture of an outage on one time axis: availability, DNS answer and checks, or a fleet's hosts, and alarms."""

import io
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from s3_failover.drill import lanes
from s3_failover.drill.report import DrillReport, Replay, ScenarioOutcome, SiteOutcome, Track


@dataclass(frozen=True)
class Look:
    """How a state looks: a colour and a pattern for eyes that do not tell the colours apart, and what both mean."""

    colour: str
    hatch: str
    meaning: str


GOOD = Look("#2f9e44", "", "as it should be")
BAD = Look("#c92a2a", "////", "failed, or an alarm is on")
MOVED = Look("#e8890c", "\\\\\\\\", "DNS at the secondary")
REROUTED = Look("#a9e34b", "----", "served by another region")
STALE = Look("#ffd43b", "||||", "old content")
MISSING = Look("#1c7ed6", "xxxx", "missing object")
WRONG = Look("#862e9c", "++++", "wrong bytes")
FAILING = Look("#f783ac", "//", "host: some regions fail")
ELSEWHERE = Look("#212529", "xx", "DNS elsewhere")
GONE = Look("#495057", "--", "host gone")
UNKNOWN = Look("#adb5bd", "", "no data")

LOOKS = {
    "ok": GOOD,
    "rerouted": REROUTED,
    "stale": STALE,
    "missing": MISSING,
    "wrong": WRONG,
    "failed": BAD,
    "healthy": GOOD,
    "unhealthy": BAD,
    "distribution": GOOD,
    "secondary": MOVED,
    "elsewhere": ELSEWHERE,
    "OK": GOOD,
    "ALARM": BAD,
    "INSUFFICIENT_DATA": UNKNOWN,
    "unknown": UNKNOWN,
    "failing": FAILING,
    "cut off": BAD,
    "gone": GONE,
}
"""How each state looks; what looks alike means the same."""

WIDE, NARROW = 8.6, 4.3
"""How wide pictures are for a desk and for the screen of a phone, in inches."""

_OUTCOMES = ("ok", "rerouted", "stale", "missing", "wrong", "failed")
_BUCKETS = 80
_LETTER = 0.075
"""How wide a letter in a lane is, in inches."""
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "sans-serif",
    "svg.fonttype": "none",
    "hatch.linewidth": 0.8,
}


def draw(
    site: SiteOutcome,
    *,
    healed_after: float,
    ended_after: float,
    incident: Replay | None = None,
    width: float = WIDE,
) -> str:
    """Return the picture as an SVG element that can stand in a page, with a title and a description in words.

    Both times are in seconds after the outage began; that begin, `healed_after` and the steps of an incident between
    the two are marked.
    """
    steps = {step.after: step.moment for step in incident.steps[1:-1]} if incident else {}
    marks = {0: "outage", **steps, healed_after: "healed"}
    groups = [track for track in site.tracks if track.kind == "viewers"]
    gauges = [track for track in site.tracks if track.kind == "failing"]
    shown = lanes.pictured(site)
    charts = len(groups) + bool(gauges)
    # The ids of two pictures in one page differ, so that one of them can be hidden.
    with mpl.rc_context(_STYLE | {"svg.hashsalt": f"{width}"}):
        figure = Figure(figsize=(width, 0.45 * charts + 0.26 * len(shown) + 1.2), layout="constrained")
        heights = [1.6] * charts + [0.9 * len(shown)]
        axes = figure.subplots(charts + 1, 1, sharex=True, height_ratios=heights)
        begin = min((band.begin for track in shown for band in track.bands), default=0.0)
        for axis, track in zip(axes, groups, strict=False):
            _availability(axis, track, begin, ended_after)
        if gauges:
            _failing(axes[len(groups)], gauges, len(site.hosts), site.warns_at)
        _lanes(axes[-1], shown, letter=_LETTER * (ended_after - begin) / width)
        for axis in axes:
            for at in marks:
                axis.axvline(at, color="black", linestyle=(0, (4, 3)), linewidth=1.2)
            axis.set_xlim(begin, ended_after)
            axis.spines[["top", "right"]].set_visible(False)
        for at, word in marks.items():
            axes[0].annotate(word, (at, 100), (3, 3), textcoords="offset points", annotation_clip=False)
        axes[-1].set_xlabel("seconds after the outage began")
        _legend(figure, looks(site), columns=3 if width == WIDE else 2)
        return _svg(figure, site)


def of_scenario(site: SiteOutcome, scenario: ScenarioOutcome, *, width: float = WIDE) -> str:
    """Return the picture of a site in a scenario, as `draw` does."""
    healed, ended = scenario.healed_after, scenario.ended_after
    return draw(site, healed_after=healed, ended_after=ended, incident=scenario.incident, width=width)


def looks(site: SiteOutcome) -> list[Look]:
    """Return how the states look that a site's picture shows: its legend."""
    drawn = [track for track in site.tracks if track.kind == "viewers"] + lanes.pictured(site)
    states = {band.state for track in drawn for band in track.bands}
    return list(dict.fromkeys(look for state, look in LOOKS.items() if state in states))


def write(report: DrillReport, directory: Path) -> list[Path]:
    """Write each picture of a report as an SVG file of its own, `SCENARIO-SITE.svg`, and return their paths."""
    paths = []
    for scenario in report.scenarios:
        for site in scenario.sites:
            path = directory / f"{scenario.scenario}-{site.site}.svg"
            path.write_text(of_scenario(site, scenario), encoding="utf-8")
            paths.append(path)
    return paths


def _legend(figure: Figure, shown: Sequence[Look], columns: int) -> None:
    """Say below the picture what its colours and patterns mean; those that it does not show are left out."""
    patches = [
        Patch(facecolor=look.colour, edgecolor="white", linewidth=0, hatch=look.hatch, label=look.meaning)
        for look in shown
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=columns, frameon=False, fontsize=8)


def counts(track: Track, begin: float, end: float) -> list[Counter[str]]:
    """Return how often viewers got what, in equal spans of time.

    Where they ask rarely, spans are longer, of two requests each: one without a request would look like a gap.
    """
    number = min(_BUCKETS, max(len(track.bands) // 2, 1))
    width = (end - begin) / number
    found = [Counter[str]() for _ in range(number)]
    for band in track.bands:
        found[min(int((band.begin - begin) / width), number - 1)][band.state] += 1
    return found


def _availability(axis: Axes, track: Track, begin: float, end: float) -> None:
    counted = counts(track, begin, end)
    floor = [0.0] * len(counted)
    edges = [begin + index * (end - begin) / len(counted) for index in range(len(counted) + 1)]
    for outcome in _OUTCOMES:
        share = [100 * bucket[outcome] / max(bucket.total(), 1) for bucket in counted]
        top = [low + more for low, more in zip(floor, share, strict=True)]
        look = LOOKS[outcome]
        if any(share):
            axis.stairs(top, edges, baseline=floor, fill=True, facecolor=look.colour, linewidth=0)
        if any(share) and look.hatch:
            axis.stairs(
                top,
                edges,
                baseline=floor,
                fill=True,
                facecolor="none",
                edgecolor="white",
                linewidth=0,
                hatch=look.hatch,
            )
        floor = top
    axis.set_ylim(0, 100)
    axis.set_yticks([0, 100], ["0 %", "100 %"])
    axis.set_ylabel(track.name, rotation=0, ha="right", va="center", labelpad=14)


def _failing(axis: Axes, tracks: Sequence[Track], hosts: int, warns_at: int | None) -> None:
    """Draw how many hosts fail for each region, as CloudWatch counted them, and from how many on that is a warning."""
    for track, style in zip(tracks, itertools.cycle(("-", "--", ":", "-.")), strict=False):
        times = [at for band in track.bands for at in (band.begin, band.end)]
        numbers = [int(band.state) for band in track.bands for _ in range(2)]
        axis.plot(
            times,
            numbers,
            linestyle=style,
            color=(BAD if any(numbers) else GOOD).colour,
            linewidth=1.8,
            label=track.name,
        )
    if warns_at is not None:
        axis.axhline(warns_at, color="black", linewidth=0.8)
        axis.annotate("warning", (1, warns_at), (2, -3), xycoords=("axes fraction", "data"), textcoords="offset points")
    axis.set_ylim(-0.25, hosts + 0.25)
    axis.set_yticks(sorted({0, warns_at or 0, hosts}))
    axis.set_ylabel("hosts failing,\nby region", rotation=0, ha="right", va="center", labelpad=14)
    above: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 4, "borderaxespad": 0.1}
    axis.legend(**above, frameon=False, fontsize=8, handlelength=2.5)


def _lanes(axis: Axes, tracks: Sequence[Track], letter: float) -> None:
    """Draw lanes, with the name of each state where there is room for it; `letter` is the seconds that one takes."""
    for row, track in enumerate(tracks):
        for band in track.bands:
            look, long = LOOKS.get(band.state, UNKNOWN), band.end - band.begin
            place = [(band.begin, long)], (row - 0.38, 0.76)
            axis.broken_barh(*place, facecolor=look.colour, linewidth=0)
            if look.hatch:
                axis.broken_barh(*place, facecolor="none", edgecolor="white", linewidth=0, hatch=look.hatch)
            if long > letter * (len(band.state) + 2):
                _named(axis, band.begin + long / 2, row, band.state)
    axis.set_yticks(range(len(tracks)), [track.name for track in tracks])
    axis.set_ylim(len(tracks) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)


def _named(axis: Axes, at: float, row: int, state: str) -> None:
    box = {"facecolor": "white", "linewidth": 0, "pad": 0.8}
    axis.text(at, row, state, ha="center", va="center_baseline", fontsize=7, color="black", bbox=box)


def _svg(figure: Figure, site: SiteOutcome) -> str:
    text = io.StringIO()
    # No date, and ids made from a fixed salt: the same drill gives the same picture.
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    title, description = f"The outage as {site.hostname} saw it", ". ".join(site.sentences)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    opened, rest = whole[whole.index("<svg") :].split(">", 1)
    return f'{opened} role="img">{words}{rest}'
