"""A worker that writes letters with templates from S3, and goes on when a region is lost.

    python worker.py failover.toml www /var/cache/letters < jobs.jsonl

A job is a line of JSON, `{"template": "letters/welcome.txt", "name": "Ada"}`; its letter goes to the standard output.
Logs and the metrics of the client, as EMF, go to the standard error.

It needs `pip install 's3-failover[config,cloudwatch]'`, and credentials with the managed policy that the site's
ClientAlarms stack makes (`clients = {}` in failover.toml).
"""

import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import TextIO

from s3_failover import ObjectNotFound, RequestFailed, S3FailoverClient
from s3_failover.metrics import EmfMetrics

logger = logging.getLogger("letters")

DONE, SOME_FAILED, TRY_AGAIN = 0, 1, 75
"""Exit codes; the last one is sysexits' EX_TEMPFAIL."""


def letter(client: S3FailoverClient, job: dict[str, str], cache: Path) -> str:
    """Return the letter of a job.

    Raises:
        ObjectNotFound, RequestFailed: there is no such template, or no region answered and the host has no old copy.
        KeyError, ValueError: the job lacks a field that the template has, or the template is malformed.
    """
    # All processes of the host share a copy for a minute, and an older one while no region answers.
    template = client.cached_file(job["template"], cache, ttl=60, stale_if_error=True)
    return Template(template.read_text(encoding="utf-8")).substitute(job)


def work(client: S3FailoverClient, jobs: Iterable[str], cache: Path, letters: TextIO) -> int:
    """Write the letters of all jobs, and return an exit code.

    A job that can never succeed is logged and left out. When no template can be read the worker stops, so that the
    scheduler runs the remaining jobs later.
    """
    code = DONE
    for number, line in enumerate(jobs, 1):
        try:
            letters.write(letter(client, json.loads(line), cache))
        except (ObjectNotFound, KeyError, ValueError) as error:
            logger.error("job %d failed: %r", number, error)
            code = SOME_FAILED
        except RequestFailed as error:
            logger.error("stopped before job %d: %s", number, error)
            return TRY_AGAIN
    return code


def main(config: str, site: str, cache: str) -> int:
    """Read jobs from the standard input until it ends."""
    logging.basicConfig(level=logging.INFO)
    metrics = EmfMetrics(site, stream=sys.stderr)
    with S3FailoverClient.from_site(config, site, listeners=[metrics]) as client:
        return work(client, sys.stdin, Path(cache), sys.stdout)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
