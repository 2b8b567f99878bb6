"""A statement of a drill in a bucket's policy, beside what others write there."""

# ruff: noqa: N803 - arguments are spelled as AWS spells them

import json

import pytest
from fake_accounts import Policies
from hypothesis import given
from hypothesis import strategies as st

from s3_failover.errors import UserError
from s3_failover.operations.drill import bucket_policy
from s3_failover.operations.drill.deny_primary import statement

OURS = statement(
    "S3FailoverDrill1", "bucket", "arn:aws:cloudfront::123456789012:distribution/E1", "2026-01-01T00:00:00Z"
)
THEIRS = {"Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
LATER = {**THEIRS, "Sid": "Later"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(bucket_policy.time, "sleep", lambda seconds: None)


SIDS = st.lists(st.sampled_from([None, "A", "B", "Theirs"]), max_size=5)


def policy(sids):
    return {"Version": "2012-10-17", "Statement": [{**THEIRS, **({"Sid": sid} if sid else {})} for sid in sids]}


@given(SIDS)
def test_what_is_put_in_and_taken_out_leaves_the_policy_as_it_was(sids):
    before = policy(sids)
    during = bucket_policy.with_statement(before, OURS)
    assert during["Statement"] == [*before["Statement"], OURS]
    after = bucket_policy.without(during, OURS["Sid"])
    assert after == (before if sids else None)


def test_a_policy_of_one_statement_that_is_no_list_is_kept():
    during = bucket_policy.with_statement({"Version": "2012-10-17", "Statement": THEIRS}, OURS)
    assert during["Statement"] == [THEIRS, OURS]


def test_a_policy_that_would_be_too_large_is_refused_before_anything_is_written():
    large = {**THEIRS, "Resource": ["arn:aws:s3:::bucket/" + "x" * 1000] * 20}
    s3 = Policies([large])
    with pytest.raises(UserError, match=r"would have 2\d,\d+ bytes, expected at most 20,480"):
        bucket_policy.put(s3, "bucket", OURS)
    assert s3.writes == 0


def test_a_bucket_without_a_policy_has_none_afterwards():
    s3 = Policies()
    bucket_policy.put(s3, "bucket", OURS)
    assert s3.policy["Statement"] == [OURS]
    assert bucket_policy.remove(s3, "bucket", OURS["Sid"])
    assert s3.policy is None


def test_what_others_write_during_the_drill_stays():
    s3 = Policies([THEIRS])
    bucket_policy.put(s3, "bucket", OURS)
    s3.policy["Statement"] = [LATER, *s3.policy["Statement"]]
    assert bucket_policy.remove(s3, "bucket", OURS["Sid"])
    assert s3.policy["Statement"] == [LATER, THEIRS]


def test_putting_twice_writes_once_and_removing_twice_too():
    s3 = Policies([THEIRS])
    bucket_policy.put(s3, "bucket", OURS)
    bucket_policy.put(s3, "bucket", OURS)
    assert s3.writes == 1
    assert bucket_policy.remove(s3, "bucket", OURS["Sid"])
    assert not bucket_policy.remove(s3, "bucket", OURS["Sid"])
    assert s3.writes == 2


def overwritten(with_ours):
    def write(s3):
        s3.policy = {"Version": "2012-10-17", "Statement": [THEIRS, *([OURS] if with_ours else [])]}

    return write


def test_a_write_that_somebody_elses_undid_is_repeated():
    s3 = Policies([THEIRS])
    s3.meanwhile = [overwritten(False), overwritten(False)]
    bucket_policy.put(s3, "bucket", OURS)
    assert s3.policy["Statement"] == [THEIRS, OURS]
    s3.meanwhile = [overwritten(True)]
    assert bucket_policy.remove(s3, "bucket", OURS["Sid"])
    assert s3.policy["Statement"] == [THEIRS]


def test_a_policy_that_others_write_all_the_time_is_given_up():
    s3 = Policies([THEIRS])
    s3.meanwhile = [overwritten(False)] * 9
    with pytest.raises(UserError, match="is written by others all the time"):
        bucket_policy.put(s3, "bucket", OURS)
    s3.policy["Statement"] = [OURS]
    s3.meanwhile = [overwritten(True)] * 9
    with pytest.raises(UserError, match="again and again"):
        bucket_policy.remove(s3, "bucket", OURS["Sid"])


def test_the_denial_is_cloudfronts_alone_for_one_distribution_and_ends_by_itself():
    assert OURS["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert OURS["Action"] == "s3:GetObject"
    assert OURS["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1"},
        "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
    }


class Late(Policies):
    """S3, which tells for a while what a policy was: bucket configurations are consistent only in the end."""

    def __init__(self, statements, seconds):
        super().__init__(statements)
        self.now, self.seconds, self.seen = 0, seconds, []

    def get_bucket_policy(self, Bucket):
        found = super().get_bucket_policy(Bucket)
        known = [policy for at, policy in self.seen if at + self.seconds > self.now]
        return known[0] if known else found

    def put_bucket_policy(self, Bucket, Policy):
        self.seen.append((self.now, super().get_bucket_policy(Bucket)))
        super().put_bucket_policy(Bucket, Policy)


def test_a_policy_that_is_told_late_is_waited_for(monkeypatch):
    s3 = Late([THEIRS], seconds=2)

    def sleep(seconds):
        s3.now += seconds

    monkeypatch.setattr(bucket_policy.time, "sleep", sleep)
    bucket_policy.put(s3, "bucket", OURS)
    s3.now += 60
    assert s3.policy["Statement"] == [THEIRS, OURS]
    assert bucket_policy.remove(s3, "bucket", OURS["Sid"])
    assert s3.policy["Statement"] == [THEIRS]


def test_what_is_sent_is_as_large_as_what_was_measured():
    sent, s3 = [], Policies([THEIRS] * 9)
    put = s3.put_bucket_policy
    s3.put_bucket_policy = lambda Bucket, Policy: (sent.append(Policy), put(Bucket, Policy))
    bucket_policy.put(s3, "bucket", OURS)
    assert sent == [json.dumps(s3.policy, separators=(",", ":"))]
