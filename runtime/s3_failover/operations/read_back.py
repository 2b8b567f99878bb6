"""Reads one object that was written back over both legs, as viewers would."""

import io
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from s3_failover.config import Site
from s3_failover.operations import legs
from s3_failover.operations.account import Account
from s3_failover.operations.changes import Upload
from s3_failover.operations.content import digest_of
from s3_failover.operations.legs import LegAddress, LegAnswer
from s3_failover.operations.refusals import UnavailableError
from s3_failover.operations.shown import amount
from s3_failover.operations.together import Later


@dataclass(frozen=True)
class ExpectedObject:
    """An object that the legs should answer with.

    `is_it` tells whether a body is its content.
    """

    key: str
    is_it: Callable[[bytes], bool]


@dataclass(frozen=True)
class ReadBack:
    """What the legs answered."""

    proof: dict[str, str] = field(default_factory=dict)
    """For each leg that was asked, why it does not answer with what was published, or ""."""
    unseen: dict[str, str] = field(default_factory=dict)
    """For each leg that could not be asked, why."""


def smallest(site: Site, uploads: Iterable[Upload]) -> ExpectedObject | None:
    """Return the smallest object that was uploaded, of those that the replicas get; None if they get none."""
    copied = [upload for upload in uploads if site.copies(upload.file.key)]
    if not copied:
        return None
    upload = min(copied, key=lambda upload: upload.file.size)

    def is_it(body: bytes) -> bool:
        # The file itself may be another by now.
        stream, part = io.BytesIO(body), upload.file.part
        found = digest_of(iter(lambda: stream.read(part), b""), in_parts=upload.file.in_parts)
        return found.sha256 == upload.digest.sha256

    return ExpectedObject(upload.file.key, is_it)


def read_back(
    site: Site, account: Account, expected: ExpectedObject | None, *, stale: str, behind: Container[str], seconds: float
) -> ReadBack:
    """Read an object over both legs; without one, nothing is asked.

    `stale` is why the distribution may show what it has cached, and is not asked; empty if it is. The copies in
    `behind` were not waited for: a secondary there is left out, and a distribution that reads the primary there may
    answer with something else. The seconds are for the stack that names the distribution.
    """
    if expected is None:
        return ReadBack()
    asked, unseen = _legs(site, account, stale, seconds)
    answers = {leg.name: leg.get(expected.key) for leg in asked if not _is_behind(leg, site, behind)}
    unseen |= {name: answer.error for name, answer in answers.items() if answer.unseen}
    proof = {name: _objection(each, expected) for name, each in answers.items() if not each.unseen}
    if site.primary_region in behind and proof.get("distribution"):
        unseen["distribution"] = f"{proof.pop('distribution')}; {site.primary_region} was not waited for"
    return ReadBack(proof, unseen)


def _legs(site: Site, account: Account, stale: str, seconds: float) -> tuple[Iterable[LegAddress], dict[str, str]]:
    """Return the legs that can be asked, and why the others cannot."""
    try:
        if not stale:
            return Later(lambda: legs.legs(site, account)).within(seconds), {}
    except UnavailableError as error:
        stale = str(error)
    return [legs.secondary(site, account)], {"distribution": stale}


def _is_behind(leg: LegAddress, site: Site, behind: Container[str]) -> bool:
    is_replica = leg.name == "secondary" and site.secondary.kind.is_ours
    return is_replica and site.replica_regions[0] in behind


def _objection(answer: LegAnswer, expected: ExpectedObject) -> str:
    if answer.status != 200:
        return answer.error or f"answered {answer.status}"
    return "" if expected.is_it(answer.body) else f"answered with other content, of {amount(len(answer.body), 'byte')}"
