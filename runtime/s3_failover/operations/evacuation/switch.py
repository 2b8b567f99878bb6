"""Moves viewers to the secondary, whatever the primary does, by an object that an inverted health check reads.

Writing and deleting the object takes S3 in the first replica's region, and nothing else: neither us-east-1 nor the
primary's region has a say. A note in the same region tells who evacuated, when and why.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.names.alarms import FAILOVER
from s3_failover.names.health_checks import SWITCH_SECONDS
from s3_failover.names.keys import EVACUATED_KEY
from s3_failover.operations import emptiness, legs, mute, notes, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.mute import Mute
from s3_failover.operations.notes import Notes, TakenError
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import explained, found_or_none
from s3_failover.results import Result

UNKNOWN: Mapping[str, Any] = {"begin": "an unknown time", "by": "an unknown user"}
"""Stands for the note of an evacuation that is lost."""

MUTED_SECONDS = 86400
"""For how long the alarm on the failover is muted at most, if viewers do not return before."""

_SLACK = 10
"""Seconds until S3 and Route 53 have passed a change on."""


class EvacuateResult(Result):
    """What `evacuate` did."""

    site: str
    """The site's name."""
    object: str
    """The object that moves viewers while it exists."""
    seconds: int
    """Within how many seconds resolvers follow."""
    evacuation: Mapping[str, Any] | None
    """Who evacuated the site, and when; null with --dry-run."""
    muted_until: datetime | None
    """Until when the alarm on the failover is muted at the latest; null if it is not."""


def place(site: Site, account: Account) -> str:
    """Return the address of the object, as in `s3://BUCKET/KEY`."""
    return f"s3://{site.names(account.id).evacuation}/{EVACUATED_KEY}"


def seconds(site: Site) -> int:
    """Return within how many seconds viewers follow the object: the check, the record's TTL, and some slack."""
    return SWITCH_SECONDS + site.record_ttl + _SLACK


def is_on(site: Site, account: Account) -> bool:
    """Return whether the object exists; raise UserError if S3 does not say."""
    target = _target(site, account)
    with explained(f"look for {place(site, account)}"):
        return found_or_none(lambda: _s3(site, account).head_object(**target), "404") is not None


def noted(site: Site, account: Account) -> Notes:
    """Return the notes on a site, with an evacuation if the object exists, whatever the note of it says.

    An evacuation that was interrupted has moved no viewer yet, and one whose note is lost has.

    Raises:
        UserError: SSM or S3 in the first replica's region does not say.
    """
    found = notes.read(site, account)
    return replace(found, evacuation=(found.evacuation or UNKNOWN) if is_on(site, account) else None)


def obstacles(site: Site, account: Account) -> list[str]:
    """Return why viewers would not be served at the secondary; nothing if they would."""
    answer = legs.secondary(site, account).get(site.health_key)
    if answer.status != 200:
        return [f"the secondary answers {answer.status or answer.error} for /{site.health_key}, expected 200"]
    region = site.replica_regions[0]
    if site.secondary.kind.is_ours and emptiness.is_empty(site, account, region):
        return [f"{region} holds nothing but the health object, expected the content"]
    return []


def require_calm(site: Site, account: Account) -> Mapping[str, Any] | None:
    """Return the note of an evacuation that was interrupted before it moved viewers; None if there is none.

    Raises:
        UserError: viewers are evacuated already, a drill is not undone, or S3 or SSM cannot be asked.
    """
    found, on = notes.read(site, account), is_on(site, account)
    if on:
        raise UserError(f"{told(found.evacuation)}, expected them at the primary: `s3-failover return {site.name}`")
    _require_no_drill(site, found)
    return found.evacuation


def evacuate(site: Site, account: Account, began: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Write down who evacuates, then write the object; return the note.

    The note is never written over, so of two people at the same moment one evacuates. Interrupted between the two
    steps, the same command does the rest.

    Args:
        site: the site.
        account: its account.
        began: the note of an interrupted evacuation; None to write a new one.

    Raises:
        UserError: another run wrote the note first, a drill began meanwhile, or AWS refuses.
    """
    note = began or _written(site, account)
    with explained(f"write {place(site, account)}"):
        _s3(site, account).put_object(**_target(site, account), Body=b"evacuated\n", ContentType="text/plain")
    return note


def end(site: Site, account: Account, note: Mapping[str, Any] | None) -> None:
    """Delete the object, then the note; raise UserError if AWS refuses: doing it again does the rest."""
    with explained(f"delete {place(site, account)}"):
        _s3(site, account).delete_object(**_target(site, account))
    if note is not None:
        notes.erase(site, account, notes.EVACUATION, note)


def told(note: Mapping[str, Any] | None) -> str:
    """Return who evacuated the viewers, and when, in words."""
    if note is None:
        return "viewers are evacuated to the secondary"
    return f"viewers are evacuated to the secondary since {note.get('begin')} by {note.get('by')}"


def caller(site: Site, account: Account) -> str:
    """Return who we are, as STS in the first replica's region says; `unknown` if it does not."""
    try:
        with explained("ask who we are", service="sts"):
            arn: str = account.client("sts", site.replica_regions[0]).get_caller_identity()["Arn"]
    except UserError:
        return "unknown"
    return arn


def mute_of(site: Site, account: Account) -> Mute:
    """Return the mute of the alarm that an evacuation sets off."""
    return mute.of(site, account, notes.EVACUATION, (FAILOVER,))


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `evacuate` move viewers."""
    return permissions.policy(*statements(site, account))


def statements(site: Site, account: Account) -> Iterator[Policy]:
    """Return what evacuating and returning need, besides looking."""
    yield from looks(site, account)
    yield allow(["s3:DeleteObject", "s3:PutObject"], [f"{_bucket(site, account)}/{EVACUATED_KEY}"])
    replica = f"arn:aws:s3:::{site.names(account.id).replica(site.replica_regions[0])}"
    yield allow(["s3:ListBucket"], [replica])
    note = [permissions.record(site, account, notes.EVACUATION)]
    yield allow(["ssm:DeleteParameter", "ssm:PutParameter"], note)
    yield allow(["ssm:GetParameters"], [permissions.record(site, account, "*")])
    yield mute.needs(site, account, notes.EVACUATION)


def looks(site: Site, account: Account) -> Iterator[Policy]:
    """Return what it takes to see whether viewers are evacuated."""
    bucket = _bucket(site, account)
    yield allow(["s3:GetObject"], [f"{bucket}/{EVACUATED_KEY}"])
    # Without it S3 answers 403 for an object that does not exist (S3 API, HeadObject).
    yield allow(["s3:ListBucket"], [bucket])


def _bucket(site: Site, account: Account) -> str:
    return f"arn:aws:s3:::{site.names(account.id).evacuation}"


def _written(site: Site, account: Account) -> Mapping[str, Any]:
    begin = account.now().replace(microsecond=0).isoformat()
    note = {"id": secrets.token_hex(4), "begin": begin, "by": caller(site, account)}
    try:
        notes.write_new(site, account, notes.EVACUATION, note)
    except TakenError as error:
        raise UserError(f"{error}; see `s3-failover status {site.name}`") from error
    # Who drills writes that down first, too, and then looks for an evacuation: one of the two sees the other.
    try:
        _require_no_drill(site, notes.read(site, account))
    except UserError:
        notes.erase(site, account, notes.EVACUATION, note)
        raise
    return note


def _require_no_drill(site: Site, found: Notes) -> None:
    if (drill := found.drill) is not None:
        raise UserError(
            f"a drill is written down ({drill.get('fault')}, begun {drill.get('begin')} by {drill.get('by')}), "
            f"expected none: finish it with `s3-failover drill --undo {site.name}`"
        )


def _s3(site: Site, account: Account) -> Any:
    return account.client("s3", site.replica_regions[0])


def _target(site: Site, account: Account) -> dict[str, str]:
    return {"Bucket": site.names(account.id).evacuation, "Key": EVACUATED_KEY, "ExpectedBucketOwner": account.id}
