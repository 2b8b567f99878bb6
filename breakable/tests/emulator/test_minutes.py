import asyncio
import time

import pytest

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.cloudwatch.minutes import begun_since, each, minute_of


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (600, 659.9, []),
        (600, 660, [660]),
        (600, 800, [660, 720, 780]),
        (0, 6000, list(range(5160, 6001, 60))),
    ],
)
def test_minutes_that_began_since_are_caught_up_on(last, now, expected):
    assert list(begun_since(last, now)) == expected


def test_every_minute_has_its_turn_even_when_one_goes_wrong():
    clock, minutes = EmbeddedClock(time.time(), speed=1200), []

    def act(minute):
        minutes.append(minute)
        if len(minutes) == 2:
            raise ValueError

    async def main():
        task = asyncio.create_task(each(clock, act))
        async with asyncio.timeout(20):
            while len(minutes) < 5:
                await asyncio.sleep(0.01)
        task.cancel()

    began = minute_of(clock.now())
    asyncio.run(main())
    assert minutes[0] > began
    assert minutes[:5] == [minutes[0] + 60 * n for n in range(5)]
