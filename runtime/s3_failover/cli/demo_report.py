"""The demo's result for people."""

import shlex
import shutil
import sys
from pathlib import Path

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from breakable_aws.handle import Emulator
from s3_failover.cli import local_drill
from s3_failover.drill import summary
from s3_failover.local.demo import DemoRead, DemoReport, SiteReport

NEXT = """
Try next, with an embedded AWS that stays:
  eval "$({command} local up)"      # the AWS CLI, SDKs, the CDK and s3-failover work on it
  {command} local deploy            # prints how to read the site with curl and dig
  {command} local break s3-refuse --region us-west-2
  {command} local down
"""


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
        local_drill.write(report.drill, drill_directory)
    for step in report.steps:
        typer.echo(f"{step.seconds:6.1f} s  {step.name}")
    objects = [item for site in report.sites for item in site.objects]
    wrong = sum(not item.identical for item in objects)
    if wrong:
        typer.echo(f"{wrong} of {len(objects)} objects differ from what was published")
    else:
        typer.echo(f"all {len(objects)} objects came back byte for byte, from the distribution and from the secondary")
        typer.echo(NEXT.format(command=_command()).rstrip())


def curl(emulator: Emulator, hostname: str, key: str) -> str:
    """Return the command that reads a key of a site through its distribution."""
    command = ["curl", "--cacert", emulator.ca_file, "--connect-to", f"::127.0.0.1:{emulator.cloudfront_https}"]
    return shlex.join([*command, f"https://{hostname}/{key}"])


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
