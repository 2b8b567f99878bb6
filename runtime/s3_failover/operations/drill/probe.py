"""An object that is published while replication is paused: it must arrive at every replica, but not before the end."""

import time
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import Names, Site
from s3_failover.drill.report import Held
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import explained


def key_of(site: Site, drill: str) -> str:
    """Return the key of a drill's object: below what is replicated, and named by the drill's id."""
    return f"{next(iter(site.replication.prefixes), '')}_s3-failover/drill-{drill}.txt"


@dataclass
class DrillProbe:
    """The object of one drill.

    `arrived` is when it was first seen in each replica's region.
    """

    site: Site
    account: Account
    drill: str
    arrived: dict[str, float] = field(default_factory=dict)
    _published: bool = False

    @property
    def key(self) -> str:
        """Its key."""
        return key_of(self.site, self.drill)

    def publish(self) -> None:
        """Put it into the primary bucket."""
        self._published = True
        with explained(f"publish {self.key}"):
            self._s3(self.site.primary_region).put_object(
                Bucket=self._names.primary, Key=self.key, Body=b"s3-failover drill\n", ContentType="text/plain"
            )

    def remove(self) -> None:
        """Delete it again, if it was published; the versions expire as all do."""
        if not self._published:
            return
        with explained(f"delete {self.key}"):
            self._s3(self.site.primary_region).delete_object(Bucket=self._names.primary, Key=self.key)

    def look(self) -> bool:
        """Look where it is by now; return whether it is everywhere."""
        for region in self.site.replica_regions:
            if region not in self.arrived and self._is_in(region):
                self.arrived[region] = time.time()
        return len(self.arrived) == len(self.site.replica_regions)

    def judge(self, healing: float) -> list[Held]:
        """Return whether it arrived everywhere, and nowhere before the fault was over."""
        early = sorted(region for region, at in self.arrived.items() if at < healing)
        late = [region for region in self.site.replica_regions if region not in self.arrived]
        limit = self.site.alarms.replication_latency_seconds
        took = max((at - healing for at in self.arrived.values()), default=0)
        return [
            Held(
                expectation="what is published meanwhile is in no replica before the fault is over",
                held=not early,
                seen=f"it was in {', '.join(early)}" if early else "in none",
            ),
            Held(
                expectation=f"what is published meanwhile is in every replica within {limit} s afterwards",
                held=not late,
                seen=f"not in {', '.join(late)}" if late else f"after {took:.0f} s",
            ),
        ]

    @property
    def _names(self) -> Names:
        return self.site.names(self.account.id)

    def _is_in(self, region: str) -> bool:
        try:
            self._s3(region).head_object(Bucket=self._names.replica(region), Key=self.key)
        except (BotoCoreError, ClientError):
            return False
        return True

    def _s3(self, region: str) -> Any:
        return self.account.client("s3", region)
