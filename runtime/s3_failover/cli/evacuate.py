"""`s3-failover evacuate`: moves viewers to the secondary, without us-east-1 and without the primary's region."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from s3_failover.cli import for_good, outage, permissions
from s3_failover.cli.consent import Consent
from s3_failover.cli.for_good import ForGood
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.config import Site, ViewerHttps
from s3_failover.errors import UserError
from s3_failover.names.alarms import FAILOVER
from s3_failover.operations.account import BRISK
from s3_failover.operations.evacuation import switch
from s3_failover.operations.evacuation.switch import EvacuateResult


def evacuate(
    *,
    consent: Consent,
    force: Annotated[
        bool, typer.Option("--force", help="Evacuate to a secondary that cannot serve; leave a region that answers.")
    ] = False,
    good: ForGood,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Move viewers to the secondary and keep them there, whatever the primary does, until `return`.

    Writes an object into the evacuation switch's bucket in the first replica's region, which a health check reads, and
    a note of who did it. Needs neither us-east-1 nor the primary's region. A site whose secondary cannot serve is
    refused without --force.

    With --for-good it leaves the regions that do not answer, which do not come back: it writes others into the file,
    deploys new copies there, fills a new primary from the replicas and new replicas from the primary, deploys the edge,
    and ends an evacuation. It prints the steps and asks; interrupted anywhere, the same command does the rest. It
    deploys with the CDK CLI of the project in the current directory. A primary region that answers is left with --force
    alone.

    Exit code 0 if viewers are evacuated (or would be, with --dry-run), 3 if the secondary cannot serve, 1 if AWS
    refuses or they are evacuated already, 2 if the command line is wrong. With --for-good 0 if all is left, 4 if steps
    are owed because us-east-1 takes no changes, 3 if the file must be changed by hand first, or objects could not be
    copied, 1 if a step failed or there is nothing to leave.
    """
    # It is typed in an outage: what does not answer must not keep it for minutes.
    chosen = where.target(waits=BRISK)
    if good.for_good:
        with outage.named(chosen):
            left = for_good.leave(chosen, where, good, consent=consent, force=force)
        if as_json:
            print_json(left)
        else:
            typer.echo("\n".join(for_good.lines(left)))
        raise typer.Exit(for_good.exit_code(left))
    good.require_none()
    with outage.named(chosen), permissions.told("evacuate", chosen):
        result = _evacuated(chosen, consent, force=force, local=where.local)
    if as_json:
        print_json(result)
    elif consent.dry_run:
        typer.echo("nothing was changed")
    else:
        name = chosen.site.name
        typer.echo(f"evacuated: watch `s3-failover status {name} --watch`; `s3-failover return {name}` ends it")


def _evacuated(chosen: Target, consent: Consent, *, force: bool, local: bool) -> EvacuateResult:
    site, account = chosen.site, chosen.account
    began = switch.require_calm(site, account)
    reasons = switch.obstacles(site, account)
    if reasons and not force:
        told = "; ".join(reasons)
        raise UserError(f"{told}: viewers would not be served; fix it, or add --force", exit_code=3)
    for line in (*reasons, *_announced(site, switch.place(site, account))):
        progress(line)
    note = until = None
    if not consent.dry_run:
        consent.ask("this changes where viewers go")
        note = switch.evacuate(site, account, began)
        until = None if local else _muted(chosen)
    return EvacuateResult(
        site=site.name,
        object=switch.place(site, account),
        seconds=switch.seconds(site),
        evacuation=note,
        muted_until=until,
    )


def _muted(chosen: Target) -> datetime | None:
    """Mute the alarm that the evacuation sets off, which takes us-east-1; return until when, None if that failed."""
    try:
        until = switch.mute_of(chosen.site, chosen.account).begin(switch.MUTED_SECONDS)
    except UserError as error:
        progress(f"not muted, the alarm {FAILOVER} will notify: {error}")
        return None
    progress(f"the alarm {FAILOVER} is muted until `return`, and {until:%Y-%m-%d %H:%M} UTC at the latest")
    return until


def _announced(site: Site, place: str) -> Iterator[str]:
    yield f"write {place}"
    yield f"viewers of {site.hostname} move to the secondary within {switch.seconds(site)} s, or stay there"
    if not site.secondary.kind.speaks_https and site.https is not ViewerHttps.OPTIONAL:
        yield "the secondary speaks plain HTTP only: viewers who come by HTTPS get nothing there"
    yield f"the alarm {FAILOVER} stays in ALARM until `return`"
