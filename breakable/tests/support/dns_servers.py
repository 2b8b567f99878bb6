"""The embedded DNS server by itself, in a thread of its own."""

import asyncio
import contextlib
import threading

from breakable_aws.route53.dns_server import DnsServer


@contextlib.contextmanager
def running(respond):
    """Run a server that gets its answers from a function of name and kind."""
    found, ended, ready = DnsServer(respond), threading.Event(), threading.Event()

    async def run():
        await found.start()
        ready.set()
        await asyncio.to_thread(ended.wait)
        found.stop()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    ready.wait()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
