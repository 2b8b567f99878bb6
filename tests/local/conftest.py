import re
import sys
from pathlib import Path

import pytest

from s3_failover.local import processes, server
from s3_failover.local.server import Server
from s3_failover.local.state import StateDirectory

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture
def state(tmp_path):
    place = StateDirectory(tmp_path / "state")
    yield place
    server.stop(place, grace=0.2)


@pytest.fixture
def stand_in(state, monkeypatch):
    """A server whose emulator is a small script; see STAND_IN in its `__main__.py`."""
    monkeypatch.setattr(processes, "_NEEDED", re.compile(f"{processes._NEEDED.pattern}|STAND_IN"))
    return Server(state, Path(sys.executable), code=STAND_IN, ready_timeout=60)
