from itertools import count

import pytest
from publishing import Bucket, Leg
from sites import site

from s3_failover.operations import legs
from s3_failover.operations.account import Account
from s3_failover.operations.publish import Publication, PublishOptions


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def bucket():
    return Bucket()


@pytest.fixture
def run(bucket, tmp_path, monkeypatch):
    """Publishes the directory of the test, where each file is as large as an object."""
    read = []
    monkeypatch.setattr(legs, "legs", lambda site, account: [Leg(read)])
    monkeypatch.setattr(legs, "secondary", lambda site, account: Leg(read))

    def run(*, more="", say=lambda line: None, **options):
        account = Account("123456789012", bucket.client)
        publication = Publication(site(more=more), account, PublishOptions(**{"replica_seconds": 0.2, **options}))
        return publication.run(publication.changes(tmp_path), say=say)

    run.read = read
    return run


@pytest.fixture
def said(monkeypatch):
    """The messages while nothing arrives, with a clock that goes on by ten seconds at each look."""
    clock, lines = count(0, 10), []
    monkeypatch.setattr("s3_failover.operations.waiting.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("s3_failover.operations.waiting.time.sleep", lambda seconds: None)
    return lines
