"""Writes operate/faults.md: what each command says during each fault. A test runs every row on the embedded AWS."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parent / "operate" / "faults.md"

COMMANDS = ("status", "doctor", "publish", "verify", "return")
PRIMARY, REPLICA, EDGE = "the primary region", "the replica region", "us-east-1"


@dataclass(frozen=True)
class Says:
    """What a command ends with and prints during a fault.

    Attributes:
        code: its exit code.
        words: what it prints, the bucket of a region written as {primary} or {replica}.
        why: why that is right although the fault is not seen.
        stopped: whether it waits on, and is stopped with Ctrl-C once it has said so.
    """

    code: int
    words: str
    why: str = ""
    stopped: bool = False


Cell = Says | tuple[Says, Says]
"""What a command says of a site in either mode, or in dns mode and in hybrid mode."""


@dataclass(frozen=True)
class Row:
    """A fault, where it is, and what each command says.

    Attributes:
        fault: as `local break` calls it.
        where: the region that it is in; empty for a fault without one.
        unhealthy: the roles of the health checks that notice it in dns mode and in hybrid mode.
        says: by command.
        writes: whether an object is written meanwhile, which the replica does not get.
    """

    fault: str
    where: str
    unhealthy: tuple[frozenset[str], frozenset[str]]
    says: dict[str, Cell]
    writes: bool = field(default=False, kw_only=True)


_BOTH = frozenset({"primary", "distribution"}), frozenset({"primary"})
_SECONDARY = frozenset({"secondary"}), frozenset({"secondary"})
_CDN = frozenset({"distribution"}), frozenset({"distribution"})
_NONE = frozenset[str](), frozenset[str]()

_MOVED = Says(3, "the secondary serves")
_MOVED_OR_REPLICA = _MOVED, Says(3, "the distribution reads the replica")
_DOWN = Says(2, "DOCTOR-CHECK-UNHEALTHY")
_NOT_READY = Says(3, "NOT MET the primary bucket has been healthy")
_S3_ALONE = "it asks S3 in the two regions alone"
_SAME = Says(0, "the same; metadata", _S3_ALONE)

_PRIMARY_LOST = {
    "status": _MOVED_OR_REPLICA,
    "doctor": _DOWN,
    "publish": Says(1, "cannot list {primary}"),
    "verify": Says(1, "cannot list {primary}"),
    "return": _NOT_READY,
}
_PRIMARY_LATE = _PRIMARY_LOST | {
    "publish": Says(0, "distribution: answers with what was published", "S3 answers, and late"),
    "verify": Says(0, "the same; metadata", "S3 answers, and late"),
}
_REPLICA_LOST = {
    "status": Says(1, "content in eu-central-1"),
    "doctor": _DOWN,
    "publish": Says(3, "not looked at, and not waited for: eu-central-1"),
    "verify": Says(1, "cannot list {replica}"),
    "return": Says(3, "NOT MET distribution and secondary serve the same"),
}
_REPLICA_LATE = {
    "status": Says(1, "the check secondary is unhealthy"),
    "doctor": _DOWN,
    "publish": Says(0, "secondary: answers with what was published", "S3 answers, and late"),
    "verify": Says(0, "the same; metadata", "S3 answers, and late"),
    "return": Says(3, "NOT MET no alarm is on"),
}
_EDGE_LOST = {
    "status": Says(1, "unknown: "),
    "doctor": Says(1, "DOCTOR-UNKNOWN"),
    "publish": Says(4, "owed: not invalidated"),
    "verify": _SAME,
    "return": Says(1, "UNKNOWN no health check is set by hand"),
}
_CDN_LOST = {
    "status": _MOVED,
    "doctor": _DOWN,
    "publish": Says(1, "secondary: answers with what was published"),
    "verify": _SAME,
    "return": Says(3, "NOT MET the distribution has been healthy"),
}
_REPLICATION_LATE = {
    "status": Says(0, "1 pending", "what is pending for less than 15 minutes is no alarm"),
    "doctor": Says(1, "DOCTOR-DRILL", "it looks at what is deployed, and leaves the queue to the alarms"),
    "publish": Says(130, "nothing has arrived in eu-central-1 for 60 s", stopped=True),
    "verify": Says(0, "younger than --settle", "S3 calls it pending; after 15 minutes it is drift"),
    "return": Says(3, "NOT MET replication from eu-west-1 to eu-central-1 is done"),
}
_REPLICATION_LIES = _REPLICATION_LATE | {
    "status": Says(0, "0 pending", "S3 says that all is done, and so do its metrics"),
    "verify": Says(3, "missing"),
    "return": Says(3, "NOT MET eu-central-1 holds what the primary holds"),
}
_ASKS_NO_STS = "its credentials are still valid, and it asks STS nothing"
_STS_LOST = {
    "status": Says(0, "serves now PRIMARY", _ASKS_NO_STS),
    "doctor": Says(1, "DOCTOR-DRILL", _ASKS_NO_STS),
    "publish": Says(0, "distribution: answers with what was published", _ASKS_NO_STS),
    "verify": Says(0, "the same; metadata", _ASKS_NO_STS),
    "return": Says(0, "READY", _ASKS_NO_STS),
}
_PRIMARY_DRIPS = {
    "status": Says(3, "viewers get the body drips"),
    "doctor": Says(2, "the body drips"),
    "publish": Says(1, "distribution: the body drips"),
    "verify": Says(0, "the same; metadata", "it compares listings and headers, which come as ever"),
    "return": Says(3, "NOT MET distribution and secondary serve the same"),
}
_REPLICA_DRIPS = _PRIMARY_DRIPS | {
    "status": Says(0, "serves now PRIMARY", "no viewer is at the replica, and no health check waits for a body"),
    "publish": Says(1, "secondary: the body drips"),
}
_EXPIRED = {command: Says(1, "the credentials have expired") for command in COMMANDS}

_LOST = ("s3-refuse", "s3-hang", "s3-reset", "s3-503", "s3-slowdown", "s3-403", "region-down")

ROWS = (
    *(Row(fault, PRIMARY, _BOTH, _PRIMARY_LOST) for fault in _LOST),
    Row("s3-nxdomain", PRIMARY, _BOTH, _PRIMARY_LOST),
    Row("s3-slow", PRIMARY, _BOTH, _PRIMARY_LATE),
    *(Row(fault, REPLICA, _SECONDARY, _REPLICA_LOST) for fault in _LOST),
    Row("s3-nxdomain", REPLICA, _SECONDARY, _REPLICA_LOST),
    Row("s3-slow", REPLICA, _SECONDARY, _REPLICA_LATE),
    Row("region-down", EDGE, _NONE, _EDGE_LOST),
    Row("control-planes-down", "", _NONE, _EDGE_LOST),
    *(Row(fault, "", _CDN, _CDN_LOST) for fault in ("cdn-refuse", "cdn-nxdomain", "cdn-503")),
    *(Row(fault, "", _NONE, _REPLICATION_LATE, writes=True) for fault in ("replication-pause", "replication-lag")),
    Row("replica-stale", REPLICA, _NONE, _REPLICATION_LIES, writes=True),
    Row("s3-drip", PRIMARY, _NONE, _PRIMARY_DRIPS),
    Row("s3-drip", REPLICA, _NONE, _REPLICA_DRIPS),
    Row("sts-hang", "", _NONE, _STS_LOST),
    Row("credentials-expire", "", _NONE, _EXPIRED),
)
"""Every fault that is run, with what each command says."""

_HEAD = """# What each command says during each fault

What `s3-failover` commands end with and print while something is lost, on a site in `dns` mode and one in `hybrid`
mode, with their primary in eu-west-1 and their replica in eu-central-1. No command hangs, and none says that all is
well, but where a note says why. Each cell was run: `tests/embedded/test_operations_in_faults.py` deploys both sites to
[the embedded AWS](../local.md), breaks it, and compares; this page is made from the same rows.

A cell has the exit code and words of the output. Where a site in `hybrid` mode says something else, that comes second.
`check` and `cost` ask AWS for nothing, so no fault changes what they say. `api-refuse` and `api-503` need an https
secondary: they are to its legs what `s3-refuse` and `s3-503` are to those of a website. No health check notices
`s3-drip`, so DNS stays.
"""


def render() -> str:
    """Return the page."""
    notes: dict[str, int] = {}
    rows = [_row(row, notes) for row in ROWS]
    head = [f"| fault | {' | '.join(f'`{command}`' for command in COMMANDS)} |", "|---" * (len(COMMANDS) + 1) + "|"]
    told = [f"{number}. {why}" for why, number in notes.items()]
    return "\n".join([_HEAD, *head, *rows, "", "Notes:", "", *told, ""])


def _row(row: Row, notes: dict[str, int]) -> str:
    cells = [" / ".join(_cells(row.says[command], notes)) for command in COMMANDS]
    where = f" in {row.where}" if row.where else ""
    return f"| `{row.fault}`{where} | {' | '.join(cells)} |"


def _cells(cell: Cell, notes: dict[str, int]) -> Iterator[str]:
    for says in cell if isinstance(cell, tuple) else (cell,):
        words = says.words.format(primary="the primary bucket", replica="the replica bucket").strip()
        stopped = ", waits on until Ctrl-C" if says.stopped else ""
        note = f" (note {notes.setdefault(says.why, len(notes) + 1)})" if says.why else ""
        yield f"{says.code}: {words}{stopped}{note}"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
