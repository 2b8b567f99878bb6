"""Outages that happened, as scenarios: each has its timeline, its sources, and what must happen to a site.

A region that was hit is the primary's, or the first replica's, of every site that is drilled.
"""

from s3_failover.config import Mode
from s3_failover.drill.expected import BROWN_OUT, NAMES_LOST, PRIMARY_LOST, REPLICA_LOST, Fails, expected
from s3_failover.local.drill.scenarios import Incident, IncidentStep, Scenario, ScenarioFault, ScenarioTarget

_PRIMARY, _REPLICA = ScenarioTarget.PRIMARY, ScenarioTarget.REPLICA
_HOUR, _DAY = 60, 24 * 60

_S3_2017 = Incident(
    "2017-02-28",
    ("https://aws.amazon.com/message/41926/",),
    "S3 in us-east-1; here S3 in the primary region of each site",
    (
        IncidentStep(
            0,
            "9:37 PST: the index of S3 loses too many servers; no GET, LIST, PUT or DELETE is served",
            (ScenarioFault("s3-503", _PRIMARY),),
        ),
        IncidentStep(
            169,
            "12:26: the index begins to serve again; how many requests fail is not public, here 80 %",
            (ScenarioFault("s3-503", _PRIMARY, percent=80),),
        ),
        IncidentStep(221, "13:18: every GET, LIST and DELETE is served; PUT, which no viewer asks for, is at 13:54"),
    ),
)

_CONTROL_PLANES_2025 = Incident(
    "2025-10-20",
    ("https://aws.amazon.com/message/101925/",),
    "DynamoDB in us-east-1, and with it the control planes there; S3, CloudFront and the DNS of Route 53 served",
    (
        IncidentStep(
            0,
            "23:48 PDT: no new connection to DynamoDB; IAM, STS, Lambda, launches of EC2 and more follow",
            (ScenarioFault("control-planes-down"),),
        ),
        IncidentStep(872, "14:20: everything is back"),
    ),
)

_NXDOMAIN_2026 = Incident(
    "2026-02-10",
    (
        "https://mohitmishra786.github.io/TheCoreDump/posts/AWS-CloudFront-DNS-Failure-One-CDN-Layer-Twenty-Platforms-Zero-Warning",
        "https://statusdetector.com/blog/cdn-dns-cloud-outages-cascade",
    ),
    "CloudFront, which has no region; reports of others alone tell of it, and their hours differ",
    (
        IncidentStep(
            0,
            "DNS answers NXDOMAIN for names of distributions",
            (ScenarioFault("cdn-nxdomain"),),
        ),
        IncidentStep(_HOUR, "the names are back; changes of records and certificates took seven hours"),
    ),
)

_REGION_2026 = Incident(
    "2026-03-01",
    (
        "https://apistatuscheck.com/blog/aws-middle-east-drone-strike-outage-march-2026",
        "https://digitrendz.blog/trending-news/177284/amazon-faces-months-of-repairs-after-drone-strikes-on-data-centers/",
    ),
    "me-central-1; here the primary region of each site, with every API of it",
    (
        IncidentStep(
            0,
            "9:46 PST: a second zone loses power, 5 hours after the first; S3 and the rest of the region are lost",
            (ScenarioFault("region-down", _PRIMARY),),
        ),
        IncidentStep(60 * _DAY, "30 April: months more are expected; the drill heals it, to leave sites as they were"),
    ),
)

_DEPLOYMENT_2026 = Incident(
    "2026-03-04",
    ("https://github.com/coreos/fedora-coreos-streams/pull/1209",),
    "me-central-1, where Fedora CoreOS has images; here the first replica region of each site, with every API",
    (
        IncidentStep(
            0,
            "a release cannot copy into a region that is lost; here the sites are deployed",
            (ScenarioFault("region-down", _REPLICA),),
        ),
        IncidentStep(_DAY, "the release went out without it; the drill heals the region, and deploys again"),
    ),
)

_SLOWDOWN = Incident(
    None,
    ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html",),
    "S3 of any region; here that of the primary region of each site",
    (
        IncidentStep(
            0,
            "S3 is scaling, and answers 30 % of requests with 503 SlowDown",
            (ScenarioFault("s3-slowdown", _PRIMARY, percent=30),),
        ),
        IncidentStep(30, "it has scaled"),
    ),
)

INCIDENTS: tuple[Scenario, ...] = (
    Scenario(
        "history-2017-02-28",
        "S3 in us-east-1 serves nothing for three hours, then recovers",
        _S3_2017.steps[0].faults,
        PRIMARY_LOST,
        incident=_S3_2017,
    ),
    Scenario(
        "history-2025-10-20",
        "the control planes in us-east-1 are lost for 15 hours",
        _CONTROL_PLANES_2025.steps[0].faults,
        dict.fromkeys(Mode, expected(False, Fails.NEVER, Fails.NEVER, set())),
        incident=_CONTROL_PLANES_2025,
    ),
    Scenario(
        "history-2026-02-10",
        "DNS does not have CloudFront's names for an hour",
        _NXDOMAIN_2026.steps[0].faults,
        NAMES_LOST,
        incident=_NXDOMAIN_2026,
    ),
    Scenario(
        "history-2026-03-01",
        "a region is lost for months",
        _REGION_2026.steps[0].faults,
        PRIMARY_LOST,
        incident=_REGION_2026,
    ),
    Scenario(
        "history-2026-03-04",
        "the replica's region is lost while the sites are deployed",
        _DEPLOYMENT_2026.steps[0].faults,
        REPLICA_LOST,
        incident=_DEPLOYMENT_2026,
        deploys=True,
    ),
    Scenario(
        "history-slowdown",
        "S3 answers some requests with SlowDown for half an hour",
        _SLOWDOWN.steps[0].faults,
        BROWN_OUT,
        incident=_SLOWDOWN,
    ),
)
"""The outages that happened, the oldest first."""
