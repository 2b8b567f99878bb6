"""`s3-failover evacuate --for-good`: leaves regions that do not come back."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from breakable_aws import cdk
from s3_failover.cli.consent import Consent
from s3_failover.cli.deploying import deployer
from s3_failover.cli.output import progress
from s3_failover.cli.target import Target, Where
from s3_failover.config import ConfigError, Site, parse
from s3_failover.config.load import file_of
from s3_failover.config.moved import with_regions
from s3_failover.errors import UserError
from s3_failover.operations import notes
from s3_failover.operations.leaving import regions
from s3_failover.operations.leaving.for_good import Leaving, refuse, require_copy, told
from s3_failover.operations.leaving.plan import LeaveResult, LeaveStep, Mark
from s3_failover.operations.leaving.regions import Move
from s3_failover.operations.shown import amount, shown

OWED = 4
"""The exit code when some steps cannot be done now, as `publish` has it."""


@dataclass(frozen=True, kw_only=True)
class ForGood:
    """Whether regions are left for good, and where to."""

    for_good: Annotated[bool, typer.Option("--for-good", help="Leave the regions that are lost: copies elsewhere.")] = (
        False
    )
    region: Annotated[
        str | None, typer.Option("--region", metavar="NAME", help="The region in its place.  [default: chosen]")
    ] = None
    stay: Annotated[bool, typer.Option("--stay", help="With --for-good: viewers who are evacuated stay so.")] = False

    def require_none(self) -> None:
        """Refuse what means nothing without `--for-good`."""
        if self.region is not None or self.stay:
            raise UserError("--region and --stay need --for-good", exit_code=2)


@dataclass(frozen=True)
class _Change:
    """A site as it will be, what it leaves, and its file as it will be; no text where that is so already."""

    site: Site
    moves: tuple[Move, ...]
    text: str | None


def leave(chosen: Target, where: Where, good: ForGood, *, consent: Consent, force: bool) -> LeaveResult:
    """Leave the regions that do not answer, or say what that would do; run again, it does the rest.

    Raises:
        UserError: nothing is lost, the file cannot be changed by this command, a drill is not undone, or a step fails.
    """
    progress("looking at the regions of the site")
    lost = regions.lost(chosen.site, chosen.account)
    require_copy(chosen.site, lost)
    _require_no_drill(chosen, lost)
    # From here on it may be slow, and should not fail because a part takes its time.
    chosen = where.target()
    change = _change(chosen, where, good, lost) if lost else _Change(chosen.site, (), None)
    leaving = _leaving(chosen, where, change, lost, stay=good.stay)
    steps, owed = leaving.plan()
    if not lost and all(step.mark is Mark.DONE for step in steps):
        # Only now: a run with --force that was interrupted goes on where it was.
        _require_force(chosen, force=force and good.region != chosen.site.primary_region)
        change = _change(chosen, where, good, frozenset([chosen.site.primary_region]))
        leaving = _leaving(chosen, where, change, lost, stay=good.stay)
        steps, owed = leaving.plan()
    for line in (*told(chosen.site, change.moves), *_announced(steps, owed)):
        progress(line)
    if not consent.dry_run and any(step.mark is Mark.TODO for step in steps):
        consent.ask("this changes the configuration file and deploys")
        leaving.run(steps)
        steps, owed = leaving.plan()
    return LeaveResult(
        site=change.site.name,
        moves=change.moves,
        dry_run=consent.dry_run,
        steps=steps,
        filled=leaving.filled,
        replicated=leaving.replicated,
        owed=owed,
    )


def exit_code(result: LeaveResult) -> int:
    """Return 4 where steps are owed, 3 where objects could not be copied, else 0."""
    return OWED if result.owed else 3 if result.filled.left else 0


def lines(result: LeaveResult) -> Iterator[str]:
    """Return the result as lines for people."""
    if result.dry_run:
        yield "nothing was changed"
    else:
        yield f"copied {amount(result.filled.copied, 'object')}, {amount(result.filled.bytes, 'byte')}"
    if result.replicated:
        yield f"replicated {amount(result.replicated, 'object')}"
    if result.filled.left:
        example = shown(result.filled.example)
        yield f"not copied: {amount(result.filled.left, 'object')} that S3 cannot copy, as {example}: see `verify`"
    if result.owed:
        yield f"owed: {', '.join(step.name for step in result.steps if step.mark is Mark.OWED)}; run it again later"
    elif not result.dry_run:
        yield f"left: watch `s3-failover status {result.site} --watch`"


def _announced(steps: tuple[LeaveStep, ...], owed: str) -> Iterator[str]:
    for step in steps:
        yield f"  {step.mark.value:<6} {step.name}: {step.what}"
    if owed:
        yield owed


def _leaving(chosen: Target, where: Where, change: _Change, lost: frozenset[str], *, stay: bool) -> Leaving:
    answering = next(each for each in chosen.site.regions if each not in lost)
    tool = deployer(Target(change.site, chosen.account), where, answering)
    return Leaving(change.site, chosen.account, tool, _writer(where, change), progress, stay=stay)


def _require_force(chosen: Target, *, force: bool) -> None:
    site = chosen.site
    if not force:
        raise UserError(
            f"every region of {site.name} answers, and all of the site is deployed: there is nothing to leave; "
            f"--force leaves {site.primary_region} all the same"
        )


def _change(chosen: Target, where: Where, good: ForGood, left: frozenset[str]) -> _Change:
    """Return what becomes of a site that leaves regions."""
    site = chosen.site
    moves = _moves(chosen, good.region, [each for each in site.regions if each in left], left)
    file = file_of(where.config)
    if file.suffix == ".json":
        regions_now = ", ".join(f'"{move.to}" in place of "{move.left}"' for move in moves)
        message = f"{shown(file)} is written by an app: write {regions_now} there, synthesize it, and run this again"
        raise UserError(message, exit_code=3)
    text = with_regions(file.read_bytes().decode(), site, {move.left: move.to for move in moves})
    after = _parsed(text, where, site.name)
    refuse(site, moves, after)
    return _Change(after, moves, text)


def _moves(chosen: Target, named: str | None, left: list[str], lost: frozenset[str]) -> tuple[Move, ...]:
    if named is not None and len(left) > 1:
        raise UserError(f"{', '.join(left)} are left, and --region names one region: leave it out", exit_code=2)
    if named is not None:
        return (Move(left[0], named, ""),)
    qualifier, taken = cdk.qualifier(Path.cwd()), set(lost)
    found: list[Move] = []
    for each in left:
        found.append(regions.choose(chosen.site, chosen.account, qualifier, left=each, unfit=taken))
        taken.add(found[-1].to)
    return tuple(found)


def _parsed(text: str, where: Where, name: str) -> Site:
    try:
        sites = parse(text.removeprefix("\ufeff"), source=str(where.config)).sites
    except ConfigError as error:
        raise UserError(f"with the new region the file would be refused: {error}") from error
    return next(site for site in sites if site.name == name)


@dataclass(frozen=True)
class _Writer:
    """Writes the configuration file, and keeps the former one beside it."""

    file: Path
    text: str
    left: str

    def __call__(self) -> None:
        kept = self.file.with_name(f"{self.file.name}.{self.left}")
        shutil.copy2(self.file, kept)
        new = self.file.with_name(f"{self.file.name}.new")
        new.write_bytes(self.text.encode())
        shutil.copymode(self.file, new)
        new.replace(self.file)
        progress(f"  wrote {shown(self.file)}; the former one is {shown(kept)}")


def _writer(where: Where, change: _Change) -> _Writer | None:
    return None if change.text is None else _Writer(where.config, change.text, change.moves[0].left)


def _require_no_drill(chosen: Target, lost: frozenset[str]) -> None:
    site = chosen.site
    # What is written down is in the first replica's region, and lost with it.
    if site.replica_regions[0] not in lost and notes.read(site, chosen.account).drill is not None:
        raise UserError(f"a drill is written down: finish it with `s3-failover drill --undo {site.name}`")
