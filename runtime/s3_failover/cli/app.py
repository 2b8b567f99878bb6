"""The command tree."""

from __future__ import annotations

from typing import Annotated

import typer

from s3_failover import __version__
from s3_failover.cli import (
    backfill,
    check,
    checker_ranges,
    cost,
    doctor,
    drill,
    failback,
    local,
    permissions,
    policies,
    preflight,
    publish,
    status,
    verify,
)
from s3_failover.cli.options import flat

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("check", short_help="Check a configuration file.")(flat(check.check))
app.command("checker-ranges", short_help="Addresses of Route 53 health checkers.")(flat(checker_ranges.checker_ranges))
app.command("policies", short_help="What existing buckets and roles need.")(flat(policies.policies))
app.command("cost", short_help="What a site costs a month.")(flat(cost.cost))
app.command("preflight", short_help="What would stop or hurt a deployment?")(flat(preflight.preflight))
app.command("doctor", short_help="Can what is deployed really fail over?")(flat(doctor.doctor))
app.command("status", short_help="Who serves now, and is all well?")(flat(status.status))
app.command("drill", short_help="Break something on purpose, and undo it.", help=drill.drill_help())(flat(drill.drill))
app.command("failback", short_help="May viewers return to the primary, and how?")(flat(failback.failback))
app.command("publish", short_help="Upload a directory, replicate, invalidate, read back.")(flat(publish.publish))
app.command("verify", short_help="Do the replicas hold what the primary holds?")(flat(verify.verify))
app.add_typer(backfill.app, name="backfill", short_help="Replicate what the rules never saw or failed to copy.")
app.command("permissions", short_help="The least IAM policy of a command.")(flat(permissions.permissions))
app.add_typer(local.app, name="local", short_help="An embedded AWS on this machine.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"s3-failover {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep a site on S3 alive through the loss of an AWS region, and prove it.

    Exit codes: 0 all is well, 1 something failed or is not well, and the output says what, 2 the command line is
    wrong, 3 the answer is no, 130 interrupted; the help of each command says what they mean for it.
    """
