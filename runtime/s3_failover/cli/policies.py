"""`s3-failover policies`: what must be put on buckets and roles that a site uses and does not own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typing_extensions import TypedDict

from s3_failover import policies as needed
from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, Site, load


class Needed(TypedDict):
    """A document, and what to put it on."""

    site: str
    kind: str
    resource: str
    region: str | None
    """Where the bucket is; none for a role."""
    why: str
    body: Any


class Document(TypedDict):
    """What `policies --json` prints."""

    documents: list[Needed]


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
    found = [(site, document) for site in sites for document in needed.documents(site, _account(site, account))]
    if as_json:
        documents = [cast(Needed, {"site": site.name, **document.as_dict()}) for site, document in found]
        print_json(Document(documents=documents))
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


def _lines(found: Iterable[tuple[Site, needed.Document]]) -> Iterable[str]:
    for site, document in found:
        where = f" ({document.region})" if document.region else ""
        head = f"# sites.{site.name}: {document.kind} of {document.resource}{where}\n# {document.why}"
        yield f"{head}\n{json.dumps(document.body, indent=2)}"
