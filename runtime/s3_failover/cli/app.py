"""The command tree."""

from __future__ import annotations

import typer

from s3_failover.cli import check, local

app = typer.Typer(
    help="Keep a site on S3 alive through the loss of an AWS region, and prove it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("check")(check.check)
app.add_typer(local.app, name="local")
