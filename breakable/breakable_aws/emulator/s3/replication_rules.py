"""Which destinations an object goes to: S3's rules about rules.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Rule = Mapping[str, Any]


def rules_for_object(rules: Iterable[Rule], key: str, tags: Mapping[str, str]) -> list[Rule]:
    """Return the rule that applies to an object for each destination bucket: the matching one of highest priority."""
    return _one_per_destination([rule for rule in rules if _enabled(rule) and _matches(rule, key, tags)])


def rules_for_delete_marker(rules: Iterable[Rule], key: str) -> list[Rule]:
    """Return the rules that carry a delete marker on, one for each destination bucket.

    A rule without a filter is of the older schema, which always replicates them; one that filters by tag never does.
    """
    candidates = [rule for rule in rules if _enabled(rule) and key.startswith(prefix_of(rule)) and not tags_of(rule)]
    return [rule for rule in _one_per_destination(candidates) if _carries_delete_markers(rule)]


def violation(rules: Sequence[Rule]) -> str | None:
    """Return why S3 refuses a set of rules, or None."""
    for rule in rules:
        for needed in ("Priority", "DeleteMarkerReplication"):
            if "Filter" in rule and needed not in rule:
                return f"{needed} must be specified for this version of Cross Region Replication configuration schema"
    for field in ("ID", "Priority"):
        given = [rule[field] for rule in rules if field in rule]
        if len(set(given)) != len(given):
            return f"replication rules must have distinct values of {field}, got {given}"
    return None


def destination_of(rule: Rule) -> str:
    """Return the name of a rule's destination bucket."""
    name: str = rule["Destination"]["Bucket"]
    return name.rpartition(":::")[2]


def copies_objects_with_keys(rule: Rule) -> bool:
    """Return whether a rule covers objects that are encrypted with a KMS key."""
    return ((rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}).get("Status") == "Enabled"


def syncs_replicas(rule: Rule) -> bool:
    """Return whether a rule carries changes that are made on replicas."""
    return ((rule.get("SourceSelectionCriteria") or {}).get("ReplicaModifications") or {}).get("Status") == "Enabled"


def prefix_of(rule: Rule) -> str:
    """Return the key prefix that a rule covers, in either schema."""
    given = rule.get("Filter") or {}
    prefix: str | None = rule.get("Prefix") or given.get("Prefix") or (given.get("And") or {}).get("Prefix")
    return prefix or ""


def tags_of(rule: Rule) -> dict[str, str]:
    """Return the tags that an object must have for a rule to cover it."""
    given = rule.get("Filter") or {}
    tags = [given["Tag"]] if given.get("Tag") else (given.get("And") or {}).get("Tags", [])
    return {tag["Key"]: tag["Value"] for tag in tags}


def _enabled(rule: Rule) -> bool:
    return rule.get("Status") == "Enabled"


def _matches(rule: Rule, key: str, tags: Mapping[str, str]) -> bool:
    return key.startswith(prefix_of(rule)) and tags_of(rule).items() <= tags.items()


def _carries_delete_markers(rule: Rule) -> bool:
    return "Filter" not in rule or (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"


def _one_per_destination(rules: Iterable[Rule]) -> list[Rule]:
    chosen: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda rule: rule.get("Priority", 0)):
        chosen[destination_of(rule)] = rule
    return list(chosen.values())
