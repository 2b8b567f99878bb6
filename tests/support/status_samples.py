"""Statuses of sites, for tests of how they are shown."""

from datetime import UTC, datetime

import sites

from s3_failover.drill.states import Leg
from s3_failover.operations.legs import LegAnswer
from s3_failover.operations.notes import Notes
from s3_failover.operations.resolvers import Heard, NameServer
from s3_failover.operations.status.alarms import Alarm
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.replication import Lag

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OWN, PUBLIC = NameServer("ns-1.example", "192.0.2.1", authoritative=True), NameServer("Public", "192.0.2.2")


def heard(leads=Leg.DISTRIBUTION, server=OWN, **more):
    return Heard(server, leads, ttl=60, **more)


def check(role, healthy=True, **more):
    return Check(role, f"id-{role}", decides=role == "failover", healthy=healthy, source="route53", **more)


def status(**changes):
    """A site where all is well, but for what is changed."""
    fine = {
        "site": sites.site(),
        "at": NOW,
        "heard": (heard(),),
        "answer": LegAnswer(200, b"", {"X-Amz-Replication-Status": "COMPLETED"}, 0.1),
        "checks": tuple(map(check, ("failover", "primary", "distribution", "secondary"))),
        "lags": (Lag("eu-west-1", "eu-central-1", "to-eu-central-1", 0, 0, 0, 0),),
        "queue": None,
        "alarms": {"us-east-1": (Alarm("shop.example.com/cdn-5xx", "us-east-1", "OK", NOW, {}),)},
        "notes": Notes(),
    }
    return Status(**fine | changes)
