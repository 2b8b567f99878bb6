"""`s3-failover local proxy`: browsers and SDKs go the way of viewers through it."""

import asyncio
from typing import Annotated

import typer

from breakable_aws import proxy as proxies
from breakable_aws import server
from s3_failover.cli.output import progress
from s3_failover.local import state as state_directory


def proxy(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="Its port on 127.0.0.1; 0 takes a free one.")
    ] = 0,
) -> None:
    """Run an HTTP proxy through which browsers and SDKs go the way of viewers: the embedded DNS, then where it leads.

    It takes http:// URLs and CONNECT for hostnames of deployed sites and names of CloudFront, API Gateway and S3, at
    ports 80 and 443; each new connection asks DNS. Anything else gets 403. Signed http:// requests go to the API of S3
    in the region of their name.

    It prints its URL, and runs until Ctrl-C (exit code 130) or until the embedded AWS ends (exit code 0). Browsers need
    the certificate authority, too.
    """
    emulator = server.require(state_directory.default())

    def announce(port: int) -> None:
        typer.echo(f"http://127.0.0.1:{port}")
        progress(f"certificate authority for https: {emulator.ca_file}; stop with Ctrl-C")

    asyncio.run(proxies.serve(emulator, port, announce))
    progress("the embedded AWS has ended, and the proxy with it")
