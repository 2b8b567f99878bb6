"""The names of alarms that have one, and where their descriptions lead."""

from aws_cdk import Token

from s3_failover.names import alarms
from s3_failover.names.runbook import Runbook
from s3_failover.values import LONGEST_NAME, Misfit
from s3_failover_constructs.arguments import fits, instance


def alarm_name(name: str | None, kind: str) -> str | None:
    """Return an alarm's name, as in `assets.example.com/cdn-5xx`; None where one is to be generated.

    Raises:
        ValueError: it is longer than CloudWatch takes.
    """
    if name is None:
        return None
    whole = alarms.name(name, kind)
    if len(whole) > LONGEST_NAME and not Token.is_unresolved(whole):
        expected = f"at most {LONGEST_NAME - len(whole) + len(name)} characters before /{kind}, not {len(name)}"
        fits("name", [Misfit(name, expected, "choose a shorter one")])
    return whole


def a_runbook(runbook: Runbook | None) -> Runbook | None:
    """Return a runbook unchanged.

    Raises:
        TypeError: it is another type.
    """
    instance("runbook", runbook, Runbook)
    return runbook
