"""`s3-failover local drill`, `break` and `heal`: outages on purpose."""

import inspect
import textwrap
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from breakable_aws import environment, faults, server, surroundings
from s3_failover.cli import drill_screen
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.drill import junit as junit_file
from s3_failover.drill import summary
from s3_failover.drill.report import DrillReport
from s3_failover.errors import UserError
from s3_failover.local import deploy as deployment
from s3_failover.local import state as state_directory
from s3_failover.local.drill import session
from s3_failover.local.drill.session import Looks
from s3_failover.local.results import BrokenResource, BrokenResult, HealResult

_CONFIG = Path("failover.toml")

JunitOption = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write what passed and failed there, for CI servers.")
]
"""`--junit`, spelled alike for both kinds of drill."""


def drill(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario, `all`, or `history`.")],
    *,
    config: Annotated[Path, typer.Option("--config", metavar="PATH", help="The configuration file.")] = _CONFIG,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1, max=60, metavar="N", help="How fast time runs; 1 is the truth.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write report.html, report.json and pictures there.")
    ] = None,
    junit: JunitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Break something, watch viewers, DNS, checks and alarms, undo it, and report what passed and what failed.

    Scenarios that begin with fleet- start hosts that read through the client, and watch the alarms on their gauges;
    they need a site with `clients`, and `all` leaves them out where there is none.

    `history` replays outages that happened, each with its timeline; a region that was hit is your sites' primary or
    replica. `all` leaves them out.

    On the embedded AWS that runs, with the sites deployed; if none runs, on one of its own at --speed 10. Exit code 0
    only if every expectation passed. Some scenarios expect requests to fail: the last line counts those.

    --json prints what report.json holds.
    """
    named = session.named(scenario)
    if junit is not None:
        require_writable(junit)
    sites = deployment.read(config, surroundings.ACCOUNT)
    chosen = session.drillable(named, sites)
    state = state_directory.default()
    python = environment.ensure(state_directory.installed(), say=progress)
    console = Console(stderr=True)
    with session.deployed(sites, config, state, python, speed=speed, say=progress) as emulator:
        found = session.run(
            chosen,
            sites,
            config,
            emulator,
            show=live,
            done=lambda outcome: summary.summary(console, outcome),
            say=progress,
        )
    summary.verdict(console, found)
    if report is not None:
        write(found, report)
    if junit is not None:
        write_junit(found, junit)
    if as_json:
        print_json(found)
    raise typer.Exit(0 if found.held else 1)


def live() -> AbstractContextManager[Looks]:
    """Open the live view of a drill on stderr."""
    return drill_screen.live(Console(stderr=True))


def write(report: DrillReport, directory: Path) -> None:
    """Write a drill's report.html, report.json and pictures, and say where."""
    from s3_failover.drill import page, picture  # noqa: PLC0415  matplotlib takes a second to load

    data, written = report.write(directory), page.write(report, directory)
    picture.write(report, directory)
    progress(f"wrote {data} and a page to open in a browser: {written.resolve().as_uri()}")


def write_junit(report: DrillReport, path: Path) -> None:
    """Write what passed and what failed as JUnit's XML, and say where."""
    junit_file.write(report, path)
    progress(f"wrote {path}")


def require_writable(path: Path) -> None:
    """Raise UserError if a file cannot be written at a path; before a drill, which it would be too late after."""
    if path.is_dir():
        raise UserError(f"--junit is {path}, which is a directory: name a file in it", exit_code=2)
    if not path.parent.is_dir():
        raise UserError(f"--junit is {path}, and there is no directory {path.parent}: make it first", exit_code=2)


def drill_help() -> str:
    """Return the help of `drill`: what it does, and every scenario."""
    rows = [listed(scenario.name, scenario.title) for scenario in session.EVERY]
    return "\n\n".join([inspect.cleandoc(drill.__doc__ or ""), "\b\nScenarios:\n" + "\n".join(rows)])


def listed(name: str, title: str) -> str:
    """Return a name and what it means as lines of a help page, which fit 80 columns."""
    return f"  {name}\n{textwrap.fill(title, 78, initial_indent=' ' * 6, subsequent_indent=' ' * 6)}"


@dataclass(frozen=True, kw_only=True)
class Failing:
    """Which resource of a deployment fails, and how."""

    resource: Annotated[
        str | None, typer.Option("--resource", metavar="R", help="What fails: a type, a logical id, or how one begins.")
    ] = None
    stack: Annotated[
        str | None, typer.Option("--stack", metavar="NAME", help="The only stack whose resource fails.")
    ] = None
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="The reason that the stack's events give.")
    ] = None
    after: Annotated[
        float | None, typer.Option("--after", min=0, metavar="SECONDS", help="How long the resource takes to fail.")
    ] = None

    def resource_to_fail(self) -> faults.FailingResource | None:
        """Return the resource in the form that the embedded AWS takes; None without any of the options."""
        given = self.resource, self.stack, self.message, self.after
        return None if given == (None,) * 4 else faults.FailingResource(*given)


def break_(
    fault: Annotated[str, typer.Argument(metavar="FAULT", help=f"One of {', '.join(faults.NAMES)}.")],
    *,
    region: Annotated[str | None, typer.Option("--region", metavar="R", help="Where; S3's faults need one.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=1, metavar="SECONDS", help="Heals by itself after this time.")
    ] = None,
    lag: Annotated[
        float | None, typer.Option("--lag", min=1, metavar="SECONDS", help="How late replication is.")
    ] = None,
    percent: Annotated[
        float | None, typer.Option("--percent", metavar="N", help="How many of 100 requests fail; s3-503, s3-slowdown.")
    ] = None,
    failing: Failing,
    as_json: JsonOption = False,
) -> None:
    """Break the running embedded AWS, for viewers, SDKs, the CDN and health checkers alike.

    SDKs, the AWS CLI, our own commands and our client meet a fault of S3 at the endpoint that `up` prints, in the
    region that a request is signed for: one that refuses, resets or hangs drops the connection there.

    region-down is S3 and every other API of a region; with us-east-1 the control planes of IAM, Route 53 and CloudFront
    go too. With --percent, s3-503 and s3-slowdown hit only some requests.

    A fault that would hit nothing, such as one in a region without a bucket, is refused.

    The fault lasts until `s3-failover local heal`, until its time is up, or until the embedded AWS ends.

    resource-fails is for deployments: CloudFormation fails to create, and to update, the --resource; deletions work.
    For example --resource AWS::CertificateManager::Certificate --message "still PENDING_VALIDATION" --after 30.
    """
    emulator = server.require(state_directory.default())
    resource = failing.resource_to_fail()
    broken = faults.break_(emulator, fault, region=region, seconds=seconds, lag=lag, percent=percent, failing=resource)
    if as_json:
        print_json(_result(broken))
        return
    share = f"for {percent:,.12g} % of requests, " if percent else ""
    until = f"for {seconds:,.12g} s" if seconds else "until `s3-failover local heal`"
    typer.echo(f"{effect(broken)} {share}{until}")


def effect(broken: faults.Broken) -> str:
    """Return what a fault does, and where, as in `S3 in us-west-2 refuses connections`."""
    before, placed, after = faults.NAMES[broken.fault].partition(" of a region")
    if placed:
        return f"{before}{broken.where}{after}"
    return f"{before}{':' if broken.resource else ''}{broken.where}"


def _result(broken: faults.Broken) -> BrokenResult:
    if broken.resource is not None:
        return BrokenResource(**vars(broken))
    return BrokenResult(id=broken.id, fault=broken.fault, region=broken.region, until=broken.until)


def heal(as_json: JsonOption = False) -> None:
    """Take every fault away."""
    emulator = server.require(state_directory.default())
    healed = faults.current(emulator)
    faults.heal(emulator)
    if as_json:
        print_json(HealResult(healed=[fault.fault for fault in healed], at=time.time()))
    else:
        typer.echo(f"healed {', '.join(f'{fault.fault}{fault.where}' for fault in healed) or 'nothing'}")
