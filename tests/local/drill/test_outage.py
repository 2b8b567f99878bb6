"""In what order a drill of an embedded AWS begins."""

from types import SimpleNamespace
from typing import ClassVar
from unittest.mock import MagicMock

import pytest

from s3_failover.errors import UserError
from s3_failover.local.drill import outage

BEGUN = ["watched", "calm", "viewed", "broken"]


class Recorder:
    """A run and its conductor, which note what is done with them."""

    done: ClassVar[list[str]]
    calm: ClassVar[bool]

    def __init__(self, *_, **__):
        pass

    def __class_getitem__(cls, _):
        return cls

    def start(self, _stack):
        self.done.append("watched")

    def view(self, _stack):
        self.done.append("viewed")

    def require_calm(self):
        self.done.append("calm")
        if not self.calm:
            raise UserError("a site did not become healthy")

    def run(self):
        self.done.append("broken")

    def outcome(self, *_):
        return MagicMock()


def begun(monkeypatch, *, calm):
    """Return what a drill does until it has an outcome, or is refused."""
    done = []
    recorder = type("Recorder", (Recorder,), {"done": done, "calm": calm})
    for name in ("SiteRun", "Conductor"):
        monkeypatch.setattr(outage, name, recorder)
    for name in ("account_of", "clock_of", "resolver_of", "_targets"):
        monkeypatch.setattr(outage, name, lambda *_: None)
    monkeypatch.setattr(outage.names, "servers", lambda *_: None)
    monkeypatch.setattr(outage.objects, "publish_settled", lambda *_: None)
    monkeypatch.setattr(outage.faults, "heal", lambda *_: None)
    scenario = MagicMock(deploys=False, faults=(), every_fault=(), incident=None)
    try:
        outage.drill(scenario, [SimpleNamespace(site=None)], None, look=print, say=print, deploy=print)
    except UserError:
        done.append("refused")
    return done


@pytest.mark.parametrize(("calm", "done"), [(True, BEGUN), (False, [*BEGUN[:2], "refused"])])
def test_viewers_begin_when_the_site_is_calm_as_their_resolvers_would_keep_that_it_is_not_there(
    monkeypatch, calm, done
):
    assert begun(monkeypatch, calm=calm) == done
