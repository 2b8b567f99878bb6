"""Checks whether S3 lets the account have a public bucket, which a website secondary is."""

from collections.abc import Iterator

from s3_failover.config import Site
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained, found_or_none

IN_THE_WAY = ("BlockPublicPolicy", "RestrictPublicBuckets")
"""The settings that refuse a public policy, or leave it without effect.

S3 User Guide, access-control-block-public-access.
"""

NEED = allow(["s3:GetAccountPublicAccessBlock"], ["*"])
"""What the look needs."""


def looks(ground: Ground) -> Iterator[Look]:
    """Return the look at the account's Block Public Access."""
    yield Look("Block Public Access of the account", lambda: blocked(ground.site, ground.account), (NEED,))


def blocked(site: Site, account: Account) -> Findings:
    """Return whether the account's Block Public Access forbids the website secondary.

    S3 answers with what is in effect, by an organization's policy too (S3 Control API, GetPublicAccessBlock). Where
    another account holds the replicas, its setting cannot be asked.
    """
    if not site.secondary.kind.has_public_bucket or site.replica_account is not None:
        return
    on = [setting for setting in IN_THE_WAY if _settings(site, account).get(setting)]
    if on:
        where = f"Block Public Access of account {account.id}"
        yield PreflightFinding(
            "PREFLIGHT-PUBLIC-ACCESS", where, f"has {' and '.join(on)} on, expected off", _remedy(account)
        )


def _settings(site: Site, account: Account) -> dict[str, bool]:
    with explained("look at the account's Block Public Access", service="s3-control"):
        client = account.client("s3control", site.replica_regions[0])
        found: dict[str, bool] | None = found_or_none(
            lambda: client.get_public_access_block(AccountId=account.id)["PublicAccessBlockConfiguration"],
            "NoSuchPublicAccessBlockConfiguration",
        )
    return found or {}


def _remedy(account: Account) -> str:
    off = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false"
    command = "aws s3control put-public-access-block"
    return (
        f"`{command} --account-id {account.id} --public-access-block-configuration {off}`: every other bucket has "
        'settings of its own; or set secondary = { type = "https" }, which needs no public bucket'
    )
