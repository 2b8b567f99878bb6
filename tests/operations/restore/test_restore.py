"""What was deleted or overwritten comes back on every copy, as it was; what a run left, the next one does."""

from datetime import UTC, datetime, timedelta

import pytest
from sites import site
from versioned_site import MORNING, VersionedSite, dated

from s3_failover.errors import UserError
from s3_failover.operations import legs
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import DeniedError
from s3_failover.operations.restore.restoration import Restoration, RestoreOptions
from s3_failover.operations.restore.result import RestoreResult

HERE, THERE = "eu-west-1", "eu-central-1"
NOON = MORNING + timedelta(hours=4)
HYBRID_KMS = {"mode": "hybrid", "more": 'encryption = "kms"\nsecondary = { type = "https" }'}
TWO_WAY = "replication = { two_way = true }"


class Leg:
    """A leg that answers with what one copy shows."""

    address, port, tls = "leg.example.com", 80, None

    def __init__(self, name, stored, region):
        self.name, self._stored, self._region = name, stored, region

    def get(self, key):
        body = self._stored.shown(self._region).get(key)
        return legs.LegAnswer(404, b"", {}, 0) if body is None else legs.LegAnswer(200, body, {}, 0)


@pytest.fixture
def stored():
    """A site that held two objects in the morning."""
    made = VersionedSite(HERE, THERE)
    made.put("a.txt", b"a", ContentType="text/plain", CacheControl="no-cache", Metadata={"n": "1"})
    made.put("b/c.txt", b"cc", ContentType="text/css")
    made.clock = NOON + timedelta(hours=1)
    return made


@pytest.fixture
def restoring(stored, monkeypatch):
    """Return a restoration to what was there at noon."""
    secondary = Leg("secondary", stored, THERE)
    monkeypatch.setattr(legs, "legs", lambda site, account: [Leg("distribution", stored, HERE), secondary])
    monkeypatch.setattr(legs, "secondary", lambda site, account: secondary)

    def restoring(prefix="", *, before=NOON, more="", mode="dns", **options):
        chosen = RestoreOptions(**{"before": before, "prefix": prefix, "replica_seconds": 5, **options})
        return Restoration(site(more=more, mode=mode), Account("123456789012", stored.client), chosen)

    return restoring


@pytest.fixture
def run(restoring):
    """Restore, and return the result."""

    def run(*arguments, say=lambda line: None, **options):
        restoration = restoring(*arguments, **options)
        plan = restoration.plan(say=say)
        return RestoreResult.of(restoration, plan, restoration.run(plan, say=say))

    return run


def test_what_was_deleted_and_overwritten_is_on_both_copies_again_with_its_headers(stored, run):
    before = {key: stored.latest(key).headers for key in ("a.txt", "b/c.txt")}
    stored.put("a.txt", b"wrong", ContentType="text/html")
    stored.delete("b/c.txt")
    assert stored.shown(THERE) == {"a.txt": b"wrong"}
    found = run()
    for region in (HERE, THERE):
        assert stored.shown(region) == {"a.txt": b"a", "b/c.txt": b"cc"}
        assert {key: stored.latest(key, region).headers for key in before} == before
    assert [(each.key, each.event.value, each.bytes) for each in found.restores] == [
        ("a.txt", "overwritten", 1),
        ("b/c.txt", "deleted", 2),
    ]
    assert found.proof == {"distribution": "", "secondary": ""}
    assert stored.invalidations == [["/a.txt", "/b/c.txt"]]
    assert list(found.replicated) == [THERE]


def test_a_plan_changes_nothing(stored, restoring):
    stored.delete("a.txt", "b/c.txt")
    plan = restoring().plan(say=lambda line: None)
    assert ([change.key for change in plan.changes], plan.bytes) == (["a.txt", "b/c.txt"], 3)
    assert (stored.shown(HERE), stored.invalidations) == ({}, [])


def test_no_delete_marker_and_no_version_is_taken_away(stored, run):
    stored.delete("a.txt")
    before = {each.id for each in stored.copies[HERE]["a.txt"]}
    run()
    assert before < {each.id for each in stored.copies[HERE]["a.txt"]}


def test_only_keys_below_the_prefix_are_restored(stored, run):
    stored.delete("a.txt", "b/c.txt")
    run("b/")
    assert stored.shown(HERE) == {"b/c.txt": b"cc"}


def test_what_was_created_since_is_left_or_with_exact_deleted(stored, run):
    stored.put("new.txt", b"new")
    stored.delete("a.txt")
    assert run().created == 1
    assert stored.shown(THERE) == {"a.txt": b"a", "b/c.txt": b"cc", "new.txt": b"new"}
    assert run(exact=True).deletes == ("new.txt",)
    assert stored.shown(THERE) == {"a.txt": b"a", "b/c.txt": b"cc"}


def test_of_several_changes_the_version_at_the_moment_counts(stored, run):
    stored.clock = NOON - timedelta(minutes=1)
    stored.put("a.txt", b"at noon")
    stored.clock = NOON
    stored.put("a.txt", b"one second late")
    stored.delete("a.txt")
    stored.put("a.txt", b"later still")
    run()
    assert stored.shown(THERE)["a.txt"] == b"at noon"


def test_what_was_deleted_at_the_moment_stays_so(stored, run):
    stored.clock = NOON - timedelta(minutes=1)
    stored.delete("a.txt")
    stored.clock = NOON + timedelta(minutes=1)
    stored.delete("b/c.txt")
    run()
    assert stored.shown(THERE) == {"b/c.txt": b"cc"}


def test_a_second_run_copies_nothing_and_drops_the_cache_again(stored, run):
    stored.delete("a.txt")
    run()
    stored.calls.clear()
    found = run()
    assert (found.restores, found.already, found.unchanged) == ((), 1, 1)
    assert [name for name, _ in stored.calls if name == "copy_object"] == []
    assert stored.invalidations == [["/a.txt"], ["/a.txt"]]


KEYED = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "ChecksumCRC64NVME": "x"}


@pytest.fixture
def keyed(stored):
    """A key under a KMS key, which was overwritten."""
    stored.clock = MORNING
    stored.put("k.txt", b"k", **KEYED)
    stored.clock = NOON
    stored.put("k.txt", b"j", **KEYED | {"ChecksumCRC64NVME": "y"})
    return stored


def test_under_a_key_the_checksum_tells_that_nothing_is_left_to_do(keyed, run):
    assert [each.key for each in run(**HYBRID_KMS).restores] == ["k.txt"]
    assert keyed.latest("k.txt").headers["SSEKMSKeyId"] == "k"
    dated(keyed, "k.txt", headers=KEYED)
    assert run(**HYBRID_KMS).already == 1


def test_what_no_rule_would_carry_is_named_and_left(keyed, run):
    keyed.carries_keyed = False
    (failure,) = run(**HYBRID_KMS).failed
    assert (failure.example, keyed.shown(HERE)["k.txt"]) == ("k.txt", b"j")
    assert failure.reason.startswith("encrypted with a KMS key, which no replication rule carries")


def test_the_headers_alone_are_restored_too(stored, run):
    stored.put("a.txt", b"a", ContentType="application/octet-stream")
    run()
    assert stored.latest("a.txt", THERE).headers["ContentType"] == "text/plain"


def test_an_upload_in_parts_keeps_its_parts_and_its_etag(stored, run):
    stored.clock = MORNING
    for key, parts in {"even": (b"123", b"456", b"7"), "odd": (b"1", b"234", b"56"), "one": (b"12",)}.items():
        stored.upload(key, *parts)
    etags = {key: stored.latest(key).etag for key in ("even", "odd", "one")}
    stored.clock = NOON
    stored.delete("even", "odd", "one")
    run()
    assert {key: stored.latest(key, THERE).etag for key in etags} == etags
    assert run().already == 3


def test_a_key_that_is_written_meanwhile_is_left(stored, run):
    stored.delete("a.txt", "b/c.txt")

    def meddle(key):
        stored.meddle = None
        stored.put(key, b"newer")

    stored.meddle = meddle
    found = run()
    assert found.changed == 1
    assert len(found.restores) == 1
    assert b"newer" in stored.shown(HERE).values()


def test_an_archived_version_is_named_and_the_others_come_back(stored, run):
    stored.clock = MORNING
    stored.put("old.txt", b"old", StorageClass="GLACIER")
    stored.clock = NOON
    stored.delete("old.txt", "a.txt")
    found = run()
    assert [(each.count, each.example) for each in found.failed] == [(1, "old.txt")]
    assert stored.shown(THERE)["a.txt"] == b"a"


def test_versions_that_a_lifecycle_rule_has_removed_are_named(stored, run):
    stored.delete("a.txt")
    stored.expire("a.txt", stored.copies[HERE]["a.txt"][1].id)
    stored.put("new.txt", b"new")
    assert run().gone == ("a.txt",)


def test_after_the_days_that_versions_are_kept_any_may_be_gone(stored, run):
    now = datetime.now(UTC)
    for days, key in ((60, "old.txt"), (40, "may-have-had-one.txt"), (20, "would-still-have-it.txt")):
        stored.clock = now - timedelta(days=days)
        stored.put(key, b"x")
    stored.delete("old.txt")
    found = run(before=now - timedelta(days=50))
    assert (found.gone, found.created) == (("may-have-had-one.txt",), 3)
    assert [each.key for each in found.restores] == ["old.txt"]


def test_the_health_object_is_never_touched(stored, run):
    key = site().health_key
    stored.put(key, b"ok")
    stored.delete("a.txt")
    run(exact=True)
    assert stored.shown(HERE)[key] == b"ok"


def test_access_that_is_lost_in_the_middle_ends_it_and_the_next_run_does_the_rest(stored, run):
    with stored.later(minutes=1):
        stored.delete("a.txt", "b/c.txt")
    stored.refuses["b/c.txt"] = "AccessDenied"
    with pytest.raises(DeniedError, match=r"cannot restore b/c\.txt .*: access is denied"):
        run()
    stored.refuses.clear()
    run()
    assert stored.shown(THERE) == {"a.txt": b"a", "b/c.txt": b"cc"}
    assert stored.invalidations[-1] == ["/a.txt", "/b/c.txt"]


def test_what_a_run_did_not_see_arrive_the_next_waits_for(stored, run):
    stored.delete("a.txt")
    stored.arrives = False
    for _ in range(2):
        with pytest.raises(UserError, match=r"1 object has not reached .*a\.txt.* run restore again"):
            run(replica_seconds=0.2)
    stored.connect()
    assert run().already == 1


def test_a_replica_that_does_not_answer_is_named_and_not_waited_for(stored, run):
    stored.delete("a.txt")
    stored.refuses["list_object_versions", THERE] = "AccessDenied"
    stored.arrives = False
    found = run()
    assert list(found.not_looked_at) == [THERE]
    assert (found.replicated, found.proof) == ({}, {"distribution": ""})


@pytest.mark.parametrize("call", ["describe_stacks", "create_invalidation"])
def test_while_the_control_planes_are_down_all_is_restored_and_the_cache_is_owed(call, stored, run):
    stored.delete("a.txt")
    stored.refuses[call] = "ServiceUnavailable"
    found = run()
    assert "not invalidated" in found.owed
    assert found.proof == {"secondary": ""}
    assert stored.shown(THERE)["a.txt"] == b"a"


def test_without_waiting_nothing_is_asked_of_the_replicas(stored, run):
    stored.delete("a.txt")
    stored.arrives, stored.rules = False, False
    found = run(replica_seconds=0, invalidation_seconds=0)
    assert (found.replicated, found.proof, len(found.restores)) == ({}, {}, 1)
    assert stored.invalidations == [["/a.txt"]]


def test_without_a_rule_that_would_carry_it_nothing_is_restored(stored, run):
    stored.delete("a.txt")
    stored.rules = False
    with pytest.raises(UserError, match=r"no enabled replication rule to shop\.example\.com"):
        run()
    assert "a.txt" not in stored.shown(HERE)


def test_where_deletes_are_not_replicated_they_are_not_waited_for(stored, run):
    stored.put("new.txt", b"new")
    stored.arrives = False
    assert run(exact=True, more="replication = { delete_markers = false }").deletes == ("new.txt",)


def test_the_other_copy_of_a_two_way_site_can_be_written(stored, run):
    stored.delete("a.txt")
    found = run(to=THERE, more=TWO_WAY)
    assert (found.region, list(found.replicated)) == (THERE, [HERE])
    assert stored.shown(HERE)["a.txt"] == b"a"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"before": datetime.now(UTC) + timedelta(hours=1)}, r"expected a time in the past: .* read as UTC"),
        ({"before": MORNING - timedelta(days=365)}, r"had no key before .* UTC: the oldest version"),
        ({"prefix": "z/"}, r"has no key that begins with z/, .*: is PREFIX spelled as keys are\?"),
        ({"more": 'replication = { engine = "lambda" }'}, r"keep no versions: .* run `s3-failover publish`"),
        ({"to": THERE}, r"nothing copies what is written to eu-central-1"),
        ({"to": "us-east-2"}, r"--to is 'us-east-2', expected one of"),
    ],
)
def test_what_cannot_be_restored_is_refused_with_the_reason(options, reason, run):
    with pytest.raises(UserError, match=reason):
        run(**options)


@pytest.mark.parametrize(("status", "told"), [("Suspended", "is Suspended"), (None, "is off")])
def test_a_bucket_whose_versioning_is_not_enabled_is_refused(status, told, stored, run):
    stored.versioning = status
    with pytest.raises(UserError, match=rf"{told}, expected Enabled: .*put-bucket-versioning"):
        run()
