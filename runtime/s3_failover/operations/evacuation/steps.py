"""The way back, step by step, for a site as it is configured."""

import json
from collections.abc import Iterator

from s3_failover.config import Mode, Site
from s3_failover.operations.account import Account
from s3_failover.operations.evacuation import switch
from s3_failover.operations.evacuation.readiness import Readiness


def steps(site: Site, account: Account, readiness: Readiness) -> list[str]:
    """Return what to do, in this order; commands stand in lines of their own, indented."""
    found = []
    if readiness.notes.drill:
        found.append(f"Undo the drill first:\n  s3-failover drill {site.name} --undo")
    evacuated = bool(readiness.on or readiness.notes.evacuation)
    if not evacuated:
        found.append(_evacuate(site, account))
    found += _reconcile(site, account)
    found.append(
        "Drop what the distribution has cached, errors too; ID is the edge stack's output DistributionId:\n"
        "  aws cloudfront create-invalidation --distribution-id ID --paths '/*'"
    )
    found.append(_return(site, evacuated=evacuated))
    found.append(f"Watch viewers arrive:\n  s3-failover status {site.name} --watch")
    return found


def _evacuate(site: Site, account: Account) -> str:
    told = (
        f"Keep viewers at the secondary{_plain(site)} while you reconcile. Otherwise DNS returns them by itself, about "
        f"{_back(site)} s after what decides answers again:\n  s3-failover evacuate {site.name}"
    )
    if site.mode is Mode.DNS:
        return told
    told += (
        "\nWithout it the distribution returns to the primary bucket by itself, request by request, as soon as that "
        "answers, and no health check takes part."
    )
    if 403 in site.failover_status_codes:
        told += _denied(site.names(account.id).primary, site.primary_region)
    return told


def _back(site: Site) -> int:
    return site.health_check_interval * site.health_check_threshold + site.record_ttl


def _plain(site: Site) -> str:
    return "" if site.secondary.kind.speaks_https else ", which speaks plain HTTP only,"


def _denied(bucket: str, region: str) -> str:
    statement = {
        "Sid": "StayAtReplica",
        "Effect": "Deny",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    where = f"--region {region} --bucket {bucket}"
    return (
        " To keep it at the replica, for viewers by HTTPS too, deny it the primary: a 403 moves it on. Keep "
        "the policy as it is, add the statement to a copy, put the copy; afterwards put the first one back:\n"
        f"  aws s3api get-bucket-policy {where} --query Policy --output text > policy.json\n"
        f"  {json.dumps(statement)}\n"
        f"  aws s3api put-bucket-policy {where} --policy file://denied.json\n"
        f"  aws s3api put-bucket-policy {where} --policy file://policy.json"
    )


def _reconcile(site: Site, account: Account) -> Iterator[str]:
    names, region = site.names(account.id), site.replica_regions[0]
    if site.replication.two_way:
        yield (
            "Wait until replication has brought back what was written at the replicas: the conditions say when nothing "
            "is pending. What failed is not tried again: copy it, as below.\n"
            f"  {_copy(names.replica(region), region, names.primary, site.primary_region)}"
        )
        return
    told = "Copy what the conditions list as newer at a replica; replication goes one way and never brings it back:"
    if not site.versioned:
        told = (
            "Copy what the conditions list as newer at a replica before the function compares again, which it does "
            "every six hours: it makes the replicas equal to the primary and deletes there what the primary lacks:"
        )
    copy = _copy(names.replica(region), region, names.primary, site.primary_region)
    if site.versioned:
        copy += (
            "\nDelete what they list as deleted there, unless that was a mistake:\n"
            f"  aws s3 rm s3://{names.primary}/KEY --region {site.primary_region}"
        )
    yield (
        f"{told}\n  {copy}\n"
        "Or publish again from where the content comes from:\n"
        f"  s3-failover publish DIRECTORY --site {site.name}"
    )
    if not site.versioned:
        yield (
            "Move dead letters back to the queue, once their cause is fixed:\n"
            "  aws sqs start-message-move-task --source-arn ARN-OF-THE-DEAD-LETTER-QUEUE"
        )


def _copy(source: str, source_region: str, target: str, target_region: str) -> str:
    return f"aws s3 cp s3://{source}/KEY s3://{target}/KEY --source-region {source_region} --region {target_region}"


def _return(site: Site, *, evacuated: bool) -> str:
    told = f"s3-failover return {site.name}"
    if evacuated:
        return (
            "Look again, until every condition is met; then it asks, and ends the evacuation. Resolvers follow within "
            f"{switch.seconds(site)} s, if what decides is healthy then:\n  {told}"
        )
    return (
        "Look again, until every condition is met. Route 53 and the distribution return by themselves; an evacuation "
        f"ends with the same command:\n  {told}"
    )
