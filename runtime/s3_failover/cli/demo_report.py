"""The demo's result for people."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from breakable_aws.handle import Emulator
from s3_failover.cli import local_drill
from s3_failover.config import Mode
from s3_failover.drill import summary, viewers
from s3_failover.drill.report import DrillReport
from s3_failover.local.demo import DemoRead, DemoReport, SiteReport

NEXT = """
Try next, with an embedded AWS that stays:
  eval "$({command} local up)"      # the AWS CLI, SDKs, the CDK and s3-failover work on it
  {command} local deploy            # prints how to read the site with curl and dig
  {command} local break s3-refuse --region us-west-2
  {command} local down
"""

_MODES = {
    Mode.HYBRID: "hybrid mode, the recommended start: the distribution reads the replica by itself",
    Mode.DNS: "dns mode, failover by DNS alone: Route 53 moves viewers to the secondary",
}
_BUSY = """Time ran {speed:g} times as fast as on the wall, and a busy computer is too slow for that:
`s3-failover local drill primary-s3-refuse --speed 3` gives it more time."""


def show(report: DemoReport, drill_directory: Path) -> None:
    """Print one table per site, the drill, the time of each step and the verdict, on stdout.

    `drill_directory` gets the drill's page and data.
    """
    console = Console(highlight=False)
    for site in report.sites:
        console.print(_table(site))
    if report.drill is not None:
        for outcome in report.drill.scenarios:
            summary.summary(console, outcome)
        summary.verdict(console, report.drill)
    for step in report.steps:
        typer.echo(f"{step.seconds:6.1f} s  {step.name}")
    objects = [item for site in report.sites for item in site.objects]
    wrong = sum(not item.identical for item in objects)
    if wrong:
        typer.echo(f"{wrong} of {len(objects)} objects differ from what was published")
    else:
        typer.echo(f"all {len(objects)} objects came back byte for byte, from the distribution and from the secondary")
    if report.drill is not None:
        for line in _seen(report.drill):
            typer.echo(line)
        local_drill.write(report.drill, drill_directory)
    if not wrong:
        typer.echo(NEXT.format(command=_command()).rstrip())


def curl(emulator: Emulator, hostname: str, key: str) -> str:
    """Return the command that reads a key of a site through its distribution."""
    command = ["curl", "--cacert", emulator.ca_file, "--connect-to", f"::127.0.0.1:{emulator.cloudfront_https}"]
    return shlex.join([*command, f"https://{hostname}/{key}"])


def _seen(drill: DrillReport) -> Iterator[str]:
    """Return what viewers saw of each site, in plain words."""
    for outcome in drill.scenarios:
        yield f"\n{outcome.title} for {outcome.healed_after:.0f} s. What viewers saw:"
        for site in outcome.sites:
            yield f"  {site.hostname}, {_MODES[Mode(site.mode)]}"
            yield from (f"    {sentence}" for sentence in viewers.brief(site, outcome))
    if not drill.held:
        yield f"\nSome expectations failed, see above. {_BUSY.format(speed=drill.speed)}"


def _command() -> str:
    # After `make demo` it is in .venv/bin, which need not be on the person's PATH.
    return "s3-failover" if shutil.which("s3-failover") else shlex.quote(sys.argv[0])


def _table(site: SiteReport) -> Table:
    replicas = ", ".join(f"{region} in {seconds:.2f} s" for region, seconds in site.replicated.items())
    table = Table(
        title=Text(f"{site.hostname}, replicated to {replicas}"), title_justify="left", box=SIMPLE, pad_edge=False
    )
    table.add_column("object", overflow="fold")
    table.add_column("bytes", justify="right")
    table.add_column("sha256")
    table.add_column("https, CDN")
    table.add_column(f"{site.secondary}, secondary")
    for item in site.objects:
        legs = _leg(item.distribution), _leg(item.secondary)
        table.add_row(Text(item.key), str(item.size), item.sha256[:8], *legs)
    return table


def _leg(leg: DemoRead) -> Text:
    milliseconds = f"{leg.seconds * 1000:.0f} ms"
    if leg.identical:
        return Text(f"same, {milliseconds}", style="green")
    return Text(f"{leg.error or f'status {leg.status}, differs'}, {milliseconds}", style="red")
