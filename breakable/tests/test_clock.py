import threading
import time

import pytest

from breakable_aws.clock import EmbeddedClock
from breakable_aws.clock import EmbeddedClock as EmulatorClock


@pytest.fixture(params=[EmbeddedClock, EmulatorClock], ids=["ours", "the emulator's"])
def clock(request):
    return lambda speed=1.0, started=1000.0: request.param(started, speed)


def test_embedded_time_runs_from_the_start_at_its_speed(clock, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1003.0)
    assert clock().now() == 1003
    assert clock(10).now() == 1030


def test_a_duration_takes_its_part_of_real_time(clock):
    assert (clock().real(60), clock(10).real(60)) == (60, 6)


@pytest.mark.parametrize(
    ("speed", "embedded", "real"), [(1, 4, 4), (2, 4, 2), (4, 4, 1), (10, 4, 1), (60, 2, 0.5), (10, 30, 7.5)]
)
def test_socket_timeouts_run_four_times_as_fast_at_most_and_keep_their_order(clock, speed, embedded, real):
    assert clock(speed).patience(embedded) == real


def test_waiting_takes_its_part_of_real_time_and_ends_with_the_event():
    class Event(threading.Event):
        def wait(self, timeout):
            self.waited = timeout
            return self.is_set()

    clock, event = EmbeddedClock(1000.0, 50.0), Event()
    assert not clock.wait(event, 5)
    assert event.waited == 0.1
    event.set()
    assert clock.wait(event, 3600)
