import asyncio

import pytest

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.cloudformation.failing_resources import FailingResource
from breakable_aws.emulator.faults.faults import NAMES, S3_FAULTS, FaultError, Faults


class Steps(EmbeddedClock):
    """A clock that goes on when the test says so; what waits for it looks again at once."""

    def __init__(self):
        super().__init__(started=0.0)
        object.__setattr__(self, "moment", 1000.0)

    def now(self):
        return self.moment

    def real(self, _embedded):
        return 0.001

    def go_on(self, seconds):
        object.__setattr__(self, "moment", self.moment + seconds)


def run(main):
    async def bounded():
        async with asyncio.timeout(60):
            await main(Faults(Steps()))

    asyncio.run(bounded())


def test_a_fault_is_in_effect_where_it_was_put_until_it_is_healed():
    async def main(faults):
        made = await faults.put("s3-503", "eu-west-1")
        assert (made.fault, made.region, made.until) == ("s3-503", "eu-west-1", None)
        assert faults.active() == [made]
        assert [faults.of_s3(region) for region in ("eu-west-1", "us-east-1", None)] == ["s3-503", None, None]
        assert await faults.heal(made.id)
        assert not await faults.heal(made.id)
        assert faults.active() == []

    run(main)


def test_of_several_faults_the_gravest_counts():
    async def main(faults):
        for name in reversed(S3_FAULTS):
            await faults.put(name, "eu-west-1")
            assert faults.of_s3("eu-west-1") == name
        await faults.heal()
        assert faults.of_s3("eu-west-1") is None

    run(main)


def test_a_partial_fault_hits_its_share_of_requests_and_is_no_fault_of_the_whole_region():
    async def main(faults):
        made = await faults.put("s3-slowdown", "eu-west-1", percent=30)
        assert made.as_dict()["percent"] == 30
        assert faults.of_s3("eu-west-1") is None
        met = [faults.of_request("eu-west-1") for _ in range(1000)]
        assert set(met) == {None, "s3-slowdown"}
        assert 250 < met.count("s3-slowdown") < 350
        assert faults.of_request("us-east-1") is None
        await faults.put("s3-refuse", "eu-west-1")
        assert faults.of_request("eu-west-1") == "s3-refuse"

    run(main)


def test_a_fault_of_a_hundred_percent_hits_every_request():
    async def main(faults):
        await faults.put("s3-503", "eu-west-1", percent=100)
        assert {faults.of_request("eu-west-1") for _ in range(100)} == {"s3-503"}

    run(main)


def test_a_region_that_is_down_takes_no_connections_to_s3_and_api_gateway():
    async def main(faults):
        await faults.put("region-down", "eu-west-1")
        assert [faults.of_s3(region) for region in ("eu-west-1", "us-east-1")] == ["s3-refuse", None]
        assert [faults.has("api-refuse", region) for region in ("eu-west-1", "us-east-1")] == [True, False]
        assert not faults.has("control-planes-down")

    run(main)


@pytest.mark.parametrize(
    ("fault", "percent", "message"),
    [
        ("s3-403", 50, "got a percentage for s3-403, expected none: only s3-503 and s3-slowdown have one"),
        ("s3-503", 0, "got 0 percent, expected a number above 0"),
        ("s3-503", 101, "got 101 percent"),
        ("s3-slowdown", "50", "got '50' percent"),
        ("s3-slowdown", float("nan"), "got nan percent"),
    ],
)
def test_a_share_that_cannot_be_is_refused_in_words(fault, percent, message):
    async def main(faults):
        with pytest.raises(FaultError) as caught:
            await faults.put(fault, "eu-west-1", percent=percent)
        assert message in str(caught.value)

    run(main)


def test_a_fault_ends_by_itself_by_embedded_time_and_says_so():
    async def main(faults):
        changes = asyncio.Queue()
        faults.on_change = lambda: changes.put(list(faults.active()))
        made = await faults.put("cdn-refuse", seconds=30)
        assert made.until == faults.clock.now() + 30
        assert await changes.get() == [made]
        faults.clock.go_on(29.9)
        assert faults.active() == [made]
        faults.clock.go_on(0.1)
        assert await changes.get() == []

    run(main)


def test_healing_before_the_end_is_told_once():
    async def main(faults):
        told = []

        async def tell():
            told.append(len(faults.active()))

        faults.on_change = tell
        made = await faults.put("cdn-refuse", seconds=6)
        await faults.heal(made.id)
        faults.clock.go_on(6)
        await asyncio.gather(*faults._expiries)
        assert told == [1, 0]

    run(main)


def test_lag_is_that_of_the_destination():
    async def main(faults):
        await faults.put("replication-lag", lag=30)
        await faults.put("replication-lag", "eu-west-1", lag=60)
        assert [faults.lag(region) for region in ("eu-west-1", "us-west-2")] == [60, 30]

    run(main)


def test_waiting_ends_with_the_fault():
    async def main(faults):
        await faults.put("s3-hang", "eu-west-1")
        assert await faults.outlasts(0.01, lambda: bool(faults.active()))
        waiting = asyncio.create_task(faults.outlasts(60, lambda: bool(faults.active())))
        await asyncio.sleep(0)
        await faults.put("cdn-503")
        await asyncio.sleep(0)
        assert not waiting.done()
        await faults.heal()
        assert not await waiting

    run(main)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fire",), "got the fault 'fire', expected one of s3-refuse"),
        ((["s3-503"],), "expected one of"),
        (("s3-503", "us-nowhere-1"), "got the region 'us-nowhere-1', expected one that AWS has"),
        (("s3-503", 1), "got the region 1"),
        (("replica-stale",), "replica-stale needs a region, expected the one whose replica stays old: give --region"),
        (("s3-nxdomain",), "s3-nxdomain needs a region, expected the one whose S3 has no name"),
        (("credentials-expire", "eu-west-1"), "expected none"),
        (("region-down",), "region-down needs a region, expected the one whose services all fail: give --region"),
        (("s3-503",), "s3-503 needs a region"),
        (("cdn-503", "eu-west-1"), "expected none"),
        (("cdn-503", None, 0), "got 0 seconds"),
        (("cdn-503", None, "10"), "got '10' seconds"),
        (("cdn-503", None, True), "got True seconds"),
        (("cdn-503", None, float("inf")), "got inf seconds"),
        (("cdn-503", None, None, 5), "got a lag for cdn-503, expected none"),
        (("replication-lag", None), "got no lag for replication-lag"),
        (("replication-lag", None, None, -1), "got the lag -1"),
    ],
)
def test_what_cannot_be_broken_is_refused_in_words(arguments, message):
    async def main(faults):
        with pytest.raises(FaultError) as caught:
            await faults.put(*arguments)
        assert message in str(caught.value)
        assert faults.active() == []

    run(main)


def test_every_fault_can_be_put():
    async def main(faults):
        for name in NAMES:
            region = "eu-west-1" if name.startswith(("s3-", "api-", "region-", "replica-")) else None
            resource = FailingResource("Bucket") if name == "resource-fails" else None
            await faults.put(name, region, None, 1 if name.endswith("lag") else None, resource=resource)
        assert [fault.fault for fault in faults.active()] == list(NAMES)

    run(main)
