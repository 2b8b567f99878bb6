"""What changing a setting of a deployed site does: one row for every setting, and the page that shows them.

`python -m s3_failover.config.changes` prints the page; `--write FILE` writes it.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_HEAD = """# Changing a deployed site

What `npx cdk deploy --all` does when a setting of a deployed site changes, what viewers see meanwhile, and what to do.
No change deletes content.
"""

_LEGEND = """**In place**: one deployment, and nothing is lost or made anew.

**Replaced**: something is made anew, and CloudFormation removes the old one when everything else has succeeded.

**Left**: a stack leaves the app and stays as it is, with its content and its costs, until you delete it
([how](deploy.md)).

**In two deployments**: the first one is stopped at the edge, by `Custom::ContentGuard`, before viewers are sent to a
copy that lacks what they get now. It names the command that fills the copy, and the same deployment then goes on.
`accept_empty_copies = true` goes on without.

**Refused**: nothing is changed.
"""


class How(StrEnum):
    """How a deployment takes a change."""

    IN_PLACE = "in place"
    REPLACED = "replaced"
    LEFT = "left"
    TWO_STEPS = "in two deployments"
    REFUSED = "refused"
    NONE = "no deployment"


@dataclass(frozen=True)
class Change:
    """A change of a deployed site."""

    settings: tuple[str, ...]
    """The settings that it is about, dotted; `cdn.*` stands for all of a table."""
    how: How
    """How a deployment takes it."""
    what: str
    """What happens to resources and content."""
    change: str = ""
    """What is changed, in words; empty for any change of the settings."""
    viewers: str = ""
    """What viewers see meanwhile; empty for nothing."""
    todo: str = ""
    """What to do besides deploying."""


CHANGES = (
    Change(
        ("hostname",),
        How.LEFT,
        "another site is made; the stacks of the former hostname stay and serve it",
        todo="publish to the new site; destroy the former one when its viewers are gone",
    ),
    Change(
        ("primary_region",),
        How.TWO_STEPS,
        "a new primary bucket, empty, and its rules; the former primary's stack is left",
        todo="`s3-failover evacuate --for-good` does it all; or after the first deployment publish everything to the "
        "new primary, then deploy again",
    ),
    Change(
        ("replica_regions",),
        How.IN_PLACE,
        "a replica bucket and a rule; it gets what is published from now on",
        change="a region is added at the end",
        todo="`s3-failover backfill`; bootstrap the region before",
    ),
    Change(
        ("replica_regions",),
        How.LEFT,
        "its rule goes; its stacks stay",
        change="a region other than the first is removed",
    ),
    Change(
        ("replica_regions",),
        How.TWO_STEPS,
        "the new first replica is filled by the rules from now on; the former one's stacks are left",
        change="the first region becomes another one, with an https or external secondary",
        todo="after the first deployment `s3-failover backfill`, then deploy again",
    ),
    Change(
        ("replica_regions", "primary_region"),
        How.REFUSED,
        "the website's bucket is named like the hostname, and bucket names are unique: the first stack is refused",
        change="the first region becomes another one or is exchanged with the primary, with a website secondary",
        todo="change to an https secondary first; or delete the website's stack and its bucket, wait until S3 lets go "
        "of the name, deploy, and backfill: until then there is no secondary",
    ),
    Change(
        ("replica_regions", "primary_region"),
        How.TWO_STEPS,
        "both buckets are made anew, with names of their own; the former ones' stacks are left",
        change="primary and first replica are exchanged, with an https or external secondary",
        todo="after the first deployment publish everything to the new primary, then deploy again",
    ),
    Change(("hosted_zone",), How.REPLACED, "records are made in the new zone, then removed from the former one"),
    Change(
        ("record_name",),
        How.REPLACED,
        "records are made under the new name, then removed under the former one",
        change="to another name",
        viewers="no answer from DNS between the removal and the change of the hostname's CNAME",
        todo="lower the CNAME's TTL; deploy, and make the hostname a CNAME of the new name as soon as that exists",
    ),
    Change(
        ("record_name",),
        How.REPLACED,
        "records are made under the new name, then removed under the hostname, which can be a CNAME only after that",
        change="set",
        viewers="no answer from DNS between the removal and the creation of the hostname's CNAME",
        todo="deploy; make the hostname a CNAME of the new name when CloudFormation has removed the former records",
    ),
    Change(
        ("record_name",),
        How.REPLACED,
        "Route 53 refuses failover records of the hostname while it is a CNAME in the zone",
        change="removed",
        viewers="no answer from DNS between the deletion of the CNAME and the edge's deployment",
        todo="lower the CNAME's TTL, delete the CNAME, and deploy; or leave the setting as it is, which costs nothing",
    ),
    Change(
        ("aliases",),
        How.REPLACED,
        "certificates that are made get the names, and new ones take their place; records and, with a website "
        "secondary, redirecting buckets come or go",
        todo="before, remove records and buckets that have a new alias's name; `s3-failover preflight` names them",
    ),
    Change(
        ("mode",), How.IN_PLACE, "origin group, checks and records; the replica admits the distribution in either mode"
    ),
    Change(
        ("secondary.type",),
        How.TWO_STEPS,
        "the new secondary's stack and bucket; the former secondary's stack is left as it is, a change back finds it",
        todo="after the first deployment `s3-failover backfill`, then deploy again",
    ),
    Change(("secondary.hostname", "secondary.certificate_arn"), How.IN_PLACE, "record and check, or the API's names"),
    Change(("account",), How.LEFT, "another account has another site", change="to another account"),
    Change(("account",), How.IN_PLACE, "names are written in full", change="to the account that it is deployed to"),
    Change(
        ("replica_account",),
        How.TWO_STEPS,
        "replicas in the other account; those of the site's account are left",
        change="with an external secondary",
        todo="after the first deployment `s3-failover backfill`, then deploy again with `accept_empty_copies = true`: "
        "the guard cannot look into another account",
    ),
    Change(
        ("replica_account",),
        How.REFUSED,
        "the website's bucket is named like the hostname, and the former account has that name",
        change="with a website secondary",
        todo="as for another first region",
    ),
    Change(
        ("primary_bucket", "existing.primary_bucket"),
        How.TWO_STEPS,
        "another primary bucket; the former one's stack is left",
        todo="before, put what `s3-failover policies` prints; publish to the new bucket, then deploy again",
    ),
    Change(
        ("existing.replica_buckets", "existing.log_buckets", "existing.cdn_log_bucket"),
        How.LEFT,
        "the bucket that was made stays, without a stack or in one that is left",
        todo="what `s3-failover policies` prints before; back to the bucket that was made: "
        "`npx cdk deploy --all --import-existing-resources`, with `account` set",
    ),
    Change(
        ("certificate_arn", "price_class", "viewer_https", "failover_status_codes"), How.IN_PLACE, "the distribution"
    ),
    Change(
        ("origin_connect_timeout", "origin_read_timeout", "origin_completion_timeout"),
        How.IN_PLACE,
        "the distribution's origins",
    ),
    Change(
        ("distribution_id", "protected_regions"),
        How.IN_PLACE,
        "bucket policies, termination protection",
        todo="only what is deployed: a stale id locks the distribution out of the buckets",
    ),
    Change(("tags",), How.IN_PLACE, "the tags of stacks and resources"),
    Change(("accept_empty_copies",), How.IN_PLACE, "lets the next change pass; remove it afterwards"),
    Change(
        ("health_key",),
        How.IN_PLACE,
        "the new health object is put; the former one stays",
        viewers="in `dns` mode the secondary, from the primary's deployment until the edge's",
    ),
    Change(
        ("health_check_interval",),
        How.REPLACED,
        "health checks; their alarms follow them",
        viewers="nothing: new checks begin healthy",
    ),
    Change(("health_check_threshold", "record_ttl"), How.IN_PLACE, "health checks and records"),
    Change(
        ("index_document", "error_document"),
        How.IN_PLACE,
        "distribution, website and API",
        todo="publish the documents before",
    ),
    Change(
        ("stack_prefix",),
        How.REFUSED,
        "stacks of other names would make the same resources again; the former stacks stay",
        todo="change it back; choose it before the first deployment",
    ),
    Change(
        ("access_logs",),
        How.LEFT,
        "logs are written no more, and the buckets that hold them stay, without a stack",
        change="to `false`",
        todo="delete them when the logs are no longer needed; back: `npx cdk deploy --all --import-existing-resources`",
    ),
    Change(("access_logs",), How.IN_PLACE, "log buckets, and what writes to them", change="to `true`"),
    Change(("noncurrent_version_days", "access_log_days"), How.IN_PLACE, "lifecycle rules"),
    Change(
        ("encryption",),
        How.IN_PLACE,
        "keys, and what encrypts new objects; existing objects stay as they are, and their key is kept",
    ),
    Change(
        ("replication.engine",),
        How.IN_PLACE,
        "to `lambda`: versioning is suspended, rules go, the function comes; and back",
        todo="back to `s3`: `s3-failover backfill`",
    ),
    Change(("replication.two_way",), How.IN_PLACE, "rules on the replicas"),
    Change(
        ("replication.prefixes",),
        How.IN_PLACE,
        "rules; what was copied stays",
        todo="for further prefixes `s3-failover backfill`",
    ),
    Change(
        ("replication.time_control", "replication.delete_markers", "replication.failure_events"),
        How.IN_PLACE,
        "rules and events",
    ),
    Change(("cdn.*",), How.IN_PLACE, "the distribution, its functions and policies"),
    Change(("alarms.*",), How.IN_PLACE, "alarms and topics", todo="new addresses confirm their subscription"),
    Change(("clients.*",), How.LEFT, "the stack of the alarms on clients comes, changes, or is left"),
    Change(
        ("dashboard",),
        How.LEFT,
        "the stack of the dashboards comes or is left; with sites added to the file it changes in place",
        todo="delete a stack that is left: beyond the account's first three, a dashboard costs money",
    ),
    Change(("publish.*",), How.NONE, "the next `s3-failover publish` does it"),
)
"""Every change, in the order of the configuration reference."""


def render() -> str:
    """Return the page in Markdown."""
    rows = [("setting", "change", "how", "what happens", "viewers meanwhile", "what to do"), ("---",) * 6]
    rows += [
        (
            ", ".join(f"`{setting}`" for setting in each.settings),
            each.change or "any",
            each.how.value,
            each.what,
            each.viewers or "nothing",
            each.todo or "deploy",
        )
        for each in CHANGES
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{_HEAD}\n{table}\n\n{_LEGEND}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page, or write it into a file; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m s3_failover.config.changes", description="Changes of a site.")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the page into this file")
    file: Path | None = parser.parse_args(arguments).write
    if file is None:
        sys.stdout.write(render())
    else:
        file.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
