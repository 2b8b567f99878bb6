"""Runs a test's coroutine to its end, not for ever."""

import asyncio

PATIENCE = 120


def run(main):
    """Run a coroutine function in a loop of its own; raise TimeoutError after two minutes."""

    async def bounded():
        async with asyncio.timeout(PATIENCE):
            await main()

    asyncio.run(bounded())
