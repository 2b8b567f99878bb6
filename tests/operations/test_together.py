"""Looks that are begun now and taken later."""

import threading

import pytest

from s3_failover.errors import UserError
from s3_failover.operations.refusals import UnavailableError
from s3_failover.operations.together import Later


def raising(error):
    raise error


def test_what_was_found_is_taken_later():
    later = Later(lambda: 7)
    assert (later.within(60), later.within(0)) == (7, 7)


def test_what_does_not_answer_in_time_is_unavailable():
    answered = threading.Event()
    later = Later(answered.wait)
    with pytest.raises(UnavailableError, match=r"^there was no answer within 0.01 s"):
        later.within(0.01)
    answered.set()
    assert later.within(60) is True


def test_a_refusal_stays_what_it_is_and_what_was_not_expected_may_work_later():
    with pytest.raises(UserError, match="denied") as caught:
        Later(lambda: raising(UserError("denied"))).within(60)
    assert not isinstance(caught.value, UnavailableError)
    with pytest.raises(UnavailableError, match=r"^the answer was unexpected, KeyError: 'a'"):
        Later(lambda: raising(KeyError("a"))).within(60)
