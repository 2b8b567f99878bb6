"""Signals while a drill is under way."""

import os
import signal
import threading

import pytest

from s3_failover.operations.drill.interrupts import SIGNALS, Interrupts


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_and_ends_nothing(number, capfd):
    with Interrupts() as interrupts:
        os.kill(os.getpid(), number)
        assert interrupts.asked.wait(60)
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.asked.wait(60)
    assert interrupts.number == number
    assert "what is broken is undone first" in capfd.readouterr().err


def test_afterwards_signals_do_what_they_did():
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ZeroDivisionError), Interrupts():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_in_a_thread_nothing_is_noted_and_nothing_fails():
    found = []

    def enter():
        with Interrupts() as interrupts:
            found.append(interrupts.asked.is_set())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [False]
