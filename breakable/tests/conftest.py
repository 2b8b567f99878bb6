"""Settings and fixtures for all tests of the embedded AWS."""

import signal

import pytest
from stand_ins import stand_in, state

from breakable_aws import commands
from breakable_aws.fixtures import embedded_aws, healthy_aws

__all__ = ["embedded_aws", "healthy_aws", "stand_in", "state"]

# A shell starts jobs in the background with Ctrl-C ignored, and so would be whatever the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_words(monkeypatch):
    """Messages advise this package's own calls, whatever program wraps it in this process."""
    monkeypatch.setattr(commands, "advised", commands.Commands())
