"""Asks a site as its viewers do, and its primary bucket: an invocation fails where one of them does not answer."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import boto3
from botocore.config import Config

SECONDS = 5
TRIES = 2
"""One answer that is lost on its way is no outage."""


def handler(_event: object, _context: object) -> None:
    """Ask everything at once; raise RuntimeError, which names what does not answer."""
    asked = {url: partial(_open, url) for url in json.loads(os.environ["URLS"])}
    for each in json.loads(os.environ["OBJECTS"]):
        asked[f"s3://{each['Bucket']}/{each['Key']}"] = partial(_get, **each)
    with ThreadPoolExecutor(max_workers=len(asked)) as pool:
        problems = pool.map(_problem, asked.values())
        failed = [f"{what}: {problem}" for what, problem in zip(asked, problems, strict=True) if problem]
    if failed:
        raise RuntimeError("; ".join(failed))


def _problem(ask: Callable[[], None]) -> str:
    """Return why the last try got no answer; nothing where one got it."""
    problem = ""
    for _ in range(TRIES):
        try:
            ask()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        else:
            return ""
    return problem


def _open(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - the stack names http and https alone
            answer.read()
    except urllib.error.HTTPError as refusal:
        # It is an open answer, too.
        refusal.close()
        raise


def _get(Bucket: str, Key: str, Region: str) -> None:  # noqa: N803 - as S3 spells them
    once = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1})
    boto3.client("s3", region_name=Region, config=once).get_object(Bucket=Bucket, Key=Key)["Body"].read()
