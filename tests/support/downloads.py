"""Processes for tests of what outlives them: killed, forked, or at work on the same file."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

RUNTIME = Path(__file__).parents[2] / "runtime"
PATIENCE = 60.0


@contextlib.contextmanager
def process(code, *arguments, **named):
    """A Python process with this code; it is killed at the end of the block."""
    running = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(RUNTIME)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **named,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait(PATIENCE)
        # Children of its own read the end of their input, and end too.
        running.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            running.stdin.close()


def line(running):
    """The next line that a process prints."""
    ready, _, _ = select.select([running.stdout], [], [], PATIENCE)
    assert ready, "the process is silent"
    return running.stdout.readline().strip()


def kill(running):
    running.send_signal(signal.SIGKILL)
    running.wait(PATIENCE)


def forked(work):
    """What `work` raised in a forked child: the name of the exception, or nothing."""
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 advises against it where there are threads
        child = os.fork()
    if not child:
        said = ""
        try:
            work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(sender, said.encode())
            os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, encoding="utf-8") as answers:
        said = answers.read()
    os.waitpid(child, 0)
    return said


def together(count, work):
    """Run `work(number)` in so many threads that begin at once, and return what each returned or raised."""
    begin, results = threading.Barrier(count), [None] * count

    def run(number):
        begin.wait(PATIENCE)
        try:
            results[number] = work(number)
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a thread waits for ever"
    return results


def contents(directory):
    """Everything below a directory: names, and the bytes of files."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(Path(directory).rglob("*"))
    }
