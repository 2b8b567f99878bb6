"""Checks whether the fixed names of keys, roles and alarms are free where the stacks that make them are missing."""

import functools
from collections.abc import Iterator

from s3_failover.config import StackRole
from s3_failover.config.alarms import kinds
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained, found_or_none
from s3_failover.operations.status.alarms import described


def looks(ground: Ground) -> Iterator[Look]:
    """Return the looks at the key's alias in each region, at the replication role, and at alarms."""
    site, account = ground.site, ground.account.id
    if site.key_alias is not None:
        for role, region in _with_keys(ground):
            find = functools.partial(_alias, ground, role, region)
            yield Look(f"{site.key_alias} in {region}", find, (allow(["kms:ListAliases"], ["*"]),))
    if site.versioned:
        needs = (allow(["iam:GetRole"], [f"arn:aws:iam::{account}:role/{site.replication_role}"]),)
        yield Look(f"role {site.replication_role}", lambda: _role(ground), needs)
    for role, region in site.own_stacks:
        if not kinds(site, role, region):
            continue
        find = functools.partial(_alarms, ground, role, region)
        part = f"names of the alarms of {site.naming.stack(role, region)}"
        yield Look(part, find, (allow(["cloudwatch:DescribeAlarms"], ["*"]),))


def _with_keys(ground: Ground) -> Iterator[tuple[StackRole, str]]:
    site = ground.site
    yield site.primary_role, site.primary_region
    if site.replica_account is None:
        yield from ((site.replica_role(region), region) for region in site.made_replicas)


def _alias(ground: Ground, role: StackRole, region: str) -> Findings:
    alias = ground.site.key_alias
    if ground.stack(role, region).status:
        return
    with explained(f"list the aliases of keys in {region}", service="kms"):
        pages = ground.client("kms", region).get_paginator("list_aliases").paginate()
        taken = any(each["AliasName"] == alias for page in pages for each in page["Aliases"])
    if taken:
        todo = f"`aws kms delete-alias --alias-name {alias} --region {region}`: the key itself stays"
        yield PreflightFinding("PREFLIGHT-NAME", f"{alias} in {region}", "exists, expected a free name", todo)


def _role(ground: Ground) -> Findings:
    site, name = ground.site, ground.site.replication_role
    if ground.stack(site.primary_role, site.primary_region).status:
        return
    with explained(f"look for the role {name}", service="iam"):
        if found_or_none(lambda: ground.client("iam").get_role(RoleName=name), "NoSuchEntity") is None:
            return
    named = f"--role-name {name}"
    inline = f"`aws iam list-role-policies {named}`, `aws iam delete-role-policy {named} --policy-name NAME`"
    todo = f"remove it: {inline}, `aws iam delete-role {named}`"
    yield PreflightFinding("PREFLIGHT-NAME", f"role {name}", "exists, expected a free name", todo)


def _alarms(ground: Ground, role: StackRole, region: str) -> Findings:
    if ground.stack(role, region).status:
        return
    naming = ground.site.naming
    made = {naming.alarm(kind) for kind in kinds(ground.site, role, region)}
    with explained(f"look at the alarms in {region}", service="cloudwatch"):
        found = described(ground.client("cloudwatch", region), AlarmNamePrefix=naming.alarms)
    taken = sorted(made & {str(alarm["AlarmName"]) for alarm in found})
    if taken:
        todo = f"`aws cloudwatch delete-alarms --region {region} --alarm-names {' '.join(taken)}`"
        where = f"{len(taken)} alarms of {ground.site.hostname} in {region}"
        what = f"exist without the stack {naming.stack(role, region)}, expected free names"
        yield PreflightFinding("PREFLIGHT-NAME", where, f"{what}: {', '.join(taken)}", todo)
