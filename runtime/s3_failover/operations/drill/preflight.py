"""The conditions that a site must meet before a drill breaks anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTP_PORT, HTTPS_PORT

from s3_failover.config import EDGE_REGION, Mode, Site
from s3_failover.drill.expected import Expected
from s3_failover.drill.states import DISTRIBUTION, HEALTHY, SECONDARY, Leg
from s3_failover.errors import UserError
from s3_failover.operations import health_checks, legs
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import copies
from s3_failover.operations.drill.connections import address, no_answer
from s3_failover.operations.drill.names import Servers, Targets, Viewpoint
from s3_failover.operations.refusals import explained
from s3_failover.operations.status.alarms import described


@dataclass(frozen=True)
class Examination:
    """A site that is about to be drilled."""

    site: Site
    account: Account
    where: Targets
    servers: Servers
    key: str

    def objections(self, expected: Expected) -> list[str]:
        """Return why viewers might be hurt, or nothing be learned: a leg that does not serve, an alarm that is on."""
        return [*self._dns(), *self._checks(), *self._legs(), *self._replica(), *self._alarms(expected)]

    def body(self) -> bytes:
        """Return what viewers must get: what the distribution serves now; raise UserError if it does not serve it."""
        answer = self._ask(DISTRIBUTION)
        if answer.status != 200:
            raise UserError(
                f"the distribution answers {answer.status or answer.error} for /{self.key}, expected 200: "
                "ask for another object with --object, or see `s3-failover doctor`"
            )
        return answer.body

    def _dns(self) -> Iterator[str]:
        leg = Viewpoint(self.servers.first, self.site, self.account, self.where).look().leads
        if leg is not DISTRIBUTION:
            yield f"DNS leads {self.site.failover_name} to {leg}, expected the distribution"

    def _checks(self) -> Iterator[str]:
        for role, identifier in health_checks.endpoints(self.site, self.account).items():
            with explained(f"ask how the health check {identifier} is", service="route53"):
                state = health_checks.state(self.account, identifier)
            if state != HEALTHY:
                yield f"the {role}'s health check {identifier} is {state}, expected healthy"

    def _legs(self) -> Iterator[str]:
        answers = {leg: self._ask(leg) for leg in (DISTRIBUTION, SECONDARY)}
        for leg, answer in answers.items():
            if answer.status != 200:
                yield f"the {leg} answers {answer.status or answer.error} for /{self.key}, expected 200"
        # Another CDN may keep what is ours for a while.
        own = self.site.secondary.kind.is_ours
        if own and len({answer.body for answer in answers.values() if answer.status == 200}) > 1:
            yield f"the two legs answer differently for /{self.key}, expected the same bytes"

    def _replica(self) -> Iterator[str]:
        # Another account's bucket is not ours to look into: its distribution leg was asked above.
        if self.site.mode is Mode.HYBRID and self.site.replica_account is None:
            for finding in copies.policies(Deployment(self.site, self.account)):
                yield f"{finding.where} {finding.what}"

    def _alarms(self, expected: Expected) -> Iterator[str]:
        names = [self.site.naming.alarm(name) for name in sorted(expected.alarms | expected.quiet)]
        with explained(f"look at the alarms in {EDGE_REGION}", service="cloudwatch"):
            found = described(self.account.client("cloudwatch", EDGE_REGION), AlarmNames=names)
        for alarm in found:
            if alarm["StateValue"] == "ALARM":
                yield f"the alarm {alarm['AlarmName']} is on, expected it off"

    def _ask(self, leg: Leg) -> legs.LegAnswer:
        secure = leg == DISTRIBUTION or self.site.secondary.kind.speaks_https
        port, tls = (HTTPS_PORT, self.account.tls()) if secure else (HTTP_PORT, None)
        try:
            return address(self.account, self.site.hostname, self.where.of(leg), port=port, tls=tls).get(self.key)
        except OSError as error:
            return no_answer(str(error))


def unwell(objections: list[str]) -> UserError:
    """Return the refusal of a site that is not healthy."""
    return UserError(
        f"not drilled: {'; '.join(objections)}: fix it (`s3-failover doctor` says more), or drill nevertheless with "
        "--even-if-unhealthy"
    )
