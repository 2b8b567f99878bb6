"""`s3-failover local`: the embedded AWS on this machine."""

import functools
import os
import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

from breakable_aws import cdk, environment, faults, server, surroundings
from breakable_aws.handle import Emulator
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory
from s3_failover.cli import demo_report, health, local_drill, local_proxy
from s3_failover.cli import preflight as preflights
from s3_failover.cli.options import flat
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import embedded
from s3_failover.client.settings import LOCAL
from s3_failover.config import Config
from s3_failover.errors import UserError
from s3_failover.local import demo, hostnames, shell
from s3_failover.local import deploy as deployment
from s3_failover.local import state as state_directory
from s3_failover.local.results import (
    Answering,
    DeployedBuckets,
    DeployResult,
    DeployStopped,
    LocalStatus,
    NotAnswering,
    NotRunning,
    UpResult,
)
from s3_failover.operations.preflight import examination
from s3_failover.operations.preflight.ground import PreflightPlan

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="An embedded AWS on this machine: start it, deploy to it, take it away.\n\n"
    "It runs the code of deployed Lambda functions as you. It answers on 127.0.0.1 only, and its APIs take only the\n"
    "credentials that `up` prints. Its files are in $S3_FAILOVER_HOME; by default in .s3-failover of the nearest\n"
    "directory, going up, that has one or a cdk.json.",
)

app.command("break", short_help="Break the embedded AWS for all who use it.")(flat(local_drill.break_))
app.command("heal", short_help="End every fault.")(local_drill.heal)
app.command("proxy", short_help="A proxy for browsers, to the embedded AWS alone.")(local_proxy.proxy)
app.command(short_help="The health checks: state, checkers, result.")(health.health)
app.command("drill", short_help="Break something, watch, undo it, and report.", help=local_drill.drill_help())(
    local_drill.drill
)

ConfigOption = Annotated[Path, typer.Option("--config", metavar="PATH", help="The configuration file.")]
_CONFIG = Path("failover.toml")


@app.command(short_help="Start the embedded AWS, and print its environment.")
def up(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port of the AWS APIs; 0 takes a free one.")
    ] = 0,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1, max=60, metavar="N", help="How fast time runs.  [default: 1]")
    ] = None,
    dns_port: Annotated[
        int, typer.Option("--dns-port", min=0, max=65535, metavar="N", help="Port of DNS; 0 takes a free one.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Start the embedded AWS in the background and print the environment that leads to it.

    Made for the shell: eval "$(s3-failover local up)". It runs until `s3-failover local down`. One that runs already is
    used as it is; it is an error if it has other ports or another speed than asked for. stderr says how to ask its DNS.

    Each run makes a secret access key and a session token of its own, and its APIs take nothing else: evaluate the
    output in every shell that is to work on it.

    --json prints the endpoint, the ports, the process and {"environment": {NAME: VALUE}}.
    """
    state = state_directory.default()
    emulator = server.current(state)
    if emulator is None:
        starting = Server(state, environment.ensure(state_directory.installed(), say=progress), speed=speed or 1.0)
        emulator = starting.start(port=port, dns_port=dns_port)
    else:
        emulator = server.require(state)
        if port and not emulator.endpoint.endswith(f":{port}"):
            raise UserError(f"an embedded AWS is running at {emulator.endpoint}, not at port {port}: stop it first")
        if dns_port not in (0, emulator.dns_port):
            raise UserError(
                f"DNS of the embedded AWS answers at port {emulator.dns_port}, not {dns_port}: stop it first"
            )
        if speed not in (None, emulator.speed):
            raise UserError(f"an embedded AWS is running at speed {emulator.speed:g}, not {speed:g}: stop it first")
    _print_running(emulator, state, as_json=as_json)


@app.command(short_help="Deploy all sites of a file with the CDK CLI.")
def deploy(
    config: ConfigOption = _CONFIG,
    preflight: Annotated[
        bool, typer.Option("--preflight/--no-preflight", help="Whether to look first for what would fail.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Deploy all sites of a configuration file to the running embedded AWS with the real CDK CLI.

    Creates the hosted zones, bootstraps the regions and runs `cdk deploy --all`, in the CDK project of the current
    directory. Before anything is deployed, it looks for what would fail, as `s3-failover preflight` does, and stops
    there; DNS is not asked, because the zones are made here. Exit code 1 if the file has findings, the preflight finds
    what would fail, or a resource failed.

    --json prints {"ok": true, "seconds": N, "endpoint": URL, "sites": [{"name", "hostname", "buckets"}]}, or
    {"ok": false, "preflight": [what `preflight --json` prints]} if that stops it.
    """
    state = state_directory.default()
    emulator = server.require(state)
    sites = deployment.read(config, emulator.account)
    begin = time.monotonic()
    look = functools.partial(_look_first, sites, as_json=as_json) if preflight else lambda: None
    deployment.deploy(sites, config, emulator, state, before=look, say=progress)
    seconds = time.monotonic() - begin
    if as_json:
        described = [DeployedBuckets.of(site, emulator.account) for site in sites.sites]
        print_json(DeployResult(seconds=round(seconds, 3), endpoint=emulator.endpoint, sites=described))
        return
    for site in sites.sites:
        typer.echo(f"{site.hostname}: deployed to {site.primary_region} and {', '.join(site.replica_regions)}")
        typer.echo(f"  {demo_report.curl(emulator, site.hostname, site.health_key)}")
        typer.echo(f"  dig @127.0.0.1 -p {emulator.dns_port} {site.hostname}")
    typer.echo(f"deployed in {seconds:.1f} s")


@app.command(short_help="Does the embedded AWS run, and where?")
def status(as_json: JsonOption = False) -> None:
    """Show whether the embedded AWS runs, and where. Exit code 0 if it runs and answers, else 1.

    --json prints {"running": BOOL, "answers": BOOL} and, if it runs, the endpoint, the ports and the process, and with
    "broken" the names of the faults in effect.
    """
    emulator = server.current(state_directory.default())
    answers = emulator is not None and emulator.answers() and emulator.dns_alive
    broken = faults.current(emulator) if emulator and answers else []
    if as_json:
        print_json(_status(emulator, [fault.fault for fault in broken], answers=answers))
    elif emulator is None:
        typer.echo("not running")
    else:
        typer.echo(f"{'running' if answers else 'not answering'} at {emulator.endpoint} (process {emulator.pid})")
        typer.echo(f"distributions: http {emulator.cloudfront_http}, https {emulator.cloudfront_https}")
        typer.echo(f"buckets:       http {emulator.s3_http}, https {emulator.s3_https}")
        typer.echo(f"APIs:          https {emulator.api_gateway_https}")
        typer.echo(f"authority:     {emulator.ca_file}")
        ended = "" if emulator.dns_alive else "; its process has ended, nothing fails over: start again"
        typer.echo(f"DNS:           port {emulator.dns_port}, over UDP and TCP{ended}")
        typer.echo(f"speed:         {emulator.speed:g}")
        for fault in broken:
            typer.echo(f"broken:        {fault.fault}{fault.where}")
    raise typer.Exit(0 if answers else 1)


@app.command(short_help="Stop the embedded AWS and all that it started.")
def down() -> None:
    """Stop the embedded AWS, with every process it started. What was deployed to it is gone.

    Exit code 0 also if none runs.
    """
    stopped = server.stop(state_directory.default())
    typer.echo(f"stopped {stopped.endpoint} (process {stopped.pid})" if stopped else "nothing to stop")
    if LOCAL in os.environ or "AWS_ENDPOINT_URL" in os.environ:
        told = [name for name in shell.SHELL if name in os.environ]
        progress(f"the variables of this shell still lead to the embedded AWS: unset {' '.join(told)}")


@app.command("demo", short_help="Deploy, publish, lose a region, get it back.")
def run_demo(
    config: ConfigOption = _CONFIG,
    content: Annotated[
        Path | None,
        typer.Option(
            "--content", metavar="DIR", help="What to publish. [default: public or examples/site of the CDK project]"
        ),
    ] = None,
    drilled: Annotated[
        bool, typer.Option("--drill/--no-drill", help="Whether to lose the primary region at the end.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Deploy to an embedded AWS of its own, publish a site, read it back, lose a region and get it back, and stop.

    Every file is read both ways: through the distribution over HTTPS, and from the secondary in the first replica's
    region. Then the primary region's S3 refuses connections while viewers, DNS, health checks and alarms are
    watched, at ten times the speed of the clock on the wall where the computer has time for that. The end says what
    viewers of each site saw. Exit code 1 if a byte differs, a step fails or an expectation of the drill does. An
    embedded AWS that runs already is left alone.

    --json prints {"ok": BOOL, "steps": [{"name", "seconds"}], "sites": [{"site", "hostname", "replicated",
    "objects", "secondary"}], "drill": what `local drill --json` prints, or null}.
    """
    project = cdk.project_directory(Path.cwd())
    sites = deployment.read(config, surroundings.ACCOUNT)
    state = state_directory.default()
    python = environment.ensure(state_directory.installed(), say=progress)
    folder = content or _content(project)
    view = local_drill.live if drilled and not as_json else None
    report = demo.run(sites, config, folder, python, project=project, drilled=drilled, show=view, say=progress)
    if as_json:
        print_json(report)
    else:
        demo_report.show(report, state.root / "drill")
    raise typer.Exit(0 if report.ok else 1)


@app.command(short_help="Install the embedded AWS; later, no network.")
def prepare() -> None:
    """Install the embedded AWS, unless it is installed, and print the Python that runs it.

    Later commands then need no network.
    """
    typer.echo(environment.ensure(state_directory.installed(), say=progress))


def _content(project: Path) -> Path:
    """Return what a project publishes: `public` in one that `init` wrote, `examples/site` in this repository."""
    written = project / "public"
    return written if written.is_dir() else project / "examples" / "site"


def _print_running(emulator: Emulator, state: StateDirectory, *, as_json: bool) -> None:
    variables = shell.for_shell(emulator, state)
    if as_json:
        print_json(UpResult.of(emulator, variables))
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
    configured = hostnames.configured(_CONFIG) or hostnames.configured(state.root.parent / _CONFIG)
    name = next(iter(hostnames.deployed(emulator) or configured), "HOSTNAME")
    progress(f"DNS: dig @127.0.0.1 -p {emulator.dns_port} {name}")


def _look_first(sites: Config, *, as_json: bool) -> None:
    """Tell what is in the way of a deployment, and end the command where that would fail."""
    account, qualifier = embedded(), cdk.qualifier(Path.cwd())
    plans = [PreflightPlan(site, sites.sites, qualifier, asks_dns=False) for site in sites.sites]
    reports = [(plan.site, examination.examine(plan, account, say=progress)) for plan in plans]
    stops = any(report.stops for _, report in reports)
    for site, report in reports:
        for line in preflights.lines(site.hostname, report) if report.findings else ():
            typer.echo(line, err=as_json or not stops)
    if stops and as_json:
        print_json(DeployStopped(preflight=[report for _, report in reports]))
    if stops:
        progress("nothing was deployed; --no-preflight deploys nevertheless")
        raise typer.Exit(1)


def _status(emulator: Emulator | None, broken: list[str], *, answers: bool) -> LocalStatus:
    if emulator is None:
        return NotRunning()
    found = emulator.as_dict()
    return Answering(**found, broken=broken) if answers else NotAnswering(**found)
