"""The sites that real programs are sent to, and what they saw: a table, printed, and kept in a folder if one is named."""

import contextlib
import os
import threading
from pathlib import Path

REGION = "eu-west-1"
SITES = f"""
[sites.plain]
hostname              = "plain.example.com"
account               = "123456789012"
primary_region        = "{REGION}"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "dns"
health_check_interval = 10
record_ttl            = 20

[sites.apex]
hostname              = "example.com"
primary_region        = "{REGION}"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "dns"
health_check_interval = 10

[sites.secure]
hostname              = "secure.example.com"
primary_region        = "{REGION}"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "hybrid"
health_check_interval = 10
"""

FOLDER = "PARTS_OUTPUT"
"""The environment variable that names the folder."""


def table(name, header, rows):
    """Print a table, and keep it as a file of its own."""
    lines = [" | ".join(shown(value) for value in row) for row in (header, *rows)]
    print(f"\n{name}", *lines, sep="\n")  # noqa: T201 - pytest shows it with -s
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.txt").write_text("\n".join(lines) + "\n")


@contextlib.contextmanager
def repeated(*looks, pause=1):
    """Call each again and again, in a thread of its own, while the block runs; `pause` is the seconds in between."""
    end = threading.Event()

    def run(look):
        while not end.wait(pause):
            look()

    threads = [threading.Thread(target=run, args=(look,)) for look in looks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()


def shown(value):
    return f"{value:.1f} s" if isinstance(value, float) else "never" if value is None else str(value)
