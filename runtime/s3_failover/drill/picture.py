"""The picture of an outage on one time axis: availability, DNS answer and checks, or a fleet's hosts, and alarms."""

import io
import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from s3_failover.drill.report import DrillReport, SiteOutcome, Track

GOOD, BAD, MOVED, UNKNOWN = "#2f9e44", "#c92a2a", "#e8890c", "#adb5bd"

COLOURS = {
    "ok": GOOD,
    "rerouted": "#a9e34b",
    "stale": "#ffd43b",
    "missing": MOVED,
    "wrong": "#862e9c",
    "failed": BAD,
    "healthy": GOOD,
    "unhealthy": BAD,
    "distribution": GOOD,
    "secondary": MOVED,
    "OK": GOOD,
    "ALARM": BAD,
    "INSUFFICIENT_DATA": UNKNOWN,
    "unknown": UNKNOWN,
    "failing": MOVED,
    "cut off": BAD,
    "gone": UNKNOWN,
}
"""What each state looks like; shape and words say it too: lanes are labelled, and the page has the numbers."""

_WORDS = {
    "ok": "served",
    "rerouted": "served by another region",
    "stale": "old content",
    "missing": "missing object",
    "wrong": "wrong bytes",
    "distribution": "DNS at the distribution",
    "secondary": "DNS at the secondary",
    "INSUFFICIENT_DATA": "no data",
    "failing": "host: some regions fail",
    "cut off": "host: all regions fail",
    "gone": "host gone",
}
"""What the legend calls states, where it is not the state's own name."""

_OUTCOMES = ("ok", "rerouted", "stale", "missing", "wrong", "failed")
_BUCKETS = 80
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "sans-serif",
    "svg.fonttype": "none",
    "svg.hashsalt": "s3-failover",
}


def draw(site: SiteOutcome, *, healed_after: float, ended_after: float) -> str:
    """Return the picture as an SVG element that can stand in a page.

    Both times are in seconds after the outage began; that begin and `healed_after` are marked.
    """
    groups = [track for track in site.tracks if track.kind == "viewers"]
    counts = [track for track in site.tracks if track.kind == "failing"]
    lanes = [track for track in site.tracks if track.kind not in ("viewers", "failing") and _interesting(track)]
    charts = len(groups) + bool(counts)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.6, 0.75 * charts + 0.26 * len(lanes) + 1.2), layout="constrained")
        heights = [2.6] * charts + [0.9 * len(lanes)]
        axes = figure.subplots(charts + 1, 1, sharex=True, height_ratios=heights)
        begin = min((band.begin for track in lanes for band in track.bands), default=0.0)
        for axis, track in zip(axes, groups, strict=False):
            _availability(axis, track, begin, ended_after)
        if counts:
            _failing(axes[len(groups)], counts, len(site.hosts), site.warns_at)
        _lanes(axes[-1], lanes)
        for axis in axes:
            for at in (0, healed_after):
                axis.axvline(at, color="black", linestyle=(0, (4, 3)), linewidth=1.2)
            axis.set_xlim(begin, ended_after)
            axis.spines[["top", "right"]].set_visible(False)
        for at, word in ((0, "outage"), (healed_after, "healed")):
            axes[0].annotate(word, (at, 100), (3, 3), textcoords="offset points", annotation_clip=False)
        axes[-1].set_xlabel("seconds after the outage began")
        _legend(figure, [*groups, *lanes])
        return _svg(figure)


def write(report: DrillReport, directory: Path) -> list[Path]:
    """Write each picture of a report as an SVG file of its own, `SCENARIO-SITE.svg`, and return their paths."""
    paths = []
    for scenario in report.scenarios:
        for site in scenario.sites:
            path = directory / f"{scenario.scenario}-{site.site}.svg"
            drawn = draw(site, healed_after=scenario.healed_after, ended_after=scenario.ended_after)
            path.write_text(drawn, encoding="utf-8")
            paths.append(path)
    return paths


def _legend(figure: Figure, tracks: Sequence[Track]) -> None:
    """Say below the picture which states its colours stand for; those that it does not show are left out."""
    shown = {band.state for track in tracks for band in track.bands}
    words: dict[str, list[str]] = {}
    for state, colour in COLOURS.items():
        if state in shown:
            words.setdefault(colour, []).append(_WORDS.get(state, state))
    patches = [Patch(color=colour, label=", ".join(dict.fromkeys(said))) for colour, said in words.items()]
    figure.legend(handles=patches, loc="outside lower center", ncols=3, frameon=False, fontsize=8)


def _availability(axis: Axes, track: Track, begin: float, end: float) -> None:
    width = (end - begin) / _BUCKETS
    buckets = [Counter[str]() for _ in range(_BUCKETS)]
    for band in track.bands:
        buckets[min(int((band.begin - begin) / width), _BUCKETS - 1)][band.state] += 1
    floor = [0.0] * _BUCKETS
    middles = [begin + (index + 0.5) * width for index in range(_BUCKETS)]
    for outcome in _OUTCOMES:
        share = [100 * bucket[outcome] / max(bucket.total(), 1) for bucket in buckets]
        edges = [0.4 if part else 0.0 for part in share]
        axis.bar(
            middles, share, width, bottom=floor, color=COLOURS[outcome], edgecolor=COLOURS[outcome], linewidth=edges
        )
        floor = [low + more for low, more in zip(floor, share, strict=True)]
    axis.set_ylim(0, 100)
    axis.set_yticks([0, 100], ["0 %", "100 %"])
    axis.set_ylabel(track.name, rotation=0, ha="right", va="center", labelpad=14)


def _failing(axis: Axes, tracks: Sequence[Track], hosts: int, warns_at: int | None) -> None:
    """Draw how many hosts fail for each region, as CloudWatch counted them, and from how many on that is a warning."""
    for track, style in zip(tracks, itertools.cycle(("-", "--", ":", "-.")), strict=False):
        times = [at for band in track.bands for at in (band.begin, band.end)]
        numbers = [int(band.state) for band in track.bands for _ in range(2)]
        axis.plot(times, numbers, linestyle=style, color=BAD if any(numbers) else GOOD, linewidth=1.8, label=track.name)
    if warns_at is not None:
        axis.axhline(warns_at, color=MOVED, linewidth=0.8)
        axis.annotate("warning", (1, warns_at), (2, -3), xycoords=("axes fraction", "data"), textcoords="offset points")
    axis.set_ylim(-0.25, hosts + 0.25)
    axis.set_yticks(sorted({0, warns_at or 0, hosts}))
    axis.set_ylabel("hosts failing,\nby region", rotation=0, ha="right", va="center", labelpad=14)
    above: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 4, "borderaxespad": 0.1}
    axis.legend(**above, frameon=False, fontsize=8, handlelength=2.5)


def _lanes(axis: Axes, tracks: Sequence[Track]) -> None:
    for row, track in enumerate(tracks):
        for band in track.bands:
            colour = COLOURS.get(band.state, UNKNOWN)
            axis.broken_barh([(band.begin, band.end - band.begin)], (row - 0.38, 0.76), color=colour)
    axis.set_yticks(range(len(tracks)), [track.name for track in tracks])
    axis.set_ylim(len(tracks) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)


def _interesting(track: Track) -> bool:
    """Whether a lane says something: an alarm that never went off does not, nor one that was on all the time."""
    states = {band.state for band in track.bands}
    return track.kind != "alarm" or ("ALARM" in states and len(states) > 1)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    # No date, and ids made from a fixed salt: the same drill gives the same picture.
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]
