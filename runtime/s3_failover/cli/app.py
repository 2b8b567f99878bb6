"""The command tree."""

from typing import Annotated

import typer

from s3_failover import __version__
from s3_failover.cli.on_demand import OnDemand


class Root(OnDemand):
    """The commands in the order of `--help`, each a function of the module of its name."""

    short_helps = {  # noqa: RUF012 - read only
        "init": "Write a CDK project for a site.",
        "check": "Check a configuration file.",
        "checker-ranges": "Addresses of Route 53 health checkers.",
        "policies": "What existing buckets and roles need.",
        "cost": "What a site costs a month.",
        "preflight": "What would stop or hurt a deployment?",
        "doctor": "Can what is deployed really fail over?",
        "status": "Who serves now, and is all well?",
        "drill": "Break something on purpose, and undo it.",
        "evacuate": "Move viewers to the secondary.",
        "return": "May viewers return to the primary? Bring them back.",
        "publish": "Upload a directory, replicate, invalidate, read back.",
        "restore": "Undo deletes and overwrites, on every copy.",
        "verify": "Do the replicas hold what the primary holds?",
        "backfill": "Replicate what the rules never saw or failed to copy.",
        "permissions": "The least IAM policy of a command.",
        "local": "An embedded AWS on this machine.",
    }


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    """Keep a site on S3 available when an AWS region fails, and prove it.

    Exit codes: 0 success; 1 an error or a warning, see the output; 2 a wrong command line; 3 the answer is no;
    130 interrupted. The help of each command says what they mean for it.
    """
