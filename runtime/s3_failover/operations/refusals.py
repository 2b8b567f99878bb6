"""What AWS answers when it does not do what was asked, in words that say what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from s3_failover.errors import UserError

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "AuthorizationError"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_WRONG = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId", "UnrecognizedClientException"}
)
_THROTTLED = frozenset(
    {"SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
)
_MISSING = frozenset({"NoSuchBucket"})

_SIGN_IN = "sign in (aws sso login, aws configure), set AWS_PROFILE, or pass --profile"

_ACTIONS = {
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "GetBucketReplication": "s3:GetReplicationConfiguration",
    "CopyObject": "s3:GetObject and s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
}
"""Operations of S3 whose IAM action has another name (Service Authorization Reference, Amazon S3)."""


@contextlib.contextmanager
def explained(doing: str, *, service: str = "s3") -> Iterator[None]:
    """Turn what boto3 raises in this block into one line for the person.

    Args:
        doing: what could not be done, as in "cannot ...".
        service: the IAM prefix of the calls inside.

    Raises:
        UserError: instead of any error of boto3.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"cannot {doing}: {_because(error, service)}") from error


def code(error: ClientError) -> str:
    """Return the error's code, or its HTTP status where there is no other, as after HEAD."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _because(error: BotoCoreError | ClientError, service: str) -> str:
    if isinstance(error, ClientError):
        return _refused(error, service)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return f"there are no AWS credentials, expected some: {_SIGN_IN}"
    if isinstance(error, SSOError | TokenRetrievalError | UnauthorizedSSOTokenError):
        return f"the sign-in has expired: {_SIGN_IN}"
    if isinstance(error, EndpointConnectionError | ConnectionError | HTTPClientError):
        return f"AWS cannot be reached ({error}): look at the network, and run it again"
    return f"{error}"


def _refused(error: ClientError, service: str) -> str:
    told: Any = error.response.get("Error", {})
    what = code(error)
    if what in _DENIED:
        action = _ACTIONS.get(error.operation_name, f"{service}:{error.operation_name}")
        return f"access is denied ({told.get('Message') or what}), expected the permission {action}: have it granted"
    if what in _EXPIRED:
        return f"the credentials have expired: {_SIGN_IN}"
    if what in _WRONG:
        return f"AWS does not know these credentials ({what}): {_SIGN_IN}"
    if what in _THROTTLED:
        return f"AWS asks to slow down ({what}), after several tries: run it again later"
    if what in _MISSING:
        bucket = told.get("BucketName")
        return f"there is no bucket {bucket or 'of that name'}: is the site deployed, and is this its account?"
    return f"{told.get('Message') or error} ({what})"
