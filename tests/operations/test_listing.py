"""Listings of a bucket, whose next page is on its way while the last one is used."""

import threading
from datetime import UTC, datetime

from s3_failover.operations.listing import entries

VERSION = {
    "VersionId": "v",
    "IsLatest": True,
    "Size": 1,
    "ETag": '"a"',
    "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
}


class Pages:
    """A client whose second page does something before it comes."""

    def __init__(self, before):
        self.before = before

    def get_paginator(self, _operation):
        return self

    def paginate(self, **_arguments):
        yield {"Versions": [{"Key": "a", **VERSION}]}
        self.before()
        yield {"Versions": [{"Key": "b", **VERSION}]}


def test_a_listing_may_be_closed_by_the_thread_that_fetches_its_next_page():
    """As the garbage collector does with one that an error left."""
    listed, ended = threading.Event(), []

    def close():
        assert listed.wait(60)
        try:
            found.close()
        except BaseException as error:
            ended.append(error)
        else:
            ended.append(None)
        over.set()

    over = threading.Event()
    found = entries(Pages(close), "bucket")
    assert [each.key for each in next(found)] == ["a"]
    listed.set()
    assert over.wait(60)
    assert ended == [None]
