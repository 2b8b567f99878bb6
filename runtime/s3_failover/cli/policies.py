"""`s3-failover policies`: what must be put on buckets and roles that a site uses and does not own."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, Site, load
from s3_failover.policies import Document, documents
from s3_failover.results import Result


class Documents(Result):
    """What must be put on what the sites use and do not own."""

    documents: tuple[Document, ...]


def policies(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The configuration file.")] = Path("failover.toml"),
    account: Annotated[
        str, typer.Option(metavar="ID", help="The account, for sites that name none.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Print the exact documents for everything that the sites use and do not own: policies, versioning, replication.

    A bucket policy's statements are to be added to those that are there. Needs no credentials and no network.
    """
    try:
        sites = load(path).sites
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    found = Documents(documents=tuple(each for site in sites for each in documents(site, _account(site, account))))
    if as_json:
        print_json(found)
    else:
        typer.echo("\n\n".join(_lines(found)) or f"{path}: every site owns everything that it uses")


def _account(site: Site, given: str) -> str:
    account = site.account or given
    if not (account.isascii() and account.isdigit() and len(account) == 12):
        expected = "twelve digits: give --account, or set the site's account"
        raise typer.BadParameter(
            f"got {account or 'none'} for sites.{site.name}, expected {expected}", param_hint="--account"
        )
    return account


def _lines(found: Documents) -> Iterable[str]:
    for document in found.documents:
        where = f" ({document.region})" if document.region else ""
        head = f"# sites.{document.site}: {document.kind} of {document.resource}{where}\n# {document.why}"
        yield f"{head}\n{json.dumps(document.body, indent=2)}"
