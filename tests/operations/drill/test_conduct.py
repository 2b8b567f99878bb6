"""The phases of a drill, by a clock that runs as fast as it is asked."""

import pytest

from s3_failover.errors import UserError
from s3_failover.operations.drill.conduct import Conductor
from s3_failover.operations.drill.interrupts import Interrupts


class Clock:
    """A clock on which every wait is over at once."""

    speed = 1.0

    def __init__(self):
        self.at = 1000.0

    def now(self):
        return self.at

    def real(self, seconds):
        self.at += min(seconds, 1.0)
        return 0


class Subject:
    """A site on which everything happens after some seconds."""

    calm, unrest = True, "sites.shop: primary's checkers is unhealthy"
    least, patience, rest = 20.0, 100.0, 60.0

    def __init__(self, clock, *, happens=50, returns=30):
        self.clock, self.happens, self.returns = clock, happens, returns

    def settled(self, outage):
        return self.clock.now() >= outage + self.happens

    def returned(self, healing):
        return self.clock.now() >= healing + self.returns


class Outage:
    name, delay = "deny-primary", 0.0

    def __init__(self, *, fails=False):
        self.fails, self.done = fails, []

    def prepare(self):
        self.done.append("prepare")

    def begin(self):
        self.done.append("begin")
        if self.fails:
            raise ZeroDivisionError

    def last(self, conductor):
        conductor.last()

    def undo(self):
        self.done.append("undo")

    def arrived(self):
        return True


def conductor(outage=None, *, calm=10, interrupts=None, **subject):
    clock = Clock()
    phases = []
    made = Conductor(
        [Subject(clock, **subject)],
        outage or Outage(),
        clock,
        calm=calm,
        look=lambda phase, _: phases.append(phase),
        interrupts=interrupts,
    )
    return made, phases


@pytest.mark.parametrize(("happens", "lasted"), [(50, 50), (5, 20), (500, 100)])
def test_an_outage_lasts_until_all_has_happened_but_neither_too_short_nor_longer_than_patience(happens, lasted):
    made, phases = conductor(happens=happens)
    made.run()
    assert made.outage == 1010
    assert made.healing - made.outage == lasted
    assert list(dict.fromkeys(phases)) == ["calm", "outage", "healing", "after"]


def test_after_the_return_the_last_answer_of_the_outage_is_waited_for_and_then_calm():
    made, _ = conductor()
    made.run()
    assert made.end - made.healing == 30 + 60 + 10


def test_what_is_half_begun_is_undone():
    outage = Outage(fails=True)
    made, _ = conductor(outage)
    with pytest.raises(ZeroDivisionError):
        made.run()
    assert outage.done == ["prepare", "begin", "undo"]


@pytest.mark.parametrize(
    ("phase", "broken", "done"),
    [("calm", "nothing was broken", []), ("outage", "what was broken is undone", ["prepare", "begin", "undo"])],
)
def test_an_interruption_ends_it_once_nothing_is_broken(phase, broken, done):
    interrupts, outage = Interrupts(), Outage()
    made, _ = conductor(outage, interrupts=interrupts)

    def look(now, _conductor):
        if now == phase:
            interrupts.number = 2
            interrupts.asked.set()

    made._look = look
    with pytest.raises(UserError, match=f"interrupted: {broken}") as raised:
        made.run()
    assert (raised.value.exit_code, outage.done) == (130, done)


def test_a_terminal_that_is_gone_does_not_end_it():
    made, _ = conductor()

    def gone(_phase, _conductor):
        raise OSError

    made._look = gone
    made.run()
    assert made.end


def test_a_site_that_does_not_become_calm_is_named_with_what_it_is():
    made, _ = conductor()
    made.require_calm()
    made.runs[0].calm = False
    with pytest.raises(UserError, match=r"deny-primary: sites\.shop: primary's checkers is unhealthy, expected"):
        made.require_calm()
