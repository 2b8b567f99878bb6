"""What alarms say: what each means, what viewers see, what to run, and where the runbook says more."""

from dataclasses import dataclass

from s3_failover.names import alarms
from s3_failover.names.runbook import Runbook

LONGEST = 1024
"""Characters of an alarm's description (CloudWatch API, PutMetricAlarm)."""


@dataclass(frozen=True)
class AlarmText:
    """The text of one kind of alarm.

    `means` and `viewers` may name values in braces. `run` is the command without its first word and the site.
    """

    kind: str
    means: str
    viewers: str
    run: str

    def said(self, runbook: Runbook | None = None, *, means: str | None = None, **values: str) -> str:
        """Return the description of an alarm: with a runbook, its command and its section too.

        Args:
            runbook: where to read more.
            means: what it means, in place of the text here.
            values: what the text names in braces.
        """
        text = means or f"{self.means} {self.viewers}".format(**values)
        if runbook is None:
            return text
        return f"{text} Run: {runbook.command(self.run)} Runbook: {runbook.section(self.kind)}"


_LATER = "Viewers notice nothing now; after a failover they would get old content."

FAILOVER = AlarmText(
    alarms.FAILOVER,
    "DNS has moved viewers to the secondary.",
    "Viewers get the secondary's content; over HTTPS they get errors where the secondary is a website.",
    "status",
)
PRIMARY = AlarmText(
    alarms.PRIMARY,
    "The primary does not serve its health object.",
    "In hybrid mode viewers get the replica's content; in dns mode DNS moves them next.",
    "status",
)
DISTRIBUTION = AlarmText(
    alarms.DISTRIBUTION,
    "The distribution does not serve the health object.",
    "Viewers may get errors until DNS has moved them to the secondary.",
    "status",
)
SECONDARY = AlarmText(
    alarms.SECONDARY,
    "The secondary does not serve: a failover has nowhere to go.",
    "Viewers notice nothing while the primary serves.",
    "doctor",
)
STRANDED = AlarmText(
    alarms.STRANDED,
    "DNS has moved to a secondary that does not serve.",
    "Viewers get errors.",
    "status",
)
CDN_ERRORS = AlarmText(
    alarms.CDN_ERRORS,
    "More than {percent} % of viewer requests get a 5xx from the distribution.",
    "Those viewers see an error.",
    "status",
)
CERTIFICATE = AlarmText(
    alarms.CERTIFICATE,
    "The certificate ends in less than {days} days: it was not renewed.",
    "Viewers notice nothing until then; afterwards browsers refuse the site over HTTPS.",
    "doctor",
)
CAPACITY = AlarmText(
    alarms.CAPACITY,
    "The distribution gets more than {requests} requests a second, more than the secondary is known to answer.",
    "Viewers notice nothing now; after a failover some would get errors.",
    "doctor",
)
MONITOR_FAILING = AlarmText(
    alarms.MONITOR_FAILING,
    "Seen from another region, the site, its secondary or its primary bucket does not answer. Alarms in us-east-1 may "
    "be lost.",
    "Viewers may get errors, or the secondary's content; the monitor's log names what does not answer.",
    "status",
)
MONITOR_SILENT = AlarmText(
    alarms.MONITOR_SILENT,
    "The monitor has not asked the site for {minutes} minutes.",
    "What viewers see is unknown here: the alarms in us-east-1 tell.",
    "status",
)
LATENCY = AlarmText(alarms.REPLICATION_LATENCY, "{copy} is more than {late} behind the primary.", _LATER, "verify")
PENDING = AlarmText(alarms.REPLICATION_PENDING, "Operations pile up on the way to {copy}.", _LATER, "verify")
FAILED = AlarmText(
    alarms.REPLICATION_FAILED,
    "Objects failed to replicate to {copy}, and S3 does not try again.",
    _LATER,
    "backfill run",
)
EVENTS_LATENCY = AlarmText(
    alarms.REPLICATION_LATENCY, "Changes wait {late} or more to be copied to the replicas.", _LATER, "verify"
)
EVENTS_PENDING = AlarmText(alarms.REPLICATION_PENDING, "Changes pile up on the way to the replicas.", _LATER, "verify")
DEAD_LETTERS = AlarmText(
    alarms.REPLICATION_DEAD_LETTERS,
    "The function that copies gave up changes after many attempts: fix the cause, then move the dead letters back.",
    _LATER,
    "verify",
)
REGION_FAILING = AlarmText(
    alarms.REGION_FAILING,
    "{hosts} cannot read from S3 in {region}.",
    "Callers notice nothing: their requests go to the other regions.",
    "status",
)
REGION_MISCONFIGURED = AlarmText(
    alarms.REGION_MISCONFIGURED,
    "A host may not read from its bucket in {region}, or does not find it: permissions, keys or the bucket's name are "
    "wrong.",
    "Callers notice nothing now, but {region} is no copy to rely on.",
    "doctor",
)
ALL_REGIONS_FAILING = AlarmText(
    alarms.ALL_REGIONS_FAILING,
    "A host cannot read from S3 in any region.",
    "Its callers get errors, or a stale file.",
    "status",
)
EXHAUSTED = AlarmText(
    alarms.EXHAUSTED,
    "A request got nothing from any region, or not by its deadline.",
    "Its caller got an error.",
    "status",
)
LOCAL_FAULTS = AlarmText(
    alarms.LOCAL_FAULTS,
    "A host could not ask S3, or not keep the answer: its credentials, its clock, its disk or a parameter are at "
    "fault, and no region is.",
    "Its caller got an error that says which.",
    "status",
)
REFUSED = AlarmText(
    alarms.REFUSED,
    "Every region refused a request: the host's permissions, keys or buckets are wrong, or objects lack the checksum "
    "that it requires.",
    "Its caller got an error.",
    "doctor",
)
METRICS_ABSENT = AlarmText(
    alarms.METRICS_ABSENT,
    "No host of {service} has published its gauges for {absent}: the hosts are down or gone, or may not or cannot "
    "reach CloudWatch.",
    "What callers see is unknown: the other alarms on clients are blind.",
    "status",
)
