"""The way back, step by step, for a site as it is configured."""

import json
from collections.abc import Iterator

from s3_failover.config import Mode, Site
from s3_failover.operations import health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.failback.hold import options
from s3_failover.operations.failback.readiness import Readiness


def steps(site: Site, account: Account, readiness: Readiness) -> list[str]:
    """Return what to do, in this order; commands stand in lines of their own, indented."""
    found = []
    if readiness.notes.drill:
        found.append(f"Undo the drill first:\n  s3-failover drill {site.name} --undo")
    if not readiness.notes.hold:
        found.append(_hold_dns(site, readiness) if site.mode is Mode.DNS else _hold_hybrid(site, account))
    found += _reconcile(site, account)
    found.append(
        "Drop what the distribution has cached, errors too; ID is the edge stack's output DistributionId:\n"
        "  aws cloudfront create-invalidation --distribution-id ID --paths '/*'"
    )
    found.append(f"Look again, until every condition is met:\n  s3-failover failback {site.name}")
    found.append(_return(site, held=bool(readiness.notes.hold)))
    found.append(f"Watch viewers arrive:\n  s3-failover status {site.name} --watch")
    return found


def _hold_dns(site: Site, readiness: Readiness) -> str:
    back = site.health_check_interval * site.health_check_threshold + site.record_ttl
    deciding = next((check for check in readiness.checks if check.decides), None)
    raw = f"aws route53 update-health-check --health-check-id {deciding.id if deciding else 'ID'}"
    return (
        f"Hold viewers at the secondary while you reconcile. Otherwise Route 53 returns them by itself, about {back} s "
        "after the primary bucket and the distribution answer again:\n"
        f"  s3-failover failback {site.name} --hold\n"
        "It writes down how the check was and does this, which Route 53's control plane in us-east-1 must take:\n"
        f"  {raw} {options({'HealthThreshold': len(health_checks.CHILDREN) + 1})}\n"
        "Do not invert the check instead: inverted, it sends viewers back when the primary breaks again."
    )


def _hold_hybrid(site: Site, account: Account) -> str:
    told = (
        "Nothing to hold in the distribution: it returns to the primary bucket by itself, request by request, as soon "
        "as that answers, and no health check takes part."
    )
    if 403 in site.failover_status_codes:
        told += _denied(site.names(account.id).primary, site.primary_region)
    return (
        f"{told}\nWhere DNS has moved because CloudFront itself was down, hold viewers at the secondary"
        f"{_plain(site)}:\n  s3-failover failback {site.name} --hold"
    )


def _plain(site: Site) -> str:
    return "" if site.secondary.kind.speaks_https else ", which speaks plain HTTP only"


def _denied(bucket: str, region: str) -> str:
    statement = {
        "Sid": "HoldAtReplica",
        "Effect": "Deny",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    where = f"--region {region} --bucket {bucket}"
    return (
        " To keep it at the replica until you have reconciled, deny it the primary: a 403 moves it on. Keep "
        "the policy as it is, add the statement to a copy, put the copy; afterwards put the first one back:\n"
        f"  aws s3api get-bucket-policy {where} --query Policy --output text > policy.json\n"
        f"  {json.dumps(statement)}\n"
        f"  aws s3api put-bucket-policy {where} --policy file://held.json\n"
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


def _return(site: Site, *, held: bool) -> str:
    release = f"s3-failover failback {site.name} --release"
    if site.mode is Mode.DNS:
        when = f"Resolvers follow within {site.record_ttl} s, if primary bucket and distribution are healthy then"
    else:
        seconds = site.health_check_interval * site.health_check_threshold + site.record_ttl
        when = (
            "Its check begins to measure again and may count as healthy before it has: DNS returns at once, resolvers "
            f"follow within {site.record_ttl} s. If the distribution does not answer, DNS is back at the secondary "
            f"after about {seconds} s"
        )
    if held:
        return f"Release the hold. {when}:\n  {release}"
    return (
        "Without a hold there is nothing to do: Route 53 and the distribution return by themselves. With one, release "
        f"it. {when}:\n  {release}"
    )
