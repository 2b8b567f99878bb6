import re
import sys
from pathlib import Path

import pytest

from breakable_aws import processes, server
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory

STAND_IN = Path(__file__).parents[1] / "stand_in" / "emulator" / "__main__.py"


@pytest.fixture
def state(tmp_path):
    place = StateDirectory(tmp_path / "state")
    yield place
    server.stop(place, grace=0.2)


@pytest.fixture
def stand_in(state, monkeypatch):
    """A server whose emulator is a small script; see STAND_IN in its `__main__.py`."""
    monkeypatch.setattr(processes, "_NEEDED", re.compile(f"{processes._NEEDED.pattern}|STAND_IN"))
    return Server(state, Path(sys.executable), program=STAND_IN, ready_timeout=60)
