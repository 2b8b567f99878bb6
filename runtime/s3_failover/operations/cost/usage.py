"""How much is stored, changed and read: quantities that an option gives, AWS measures, or `cost` assumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from s3_failover.errors import UserError
from s3_failover.operations.cost.numbers import decimal, meant
from s3_failover.operations.cost.quantity import Basis, Quantity

MOST = Decimal(10) ** 15
"""Beyond it a number is a mistake."""


@dataclass(frozen=True)
class Assumption:
    """A number that the configuration does not tell."""

    name: str
    """As in `stored_gb`; the option is `--stored-gb`."""
    default: Decimal
    """What is assumed."""
    what: str
    """What it is, for people."""
    most: Decimal = MOST
    """The largest value that makes sense."""
    whole: bool = False
    """Whether there are only whole ones."""

    @property
    def option(self) -> str:
        """The option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    def given(self, text: str) -> Quantity:
        """Return what the option says it is; raise UserError if that is no number from 0 to `most`, or no whole one."""
        value = decimal(text)
        if value is None or not self._sensible(value):
            kind = "a whole number" if self.whole else "a number"
            end = f"to {self.most}" if self.most < MOST else "upwards"
            hint = meant(text, share=self.most == 1, gb=self.name.endswith("_gb"))
            example = hint if hint is not None and self._sensible(hint) else self.default or Decimal(1)
            raise UserError(
                f"{self.option} is {text!r}, expected {kind} from 0 {end}, like {example.normalize():,f}: {self.what}"
            )
        return Quantity(value, Basis.GIVEN)

    def _sensible(self, value: Decimal) -> bool:
        return value <= self.most and (not self.whole or value == value.to_integral_value())


def _all(*assumptions: Assumption) -> dict[str, Assumption]:
    return {each.name: each for each in assumptions}


ASSUMPTIONS: Mapping[str, Assumption] = _all(
    Assumption("stored_gb", Decimal(10), "GB in the primary, old versions not counted"),
    Assumption("objects", Decimal(10_000), "objects in the primary, old versions not counted", whole=True),
    Assumption("changed_gb", Decimal(2), "GB that are written or overwritten a month"),
    Assumption("changed_objects", Decimal(2_000), "objects that are written or overwritten a month"),
    Assumption("overwritten", Decimal("0.5"), "share of the changed GB that replaces something older", Decimal(1)),
    Assumption("publishes", Decimal(20), "runs of publish a month; each looks at every object"),
    Assumption("invalidated_paths", Decimal(500), "paths that are invalidated a month"),
    Assumption("viewer_requests", Decimal(1_000_000), "requests of viewers a month"),
    Assumption("viewer_gb", Decimal(100), "GB that viewers get a month"),
    Assumption("cache_hits", Decimal("0.9"), "share of viewers' requests that the CDN answers itself", Decimal(1)),
    Assumption("dns_queries", Decimal(1_000_000), "DNS queries for the record name a month"),
    Assumption("hosts", Decimal(3), "hosts that read through the client", whole=True),
    Assumption("host_requests", Decimal(1_000_000), "objects that all hosts read a month"),
    Assumption("host_gb", Decimal(10), "GB that all hosts read a month"),
    Assumption("alarm_messages", Decimal(20), "messages of alarms a month, to each address"),
    Assumption("outage_hours", Decimal(0), "hours of the month in which the primary region is lost", Decimal(730)),
)
"""All assumptions, by name."""


@dataclass(frozen=True)
class Usage:
    """How much of everything there is."""

    quantities: Mapping[str, Quantity]
    """By the names of `ASSUMPTIONS`."""
    gb_by_region: Mapping[str, Quantity] = field(default_factory=dict)
    """GB of all versions together in the bucket of a region, where that was measured."""
    unknown: tuple[str, ...] = ()
    """What was looked for in the account and not found."""

    def __getitem__(self, name: str) -> Quantity:
        return self.quantities[name]


def told(given: Mapping[str, str | None]) -> Usage:
    """Return what the command line gives, and defaults for the rest; raise UserError if a value makes no sense."""
    quantities = {}
    for name, assumption in ASSUMPTIONS.items():
        text = given.get(name)
        quantities[name] = Quantity(assumption.default, Basis.ASSUMED) if text is None else assumption.given(text)
    return Usage(quantities)
