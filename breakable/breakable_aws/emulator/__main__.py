"""Starts the embedded AWS: `python -m breakable_aws.emulator`.

The order matters: sockets first, because ministack reads its port while it is imported; then the hook points, before
anything listens; then the servers.
"""

import asyncio
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from breakable_aws.clock import EmbeddedClock
from breakable_aws.secret import make
from breakable_aws.state import write_private

from .base.hook_points import REPLACED, USED
from .base.hooks import VERSION, check
from .children import adopt_future_children
from .descriptors import allow_many
from .environment import prepare
from .failure import StartError
from .lifetime import Lifetime
from .net.authority import Authority
from .net.listeners import BoundListeners, bind_all
from .options import Options, parse
from .readiness import all_accept, announcement, as_line


def main(arguments: list[str]) -> None:
    """Run the emulator until it is ended."""
    lifetime = Lifetime()
    _leave_module_path()
    try:
        run(parse(arguments), lifetime)
    except StartError as error:
        sys.stderr.write(f"emulator: {error}\n")
    except BaseExceptionGroup:
        traceback.print_exc()
    lifetime.end(1)


def run(options: Options, lifetime: Lifetime) -> None:
    """Bind, check, install and serve; raise StartError if it cannot start."""
    listeners = bind_all(options)
    state = _state_directory(options, lifetime)
    secret = make()
    prepare(
        os.environ,
        endpoint=listeners.endpoint,
        account=options.account,
        secret=secret,
        state=state,
        log_level=options.log_level,
    )
    check(REPLACED, USED)
    _serve(options, listeners, state, secret, lifetime)


def _serve(options: Options, listeners: BoundListeners, state: Path, secret: str, lifetime: Lifetime) -> None:
    # Only now: these import ministack, which must be the one that the hooks are for.
    from .base import cloudwatch  # noqa: PLC0415
    from .iam import function_roles  # noqa: PLC0415
    from .installation import install  # noqa: PLC0415
    from .server import serve_all  # noqa: PLC0415

    adopt_future_children(function_roles.credentials)
    allow_many()
    install()
    clock = EmbeddedClock(time.time(), options.speed)
    cloudwatch.tell_time(clock.now)
    authority = Authority()
    ca_file = options.ca_file or state / "ca.pem"
    write_private(ca_file, authority.pem)
    secret_file = options.secret_file or state / "secret"
    lifetime.remove_at_end(secret_file)
    write_private(secret_file, secret)
    ready = announcement(listeners, ca_file, secret_file, options.account, clock)

    async def announce() -> None:
        await all_accept(listeners)
        if options.ready_file:
            lifetime.remove_at_end(options.ready_file)
            write_private(options.ready_file, as_line(ready))
        sys.stdout.write(as_line(ready))
        sys.stdout.flush()

    lifetime.end_on_signals()
    if options.owner_pid is not None:
        lifetime.end_with_owner(options.owner_pid)
    asyncio.run(
        serve_all(
            listeners,
            authority=authority,
            secret=secret,
            about=lambda: ready | {"ministack": VERSION},
            announce=announce,
            clock=clock,
            remedy=options.remedy,
        )
    )


def _leave_module_path() -> None:
    """Take the current and the package's parent directory off the module path: modules there are foreign."""
    foreign = {Path.cwd(), Path(__file__).resolve().parents[2]}
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() not in foreign]


def _state_directory(options: Options, lifetime: Lifetime) -> Path:
    if options.state_dir:
        options.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return options.state_dir.resolve()
    directory = Path(tempfile.mkdtemp(prefix="breakable-aws-"))
    lifetime.remove_at_end(directory)
    return directory


if __name__ == "__main__":
    main(sys.argv[1:])
