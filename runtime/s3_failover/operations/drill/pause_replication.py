"""`pause-replication`: S3 replicates nothing from the primary, by AWS Fault Injection Service."""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import Mode, Site
from s3_failover.drill.expected import Expected, Fails, expected
from s3_failover.drill.site import DrilledSite
from s3_failover.errors import UserError
from s3_failover.names import tags
from s3_failover.names.site import PREFIX
from s3_failover.operations import permissions
from s3_failover.operations.account import Account
from s3_failover.operations.cost import prices
from s3_failover.operations.drill.fault import AskedFault, DrillFault, FaultPlan, Undo
from s3_failover.operations.drill.probe import DrillProbe, key_of
from s3_failover.operations.refusals import code, explained, found_or_none

TAG = f"{PREFIX}drill"
"""The tag by which the undo finds what the drill made, even if it was killed before AWS answered."""

ACTION = "aws:s3:bucket-pause-replication"
"""The FIS action that pauses replication (FIS User Guide, fis-actions-reference); it lasts at least a minute."""

PATIENCE = 120.0
"""Seconds in which an experiment must be running."""

SHORTEST = 120.0
"""The default duration in seconds."""

_ENDING = ("completed", "stopping", "stopped", "failed", "cancelled")


class PauseReplication(DrillFault):
    """Pauses replication from the primary bucket to every replica; it goes on by itself when the experiment ends."""

    name = "pause-replication"
    title = "S3 replicates nothing from the primary"
    service = "fis"
    expected = dict.fromkeys(Mode, expected(False, Fails.NEVER, Fails.NEVER, set()))

    def exercises(self, _site: Site) -> str:
        """Return which promise of the site it puts to the test."""
        return "viewers notice nothing, and what is published meanwhile arrives at every replica afterwards"

    def plan(self, asked: AskedFault) -> FaultPlan:
        """Return the experiment; raise UserError if no role is named, or S3 does not replicate this site."""
        site = asked.site
        if not site.versioned:
            raise UserError(
                f"sites.{site.name}.replication.engine is {site.replication.engine.value}, expected s3: "
                f"{self.name} pauses S3 Replication"
            )
        if site.replica_account is not None:
            raise UserError(
                f"sites.{site.name}.replica_account is {site.replica_account}, expected none: {self.name} looks into "
                "the replicas, which these credentials cannot"
            )
        if asked.fis_role is None:
            raise UserError(
                f"{self.name} needs a role for AWS Fault Injection Service, got none: name one with --fis-role ARN; "
                "docs/operate/drill.md says what it may do",
                exit_code=2,
            )
        _require_tags(asked)
        minutes = max(1, math.ceil((asked.until - datetime.now(UTC)).total_seconds() / 60))
        bucket = site.names(asked.account.id).primary
        undo = {
            "drill": asked.drill,
            "region": site.primary_region,
            "bucket": bucket,
            "tags": tags.of_primary(site.hostname),
            "replicas": list(site.replica_regions),
            "role": asked.fis_role,
            "minutes": minutes,
        }
        where = f"from {bucket} to {', '.join(site.replica_regions)}"
        return FaultPlan(
            undo,
            (
                f"create an experiment template of FIS in {site.primary_region}, tagged {TAG}={asked.drill}: {ACTION} "
                f"{where} for PT{minutes}M, with the role {asked.fis_role}",
                f"start an experiment from it: AWS FIS charges {price(site, minutes):.2f} USD",
            ),
            ("stop the experiment", "delete the template; both are found by their tag"),
        )

    def begin(self, account: Account, undo: Undo) -> None:
        """Create the template, start the experiment, wait until it runs; raise UserError with FIS's reason if not."""
        fis = account.client("fis", undo["region"])
        of_drill = {TAG: undo["drill"]}
        template = fis.create_experiment_template(
            clientToken=f"{undo['drill']}-template", tags=of_drill, **template_of(undo)
        )["experimentTemplate"]["id"]
        experiment = fis.start_experiment(
            clientToken=f"{undo['drill']}-experiment", experimentTemplateId=template, tags=of_drill
        )["experiment"]
        end = time.monotonic() + PATIENCE
        while (status := experiment["state"]["status"]) != "running":
            if status in _ENDING or time.monotonic() > end:
                reason = experiment["state"].get("reason", "")
                raise UserError(f"the experiment {experiment['id']} is {status}, expected running: {reason}")
            time.sleep(1)
            experiment = fis.get_experiment(id=experiment["id"])["experiment"]

    def is_undo(self, undo: Undo) -> bool:
        """Return whether a record names the drill, and the region of its experiment."""
        return isinstance(undo.get("drill"), str) and isinstance(undo.get("region"), str)

    def undo(self, account: Account, undo: Undo) -> bool:
        """Stop what runs and delete the template, found by the drill's tag."""
        fis = account.client("fis", undo["region"])
        return any([*_stop(fis, undo["drill"]), *_delete(fis, undo["drill"])])

    def lasts(self, _drilled: DrilledSite, _expected: Expected) -> float:
        """Return how many seconds it must last: there is nothing to wait for while it does."""
        return SHORTEST

    def probe(self, asked: AskedFault) -> DrillProbe:
        """Return the object that must arrive late."""
        return DrillProbe(asked.site, asked.account, asked.drill)

    def statements(self, site: Site, account: Account) -> list[dict[str, Any]]:
        """Return what it takes to run the experiment, and to publish an object that must arrive late."""
        actions = [
            "fis:CreateExperimentTemplate",
            "fis:DeleteExperimentTemplate",
            "fis:GetExperiment",
            "fis:ListExperimentTemplates",
            "fis:ListExperiments",
            "fis:StartExperiment",
            "fis:StopExperiment",
            "fis:TagResource",
        ]
        names = site.names(account.id)
        primary = f"arn:aws:s3:::{names.primary}"
        probe = key_of(site, "*")
        copies = [f"arn:aws:s3:::{names.replica(region)}/{probe}" for region in site.replica_regions]
        keys = permissions.keys(site, account)
        passed = {"StringEquals": {"iam:PassedToService": "fis.amazonaws.com"}}
        # FIS makes its role when an account's first experiment starts (FIS User Guide, using-service-linked-roles).
        linked = {"StringEquals": {"iam:AWSServiceName": "fis.amazonaws.com"}}
        role = f"arn:aws:iam::{account.id}:role/aws-service-role/fis.amazonaws.com/AWSServiceRoleForFIS"
        return [
            {"Effect": "Allow", "Action": actions, "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": passed},
            {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": role, "Condition": linked},
            {"Effect": "Allow", "Action": "s3:GetBucketTagging", "Resource": primary},
            {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": f"{primary}/{probe}"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": copies},
            *([keys] if keys else []),
        ]


def price(site: Site, minutes: int) -> Decimal:
    """Return what the experiment costs in US dollars: FIS charges each action for each minute (AWS FIS pricing)."""
    return len(site.replica_regions) * minutes * prices.load().price("fis-action", site.primary_region).each


def template_of(undo: Undo) -> dict[str, Any]:
    """Return the experiment template: one action for each replica's region, all at once."""
    actions = {
        f"pause-{region}": {
            "actionId": ACTION,
            "parameters": {"duration": f"PT{undo['minutes']}M", "region": region},
            "targets": {"Buckets": "primary"},
        }
        for region in undo["replicas"]
    }
    return {
        "description": f"s3-failover drill {undo['drill']}: pause replication from {undo['bucket']}",
        "roleArn": undo["role"],
        "stopConditions": [{"source": "none"}],
        # By tags: this action takes no ARNs (FIS User Guide, fis-actions-reference).
        "targets": {"primary": {"resourceType": "aws:s3:bucket", "resourceTags": undo["tags"], "selectionMode": "ALL"}},
        "actions": actions,
    }


def _require_tags(asked: AskedFault) -> None:
    site, bucket = asked.site, asked.site.names(asked.account.id).primary
    wanted = tags.of_primary(site.hostname)
    with explained(f"look at the tags of {bucket}"):
        client = asked.account.client("s3", site.primary_region)
        told = found_or_none(lambda: client.get_bucket_tagging(Bucket=bucket)["TagSet"], "NoSuchTagSet")
    found = {tag["Key"]: tag["Value"] for tag in told or ()}
    missing = [f"{key}={value}" for key, value in wanted.items() if found.get(key) != value]
    if missing:
        raise UserError(
            f"{bucket} does not have the tags {', '.join(missing)}, by which alone FIS finds a bucket: "
            "deploy again with `npx cdk deploy --all`, or tag a bucket that was there before yourself"
        )


def _stop(fis: Any, drill: str) -> Iterator[bool]:
    for experiment in _tagged(fis, "list_experiments", "experiments", drill):
        if experiment["state"]["status"] not in _ENDING:
            try:
                fis.stop_experiment(id=experiment["id"])
            except ClientError as error:
                if not _has_ended(fis, experiment["id"], code(error)):
                    raise
            yield True


def _has_ended(fis: Any, experiment: str, refusal: str) -> bool:
    """Return whether FIS refuses to stop an experiment because it ended by itself in between."""
    if refusal in ("ConflictException", "ValidationException"):
        return fis.get_experiment(id=experiment)["experiment"]["state"]["status"] in _ENDING
    return refusal == "ResourceNotFoundException"


def _delete(fis: Any, drill: str) -> Iterator[bool]:
    for template in _tagged(fis, "list_experiment_templates", "experimentTemplates", drill):
        fis.delete_experiment_template(id=template["id"])
        yield True


def _tagged(fis: Any, operation: str, key: str, drill: str) -> Iterator[dict[str, Any]]:
    pages = fis.get_paginator(operation).paginate()
    yield from [each for page in pages for each in page[key] if each.get("tags", {}).get(TAG) == drill]
