"""The regions of a site that `failover.toml` describes; the one place where the client knows of configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.client import checks
from s3_failover.client.ejection import Probe
from s3_failover.client.errors import InvalidConfiguration, LocalFault
from s3_failover.client.region import Region

if TYPE_CHECKING:
    from boto3.session import Session

    from s3_failover.config import Site

_BRIEF = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""For STS: a region that does not answer is left for the next one, as with S3."""


def of_site(path: str | os.PathLike[str], name: str, *, session: Session | None) -> tuple[tuple[Region, ...], Probe]:
    """Return the regions of a site, the primary first, and the probe that reads its health object.

    Raises:
        InvalidConfiguration: the file has errors, or no such site; or pydantic is missing.
        LocalFault: the file names no account, and STS could not be asked.
    """
    checks.path("path of the configuration", path)
    site = _site(Path(path), name)
    names = site.names(site.account or _account(site, session))
    replicas = (Region(region, bucket=names.replica(region)) for region in site.replica_regions)
    return (Region(site.primary_region, bucket=names.primary), *replicas), Probe(key=site.health_key)


def _site(path: Path, name: str) -> Site:
    try:
        from s3_failover.config import ConfigError, load  # noqa: PLC0415 - needs pydantic, which the client does not
    except ModuleNotFoundError as error:
        msg = f"reading {path} needs {error.name}: pip install 's3-failover[config]', or name the regions yourself"
        raise InvalidConfiguration(msg) from error
    try:
        sites = {site.name: site for site in load(path).sites}
    except ConfigError as error:
        raise InvalidConfiguration(str(error)) from error
    if name not in sites:
        msg = f"{path} has no site {name!r}, expected one of {', '.join(sorted(sites))}"
        raise InvalidConfiguration(msg)
    return sites[name]


def _account(site: Site, session: Session | None) -> str:
    """Return the account of the credentials, whichever of the site's regions says so: bucket names contain it."""
    session = session or boto3.session.Session()
    remedy = f"set `account` of sites.{site.name} in the file: then STS is not asked"
    for region in (*site.replica_regions, site.primary_region):
        try:
            return str(session.client("sts", region_name=region, config=_BRIEF).get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            last = error
    msg = f"cannot ask STS for the account of these credentials in any region: {last}; {remedy}"
    raise LocalFault(msg) from last
