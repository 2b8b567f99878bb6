"""What Route 53 refuses about resource record sets.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html` and
`https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-failover.html`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from breakable_aws.emulator.cloudfront import alias_rules

Record = Mapping[str, Any]
Problem = tuple[str, str]
"""An error code and its message."""


def violation(
    zone: str, before: Iterable[Record], after: Iterable[Record], health_check_exists: Callable[[str], bool]
) -> Problem | None:
    """Return why Route 53 refuses the change of a zone's records, or None.

    Only what changed is judged: a health check may be deleted while a record still names it.

    The zone's name ends with a dot.
    """
    old, new = list(before), list(after)
    for record in [record for record in new if record not in old]:
        others = [other for other in new if other is not record and other["Name"] == record["Name"]]
        problem = _alone(zone, record, health_check_exists) or _among(record, others)
        if problem:
            return problem
    return None


def _alone(zone: str, record: Record, health_check_exists: Callable[[str], bool]) -> Problem | None:
    name, kind, check = record["Name"], record["Type"], record.get("HealthCheckId")
    if name != zone and not name.endswith(f".{zone}"):
        return "InvalidChangeBatch", f"RRSet with DNS name {name} is not permitted in zone {zone}"
    if kind == "CNAME" and name == zone:
        return "InvalidChangeBatch", f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone}"
    if check and not health_check_exists(check):
        return "NoSuchHealthCheck", f"No health check exists with the ID {check}"
    return _values(record) or _failover(record)


def _values(record: Record) -> Problem | None:
    if "AliasTarget" in record:
        return alias_rules.violation(record)
    if not record.get("ResourceRecords") or record.get("TTL") is None:
        return "InvalidInput", f"{record['Name']} needs TTL and ResourceRecords, or AliasTarget"
    if record["Type"] == "CNAME" and len(record["ResourceRecords"]) != 1:
        return "InvalidChangeBatch", f"a CNAME has exactly one value, got {len(record['ResourceRecords'])}"
    return None


def _failover(record: Record) -> Problem | None:
    role = record.get("Failover")
    if role is None:
        return None
    if role not in ("PRIMARY", "SECONDARY"):
        return "InvalidInput", f"Failover must be PRIMARY or SECONDARY, got {role}"
    if not record.get("SetIdentifier"):
        return "InvalidInput", f"the {role} failover record {record['Name']} needs SetIdentifier"
    watched = record.get("HealthCheckId") or (record.get("AliasTarget") or {}).get("EvaluateTargetHealth")
    if role == "PRIMARY" and not watched:
        return (
            "InvalidInput",
            f"the PRIMARY failover record {record['Name']} needs HealthCheckId or EvaluateTargetHealth",
        )
    return None


def _among(record: Record, others: list[Record]) -> Problem | None:
    name, kind, role = record["Name"], record["Type"], record.get("Failover")
    same = [other for other in others if other["Type"] == kind]
    if any(other["Type"] != kind and "CNAME" in (kind, other["Type"]) for other in others):
        return (
            "InvalidChangeBatch",
            f"RRSet of type {kind} with DNS name {name} conflicts with other records of that name",
        )
    if any(other.get("Failover") != role and None in (other.get("Failover"), role) for other in same):
        return (
            "InvalidChangeBatch",
            f"{name} type {kind}: failover and other records cannot have the same name and type",
        )
    if role and any(other.get("Failover") == role for other in same):
        return "InvalidChangeBatch", f"{name} type {kind} has another {role} failover record"
    return None
