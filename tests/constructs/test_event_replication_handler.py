"""The handler's parts that need no S3, and what it answers for its messages."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3_failover_constructs.event_replication.handler import index, parts
from s3_failover_constructs.event_replication.handler.listings import Entry, compared
from s3_failover_constructs.event_replication.handler.objects import Bucket
from s3_failover_constructs.event_replication.handler.replicator import Replicator

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LISTINGS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3),
    st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 2)),
    max_size=8,
)


def listing(objects):
    """What S3 lists: by the bytes of the keys."""
    ordered = sorted(objects, key=lambda key: key.encode())
    return [Entry(key, objects[key][0], NOW + timedelta(seconds=objects[key][1])) for key in ordered]


@given(LISTINGS, LISTINGS)
def test_every_key_of_either_listing_is_compared_once_and_in_order(source, copy):
    keys = [key for key, _ in compared(listing(source), listing(copy))]
    assert keys == sorted({*source, *copy}, key=lambda key: key.encode())


@given(LISTINGS, LISTINGS)
def test_a_key_is_worth_a_look_if_one_side_lacks_it_or_its_content_or_is_older(source, copy):
    due = {key for key, differs in compared(listing(source), listing(copy)) if differs}
    both = source.keys() & copy.keys()
    same = {key for key in both if source[key][0] == copy[key][0] and copy[key][1] >= source[key][1]}
    assert due == (source.keys() | copy.keys()) - same


@pytest.mark.parametrize(("etag", "number"), [('"0af3"', 0), ('"0af3-1"', 1), ('"0af3-10000"', 10000)])
def test_the_etag_tells_in_how_many_parts_an_object_came(etag, number):
    assert parts.count(etag) == number


class Queue:
    """A queue that keeps what is sent."""

    def __init__(self):
        self.sent = []
        self.shown_again = []

    def send_message_batch(self, *, QueueUrl, Entries):  # noqa: N803
        assert len(Entries) <= 10
        self.sent += [json.loads(entry["MessageBody"]) for entry in Entries]
        return {"Successful": Entries}

    def change_message_visibility(self, *, QueueUrl, ReceiptHandle, VisibilityTimeout):  # noqa: N803
        self.shown_again.append((ReceiptHandle, VisibilityTimeout))


def replicator(queue, *, copies=("near", "far")):
    return Replicator(
        source=Bucket("source", None), copies=[Bucket(name, None) for name in copies], sqs=queue, queue_url="q"
    )


def test_a_repair_compares_every_copy_from_the_start():
    queue = Queue()
    replicator(queue).carry_out({"repair": {}}, lambda: 900.0)
    assert queue.sent == [{"compare": {"copy": name, "after": ""}} for name in ("near", "far")]


def test_the_test_event_that_s3_sends_first_asks_for_nothing():
    replicator(Queue()).carry_out({"Service": "Amazon S3", "Event": "s3:TestEvent"}, lambda: 900.0)


@pytest.mark.parametrize("message", [{}, {"unheard": "of"}])
def test_a_message_that_asks_for_nothing_known_is_an_error(message):
    with pytest.raises(ValueError, match="expected Records, key, repair or compare"):
        replicator(Queue()).carry_out(message, lambda: 900.0)


def test_keys_of_events_are_decoded(monkeypatch):
    looked_at = []
    monkeypatch.setattr(Replicator, "replicate", lambda self, key, _: looked_at.append(key))
    event = {"Records": [{"s3": {"object": {"key": "a+b/gr%C3%BC%C3%9Fe+%26+%2B.txt"}}}]}
    replicator(Queue()).carry_out(event, lambda: 900.0)
    assert looked_at == ["a b/grüße & +.txt"]


class Context:
    def get_remaining_time_in_millis(self):
        return 900_000


def batch(*bodies, deliveries="1"):
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": f"r{n}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": deliveries},
            }
            for n, body in enumerate(bodies)
        ]
    }


@pytest.fixture
def queue(monkeypatch):
    queue = Queue()
    monkeypatch.setenv("QUEUE_URL", "q")
    monkeypatch.setattr(index, "_sqs", lambda: queue)
    monkeypatch.setattr(index, "_replicator", lambda: replicator(queue))
    return queue


def failed(answer):
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_only_what_failed_is_delivered_again(queue):
    answer = index.handler(batch('{"repair": {}}', "no json", '{"Event": "s3:TestEvent"}'), Context())
    assert failed(answer) == ["m1"]


@pytest.mark.parametrize(("deliveries", "seconds"), [("1", 30), ("2", 60), ("5", 480), ("6", 900), ("100", 900)])
def test_a_failure_is_tried_again_later_each_time(queue, deliveries, seconds):
    index.handler(batch("no json", deliveries=deliveries), Context())
    assert queue.shown_again == [("r0", seconds)]


def test_what_ran_out_of_time_goes_on_at_once(queue, monkeypatch):
    def out_of_time(*_):
        raise parts.OutOfTimeError

    monkeypatch.setattr(Replicator, "carry_out", out_of_time)
    assert failed(index.handler(batch("{}"), Context())) == ["m0"]
    assert queue.shown_again == [("r0", 0)]
