"""The demo's result for people."""

from __future__ import annotations

import shlex

from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3_failover.local.demo import Report, SiteReport
from s3_failover.local.fetch import Leg
from s3_failover.local.handle import Emulator

NEXT = """
Try next, with an embedded AWS that stays:
  eval "$(s3-failover local up)"      # the AWS CLI, SDKs and the CDK now talk to it
  s3-failover local deploy            # prints how to read the site with curl
  s3-failover local down
"""


def show(report: Report) -> None:
    """Print one table per site, then the verdict and the time of each step, on stdout."""
    console = Console(highlight=False)
    for site in report.sites:
        console.print(_table(site))
    steps = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in report.steps)
    console.print(Text(steps))
    count = sum(len(site.objects) for site in report.sites)
    if report.ok:
        console.print(
            Text(f"all {count} objects are the same, byte for byte, from the distribution and from the secondary")
        )
        console.print(Text(NEXT.rstrip()))
    else:
        wrong = sum(not item.identical for site in report.sites for item in site.objects)
        console.print(Text(f"{wrong} of {count} objects differ from what was published"))


def curl(emulator: Emulator, hostname: str, key: str) -> str:
    """Return the command that reads a key of a site through its distribution."""
    command = ["curl", "--cacert", emulator.ca_file, "--connect-to", f"::127.0.0.1:{emulator.cloudfront_https}"]
    return shlex.join([*command, f"https://{hostname}/{key}"])


def _table(site: SiteReport) -> Table:
    replicas = ", ".join(f"{region} {seconds:.2f} s" for region, seconds in site.replicated.items())
    table = Table(title=Text(f"{site.hostname} (replicated to {replicas})"), title_justify="left")
    table.add_column("object")
    table.add_column("bytes", justify="right")
    table.add_column("sha256")
    table.add_column("distribution, https")
    table.add_column("secondary, http")
    for item in site.objects:
        table.add_row(Text(item.key), str(item.size), item.sha256[:12], _leg(item.distribution), _leg(item.secondary))
    return table


def _leg(leg: Leg) -> Text:
    milliseconds = f"{leg.seconds * 1000:.0f} ms"
    if leg.identical:
        return Text(f"same, {milliseconds}", style="green")
    return Text(f"{leg.error or f'status {leg.status}, differs'}, {milliseconds}", style="red")
