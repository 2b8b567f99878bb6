"""The steps of leaving a region, run against a world that remembers what was done."""

from types import SimpleNamespace

import pytest
import sites
from fake_accounts import ACCOUNT

from s3_failover.config import parse
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.leaving import for_good, regions
from s3_failover.operations.leaving.fill import Filled, Survey
from s3_failover.operations.leaving.for_good import Leaving, refuse, require_copy, told
from s3_failover.operations.leaving.plan import Mark
from s3_failover.operations.leaving.regions import Move
from s3_failover.operations.refusals import UnavailableError

NEW = "eu-north-1"
SITE = sites.site(primary=NEW)
PRIMARY = f"deploy shop/primary-{NEW}"
CONTENT = ["keep", "fill", "release"]
ALL = ["write", "keep", PRIMARY, *CONTENT, "close", "deploy shop/*"]


class World:
    """What is deployed and copied; `stops` is the deed at which the run is interrupted."""

    def __init__(self, monkeypatch):
        self.done, self.prepared, self.stops, self.blocked = [], [], None, None
        self.moving, self.later, self.absent, self.on_its_way, self.shut = [], 0, 0, 0, []
        self.roles, self.objects, self.kept, self.on, self.written = ["r"], 3, False, True, False
        patches = {
            fence_of("former_roles"): lambda *_: self.roles,
            fence_of("close"): lambda *_: self.do("close", roles=[]),
            fence_of("shut_roles"): lambda *_: self.shut,
            fence_of("reopen"): lambda *_: self.do("reopen", shut=[]),
            fence_of("keep_replicas"): lambda *_: self.do("keep", kept=True),
            fence_of("release_replicas"): lambda *_: self.do("release", kept=False),
            fence_of("are_kept"): lambda *_: self.kept,
            (for_good.fill, "survey"): lambda *_: Survey(self.objects, 5 * self.objects, self.absent),
            (for_good.fill, "missing"): lambda *_: [],
            (for_good.fill, "absent"): lambda *_: iter(range(self.absent)),
            (for_good.fill, "fill"): self.fill,
            (for_good.fill, "replicate"): self.replicate,
            (for_good.switch, "is_on"): lambda *_: self.on,
            (for_good.switch, "end"): lambda *_: self.do("end", on=False),
            (for_good.notes, "read"): lambda *_: SimpleNamespace(evacuation={}),
            (for_good, "Deployment"): lambda *_: self,
            (regions, "control_planes"): lambda *_: self.blocked,
        }
        for (module, name), replacement in patches.items():
            monkeypatch.setattr(module, name, replacement)
        monkeypatch.setattr(Leaving, "_asked", lambda *_: self.asked)
        monkeypatch.setattr(Leaving, "_destinations", lambda *_: self.destinations)

    def do(self, what, **change):
        if what == self.stops:
            raise KeyboardInterrupt
        self.done.append(what)
        vars(self).update(change)

    def fill(self, site, account, missing, total, say):
        self.do("fill", objects=0)
        return Filled(total, 5 * total)

    def replicate(self, site, account, wanted, say):
        count = len(list(wanted))
        if count:
            self.do("replicate", on_its_way=3)
        return count

    def sleep(self, seconds):
        self.on_its_way = max(0, self.on_its_way - 1)
        if not self.on_its_way:
            self.absent = 0

    @property
    def deployed(self):
        return {each.partition(" ")[2] for each in self.done if each.startswith("deploy")}

    @property
    def asked(self):
        now = SITE if "shop/*" in self.deployed else sites.site()
        names = now.names(ACCOUNT)
        return [f"{names.primary}.s3.{now.primary_region}.amazonaws.com", f"{names.evacuation}.s3.r.amazonaws.com"]

    @property
    def destinations(self):
        return {"shop.example.com"} if f"shop/primary-{NEW}" in self.deployed else set()

    @property
    def stacks(self):
        moving = self.moving.pop(0) if self.moving else ""
        status = moving or ("UPDATE_COMPLETE" if self.deployed else "CREATE_COMPLETE")
        return [SimpleNamespace(name="edge", status=status)]

    def stack(self, role, region):
        made = role == "website" or f"shop/primary-{NEW}" in self.deployed
        return SimpleNamespace(status="CREATE_COMPLETE" if made else "")

    def prepare(self, region):
        self.prepared.append(region)

    def deploy(self, stacks):
        (each,) = stacks
        self.do(f"deploy {each}", objects=self.objects + self.later if each == "shop/*" else self.objects)

    def leaving(self, site=SITE, **more):
        write = None if self.written else lambda: self.do("write", written=True)
        return Leaving(site, Account(ACCOUNT, None), self, write, lambda line: None, sleep=self.sleep, **more)

    def run(self, **more):
        leaving = self.leaving(**more)
        leaving.run(leaving.plan()[0])
        return leaving


def fence_of(name):
    return for_good.fence, name


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def test_the_steps_are_done_in_their_order_and_found_done(world):
    leaving = world.run()
    assert world.done == [*ALL, "end"]
    assert set(world.prepared) == {NEW, "eu-central-1"}
    assert (leaving.filled.copied, leaving.filled.bytes) == (3, 15)
    steps, owed = leaving.plan()
    assert ({step.mark for step in steps}, owed) == ({Mark.DONE}, "")


@pytest.mark.parametrize("stops", [*dict.fromkeys(ALL), "end"])
def test_interrupted_anywhere_the_same_command_does_the_rest(world, stops):
    world.stops = stops
    with pytest.raises(KeyboardInterrupt):
        world.run()
    world.stops = None
    world.run()
    steps, _ = world.leaving().plan()
    assert {step.mark for step in steps} == {Mark.DONE}
    assert (world.objects, world.kept, world.on, world.roles) == (0, False, False, [])
    once = ["write", PRIMARY, "close", "deploy shop/*", "end"]
    assert [each for each in world.done if each in once] == once


def test_viewers_stay_evacuated_if_they_should(world):
    world.run(stay=True)
    assert (world.done, world.on) == (ALL, True)


def test_what_was_written_at_a_replica_meanwhile_is_copied_too(world):
    world.later = 2
    leaving = world.run()
    assert (world.done.count("fill"), leaving.filled.copied, world.objects) == (2, 5, 0)


def test_a_replica_that_never_had_objects_is_filled_and_waited_for(world):
    world.absent = 4
    leaving = world.run()
    assert world.done == ["write", "keep", PRIMARY, *CONTENT, "replicate", "close", "deploy shop/*", "end"]
    assert (leaving.replicated, world.absent) == (4, 0)


@pytest.mark.parametrize(("engine", "first"), [("s3", "reopen"), ("lambda", "fill")])
def test_a_primary_that_was_left_before_copies_again_as_soon_as_that_does_no_harm(world, engine, first):
    world.shut = ["r"]
    site = sites.site(primary=NEW, more=f'replication = {{ engine = "{engine}" }}')
    world.run(site=site)
    assert [each for each in world.done if each in ("reopen", "fill")] == sorted(["reopen", "fill"], key=first.__ne__)
    world.shut = ["r"]
    world.run(site=site)
    assert (world.done[-1], world.shut) == ("reopen", [])


def test_nothing_is_changed_while_no_new_primary_can_be_made(world):
    world.blocked = UnavailableError("IAM does not answer")
    leaving = world.leaving()
    steps, owed = leaving.plan()
    leaving.run(steps)
    assert ({step.mark for step in steps}, world.done) == ({Mark.OWED}, [])
    assert owed == "us-east-1 takes no changes now: IAM does not answer"


def test_a_new_primary_is_filled_while_the_edge_is_owed(world):
    world.stops = "fill"
    with pytest.raises(KeyboardInterrupt):
        world.run()
    world.stops, world.blocked = None, UnavailableError("it does not answer")
    leaving = world.run()
    steps, owed = leaving.plan()
    assert world.objects == 0
    assert [step.name for step in steps if step.mark is Mark.OWED] == ["former primary", "edge", "viewers"]
    assert owed


def test_stacks_that_change_are_waited_for_and_not_for_ever(world):
    world.moving = ["UPDATE_IN_PROGRESS"] * 3
    world.run()
    assert world.moving == []
    world.done.clear()
    world.moving = ["UPDATE_IN_PROGRESS"] * 10_000
    with pytest.raises(UnavailableError, match="stacks are deployed by another run after 30 minutes"):
        world.run()


def refused(more, left):
    site = sites.site(replicas=2, more=more)
    (after,) = parse(
        f"""
        [sites.shop]
        hostname = "shop.example.com"
        primary_region = "{NEW if left == "eu-west-1" else "eu-west-1"}"
        replica_regions = ["{NEW if left == "eu-central-1" else "eu-central-1"}", "ap-south-1"]
        hosted_zone = {{ {sites.ZONE} }}
        mode = "dns"
        {more}
        """
    ).sites
    refuse(site, [Move(left, NEW, "")], after)


@pytest.mark.parametrize(
    ("more", "left", "told"),
    [
        ('primary_bucket = "own"', "eu-west-1", "no other region can have a bucket of that name"),
        ('clients = { alarm_region = "eu-central-1" }', "eu-central-1", "set `clients.alarm_region` to another region"),
    ],
)
def test_what_it_cannot_leave_is_refused_with_the_way_out(more, left, told):
    with pytest.raises(UserError, match=told) as caught:
        refused(more, left)
    assert caught.value.exit_code == 3


def test_a_primary_beside_the_edge_is_not_refused():
    refuse(sites.site(primary="us-east-1"), [Move("us-east-1", NEW, "")], SITE)


@pytest.mark.parametrize("left", ["eu-west-1", "eu-central-1"])
def test_a_site_of_common_settings_is_not_refused(left):
    refused("clients = {}", left)


def test_without_any_copy_there_is_nothing_to_copy_from():
    require_copy(SITE, frozenset({NEW}))
    with pytest.raises(UserError, match="no copy of shop answers, in eu-north-1, eu-central-1"):
        require_copy(SITE, frozenset({NEW, "eu-central-1"}))


def test_what_viewers_notice_is_told():
    assert list(told(SITE, [Move(NEW, "eu-south-1", "near")])) == [
        "the primary of shop.example.com moves from eu-north-1 to eu-south-1 (near)"
    ]
    first, second = told(SITE, [Move("eu-central-1", "eu-south-1", "")])
    assert first == "the replica of shop.example.com moves from eu-central-1 to eu-south-1"
    assert "the website secondary becomes an https one: the bucket named shop.example.com is lost" in second
