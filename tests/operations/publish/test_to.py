"""A publication to another copy than the primary."""

import pytest
from publishing import Bucket
from sites import site

from s3_failover.cli import publish as cli
from s3_failover.errors import UserError
from s3_failover.operations import legs
from s3_failover.operations.account import Account
from s3_failover.operations.legs import LegAnswer
from s3_failover.operations.publish import PublishResult, policy

TWO_WAY = "replication = { two_way = true }"
REPLICA = "eu-central-1"


@pytest.fixture
def bucket():
    """The replica is written, and gives what it gets to the primary."""
    return Bucket(REPLICA)


def test_what_is_written_to_a_replica_is_waited_for_in_the_primary(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    done = run(more=TWO_WAY, to=REPLICA)
    assert list(bucket.held) == ["a.txt"]
    assert list(done.replicated) == ["eu-west-1"]
    assert PublishResult.of("shop", REPLICA, done.changes, done).region == REPLICA


def test_what_the_primary_did_not_get_is_an_error_that_names_the_copy_that_has_it(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.connected = False
    with pytest.raises(UserError, match=r"1 object has not reached .* in eu-west-1 .*it is in eu-central-1"):
        run(more=TWO_WAY, to=REPLICA)


class Distribution:
    """The way to a distribution, which answers with a status."""

    name, address, port, tls = "distribution", "d1.cloudfront.net", 443, None

    def __init__(self, status):
        self.status = status

    def get(self, key):
        return LegAnswer(self.status, b"x", {}, 0)


@pytest.mark.parametrize(
    ("status", "proof", "unseen"),
    [
        (200, {"distribution": ""}, {}),
        (502, {}, {"distribution": "answered 502; eu-west-1 was not waited for"}),
    ],
)
def test_a_lost_primary_is_named_and_not_waited_for(bucket, run, tmp_path, monkeypatch, status, proof, unseen):
    monkeypatch.setattr(legs, "legs", lambda site, account: [Distribution(status)])
    (tmp_path / "a.txt").write_text("x")
    bucket.connected, bucket.refuses = False, True
    done = run(more=TWO_WAY, to=REPLICA)
    assert list(bucket.held) == ["a.txt"]
    assert (done.proof, done.unseen, done.replicated) == (proof, unseen, {})
    result = PublishResult.of("shop", REPLICA, done.changes, done)
    assert cli._exit_code(result) == cli.LACKING
    assert any("not looked at, and not waited for: eu-west-1" in line for line in cli._lacking(site(), result))


def test_what_does_not_come_back_by_itself_is_brought_by_return(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    done = run(more=TWO_WAY, to=REPLICA)
    del bucket.replica["a.txt"]
    done = run(more=TWO_WAY, to=REPLICA)
    result = PublishResult.of("shop", REPLICA, done.changes, done)
    assert list(cli._lacking(site(more=TWO_WAY), result)) == [
        "missing in eu-west-1: 1 object; `s3-failover return shop` says how to bring them there"
    ]


@pytest.mark.parametrize(
    ("more", "to", "told"),
    [
        (
            "",
            REPLICA,
            "nothing copies what is written to eu-central-1, because sites.shop.replication.two_way is false",
        ),
        (TWO_WAY, "us-east-1", "--to is 'us-east-1', expected one of the site's regions: eu-west-1, eu-central-1"),
    ],
)
def test_a_copy_from_which_nothing_is_copied_is_refused_before_anything_is_read(bucket, run, tmp_path, more, to, told):
    with pytest.raises(UserError, match=told):
        run(more=more, to=to)


def test_the_primary_may_be_named(run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    assert list(run(to="eu-west-1").replicated) == [REPLICA]


def test_the_least_policy_of_a_two_way_site_writes_to_every_copy():
    def written(more):
        document = policy(site(more=more), Account("123456789012", None))
        (statement,) = (each for each in document["Statement"] if "s3:PutObject" in each["Action"])
        return [resource.partition(":::")[2].rpartition("/")[0] for resource in statement["Resource"]]

    assert len(written("")) == 1
    assert sorted(written(TWO_WAY)) == sorted(site().names("123456789012").copy(region) for region in site().regions)
