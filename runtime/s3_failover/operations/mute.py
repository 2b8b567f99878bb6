"""Mutes alarms while a person causes on purpose what they watch: a planned drill, or a planned move of viewers.

A mute rule of CloudWatch mutes the actions of alarms alone: their states change as ever. It ends by itself, so that a
process that dies leaves nothing muted for long, and an alarm that is still on at that moment notifies its topics then
(CloudWatch User Guide, alarm-mute-rules). An actions suppressor takes a composite alarm above each alarm, to pay for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from s3_failover.config import EDGE_REGION, Site
from s3_failover.config.alarms import in_region
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import explained

_RULES = ("cloudwatch:DeleteAlarmMuteRule", "cloudwatch:GetAlarmMuteRule", "cloudwatch:PutAlarmMuteRule")


@dataclass(frozen=True)
class Mute:
    """Alarms of a site that are muted together.

    `why` is `drill`, for example, and part of the rule's name: the next mute for the same reason replaces it. `alarms`
    are whole names, by region.
    """

    site: Site
    account: Account
    why: str
    alarms: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """The name of the mute rule in each region."""
        return self.site.naming.mute_rule(self.why)

    def begin(self, seconds: float) -> datetime:
        """Mute the alarms from now on, for so many seconds and up to two minutes more; return until when.

        Raises:
            UserError: CloudWatch or this boto3 has no mute rules, a permission is missing, or the rule is not active.
        """
        # Rules begin and end with a minute.
        start = datetime.now(UTC).replace(second=0, microsecond=0)
        minutes = int(seconds // 60) + 2
        for region, names in self.alarms.items():
            with explained(f"mute alarms in {region}", service="cloudwatch"):
                client = self._client(region)
                client.put_alarm_mute_rule(
                    Name=self.name,
                    Description=f"{self.site.hostname}: {self.why} of s3-failover",
                    Rule={"Schedule": {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": f"PT{minutes}M"}},
                    MuteTargets={"AlarmNames": list(names)},
                )
                status = client.get_alarm_mute_rule(AlarmMuteRuleName=self.name)["Status"]
            if status != "ACTIVE":
                raise UserError(f"the mute rule {self.name} in {region} is {status}, expected ACTIVE")
        return start + timedelta(minutes=minutes)

    def end(self) -> None:
        """Let the alarms notify again; one that is on does so at once. Nothing muted is fine, too.

        Raises:
            UserError: CloudWatch refuses.
        """
        for region in self.alarms:
            with explained(f"unmute alarms in {region}", service="cloudwatch"):
                self._client(region).delete_alarm_mute_rule(AlarmMuteRuleName=self.name)

    def _client(self, region: str) -> Any:
        client = self.account.client("cloudwatch", region)
        if not hasattr(client, "put_alarm_mute_rule"):
            raise UserError("this boto3 has no mute rules, expected one of 2026 or later: update it")
        return client


def of(site: Site, account: Account, why: str, kinds: Iterable[str]) -> Mute:
    """Return the mute of alarms by their kinds, in the regions where the site has them; of none it mutes nothing."""
    wanted = {site.naming.alarm(kind) for kind in kinds}
    regions = dict.fromkeys((EDGE_REGION, *site.regions))
    found = {region: tuple(sorted(wanted & in_region(site, region))) for region in regions}
    return Mute(site, account, why, {region: names for region, names in found.items() if names})


def needs(site: Site, account: Account, why: str) -> Policy:
    """Return the statement that lets a user mute: CloudWatch asks for the rule and for each of its alarms."""
    rules = f"arn:aws:cloudwatch:*:{account.id}:alarm-mute-rule:{site.naming.mute_rule(why)}"
    return allow(_RULES, [rules, f"arn:aws:cloudwatch:*:{account.id}:alarm:{site.naming.alarms}*"])
