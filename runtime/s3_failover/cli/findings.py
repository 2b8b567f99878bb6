"""What a command has found wrong, for people."""

from collections.abc import Iterator, Sequence

from s3_failover.operations.findings import Finding


def lines(findings: Sequence[Finding], *, during: str) -> Iterator[str]:
    """Return four lines about each finding.

    `during` is when they have their effect, as in `an outage`.
    """
    for finding in findings:
        yield f"{finding.severity.value:<9} {finding.id}"
        yield f"  {finding.where} {finding.what}"
        yield f"  in {during}: {finding.effect}"
        yield f"  do: {finding.remedy}"


def verdict(looked_at: Sequence[str], findings: Sequence[Finding], *, well: str) -> str:
    """Return how many parts were looked at and how many findings there are, or that all is well."""
    count = len(findings)
    found = f"{count} finding{'s' if count != 1 else ''}" if count else well
    return f"{len(looked_at)} parts looked at, {found}"
