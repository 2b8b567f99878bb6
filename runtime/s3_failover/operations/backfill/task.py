"""One backfill from the comparison to its result, by whichever engine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import direct, prices, queue, role, work
from s3_failover.operations.backfill.batch import Batch, Filter
from s3_failover.operations.backfill.result import Backfill, Done, Engine
from s3_failover.operations.backfill.work import Found
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import counted
from s3_failover.operations.verify import Progress, Scope

WAIT = 900.0
"""Seconds for the last copies made directly to reach the replicas."""


@dataclass
class Task:
    """A backfill, and what is known about it so far.

    The role is a job's; by default one is made. `other` is whether the job was there before, and may be at work on
    something else than what was asked for.
    """

    site: Site
    account: Account
    scope: Scope
    engine: Engine
    batch: Batch
    say: Callable[[str], None]
    role_arn: str | None = None
    job: str | None = None
    found: Found | None = None
    other: bool = False

    def compare(self, table: Path | None, progress: Progress) -> None:
        """Find out what there is to do, from a table of `verify` or now; raise UserError if that cannot be read."""
        if table is None:
            self.found = work.compare(self.site, self.account, self.scope, self.engine, progress=progress)
            return
        try:
            with table.open(encoding="utf-8", newline="") as stream:
                self.found = work.read(self.site, stream, shown(table), self.scope, self.engine)
        except OSError as error:
            raise UserError(f"{shown(table)}: cannot be read: {error.strerror}; write it with verify --csv") from error

    def run(self, wanted: Filter | None, *, wait: bool) -> Done:
        """Do it, or watch the job that does; raise UserError if AWS refuses, or the job failed as a whole.

        `wanted` is what S3 is to find itself; by default what was compared is taken.
        """
        if self.engine is Engine.BATCH:
            return self._by_job(wanted, wait=wait)
        assert self.found is not None
        if not len(self.found.items):
            return Done()
        return self._by_function(self.found) if self.engine is Engine.QUEUE else self._by_copies(self.found, wait=wait)

    def result(self, done: Done | None) -> Backfill:
        """Return what was found and done; None for what was not done, because of --dry-run."""
        found, did = self.found, done or Done()
        size = found.items.bytes if found else 0
        return Backfill(
            site=self.site.name,
            engine=self.engine,
            dry_run=done is None,
            fixes=dict(sorted(found.fixed.items())) if found else {},
            left=dict(sorted(found.left.items())) if found else {},
            recent=found.recent if found else 0,
            objects=len(found.items) if found else None,
            bytes=size if found else None,
            price=prices.price(self.site, self.engine, len(found.items), size) if found else None,
            job=self.job,
            succeeded=did.succeeded,
            changed=did.changed,
            failed=tuple(did.failed),
        )

    def _by_job(self, wanted: Filter | None, *, wait: bool) -> Done:
        if self.found and not len(self.found.items):
            return Done()
        self.job = self.job or self._running()
        is_new = self.job is None
        self.job = self.job or self._started(wanted)
        if not wait:
            return Done()
        try:
            done = self.batch.watch(self.job, is_new=is_new, say=self.say)
        except (KeyboardInterrupt, SystemExit):
            self.say(f"the job goes on; watch it with: s3-failover backfill watch {self.job} {self.site.name}")
            raise
        if done.found_nothing:
            self.say("S3 found nothing that was never copied or failed; it does not look into Glacier storage classes")
        return self.batch.result(done)

    def _running(self) -> str | None:
        job = self.batch.running()
        self.other = job is not None
        if job:
            self.say(f"the job {job} is still at work and is watched instead: run it again after that")
        return job

    def _started(self, wanted: Filter | None) -> str:
        arn = self.role_arn or role.ensure(self.site, self.account, self.batch.reports)
        if wanted is not None:
            job = self.batch.replicate_found(wanted, arn)
        else:
            assert self.found is not None
            job = self.batch.replicate(self.found.items, arn)
        self.say(f"started the job {job}")
        return job

    def _by_copies(self, found: Found, *, wait: bool) -> Done:
        regions, seconds = self.scope.regions or self.site.replica_regions, WAIT if wait else 0
        try:
            return direct.replicate(
                self.site, self.account, found.items, regions=regions, seconds=seconds, say=self.say
            )
        except (KeyboardInterrupt, SystemExit):
            self.say("interrupted; what was copied is on its way, and running it again copies the rest")
            raise

    def _by_function(self, found: Found) -> Done:
        handed = queue.hand_over(self.site, self.account, found.items)
        return Done(succeeded=sum(1 for _ in counted(handed, len(found.items), "handed over", self.say)))
