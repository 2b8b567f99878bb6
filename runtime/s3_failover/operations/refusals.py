"""Turns refusals by AWS into messages that say what to do."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from boto3.exceptions import Boto3Error
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

T = TypeVar("T")

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "AuthorizationError", "KMSAccessDenied"}
)
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidToken", "RequestExpired", "TokenRefreshRequired"}
)
_WRONG = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId", "UnrecognizedClientException"}
)
THROTTLED = frozenset(
    {"SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
)
"""Codes of services that are asked too often."""

_LATER = THROTTLED | {"TooManyInvalidationsInProgress"}
"""Codes of calls that may work later as they are."""

_NAMED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")
"""How AWS names what is denied, where it does (IAM User Guide, troubleshoot_access-denied). It may be another action
than the call's own: of a key, of a role that is passed, or of one that is assumed before."""

_MISSING = frozenset({"NoSuchBucket"})

_GRANT = "have it granted (`s3-failover permissions COMMAND` prints all that a command needs)"
_SIGN_IN = "sign in (aws sso login, aws configure), set AWS_PROFILE, or pass --profile"

_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:CopyObject": "s3:GetObject and s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:GetObject and s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3-control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "apigateway:GetApis": "apigateway:GET",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
"""Operations whose IAM action has another name (Service Authorization Reference)."""


class DeniedError(UserError):
    """A permission is missing.

    Attributes:
        permission: the IAM action, if it is known and is one.
    """

    def __init__(self, message: str, *, permission: str = "") -> None:
        super().__init__(message)
        self.permission = permission


class UnavailableError(UserError):
    """A service does not answer, or says that it cannot now: the same call may work later."""


@contextlib.contextmanager
def explained(doing: str, *, service: str = "s3") -> Iterator[None]:
    """Turn what boto3 raises in this block into one line for the user.

    Args:
        doing: what could not be done, as in "cannot ...".
        service: the IAM prefix of the calls inside.

    Raises:
        UserError: instead of any error of boto3; `DeniedError` where a permission is missing, `UnavailableError` where
            it may work later.
    """
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        cause = _uncovered(error)
        message = f"cannot {doing}: {_because(cause, service)}"
        if isinstance(cause, ClientError) and code(cause) in _DENIED:
            raise DeniedError(message, permission=_needed(cause, service)) from cause
        raise (UnavailableError if _is_unavailable(cause) else UserError)(message) from cause


def _is_unavailable(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or code(error) in _LATER
    return isinstance(error, EndpointConnectionError | ConnectionError | HTTPClientError)


def _uncovered(error: Exception) -> Exception:
    """Return what S3 or the network said, which `upload_file` and `download_file` raise errors of their own about."""
    said = getattr(error, "last_exception", error.__context__) if isinstance(error, Boto3Error) else error
    return said if isinstance(said, Exception) else error


def code(error: ClientError) -> str:
    """Return the error's code, or its HTTP status where there is no other, as after HEAD."""
    return str(error.response.get("Error", {}).get("Code", ""))


def found_or_none(ask: Callable[[], T], *absent: str) -> T | None:
    """Return what a call returns; None where AWS refuses it with one of these codes, which say that it is not there."""
    try:
        return ask()
    except ClientError as error:
        if code(error) in absent:
            return None
        raise


def require_signed_in(client: Any, **where: Any) -> None:
    """Raise what S3 says of credentials that have expired, after a bare 400 to HEAD: it has no body that would say so.

    An object with a customer's key, and a version id that is none, are answered alike (S3 API, HeadObject).

    `where` is the object, as GetObject takes it.
    """
    try:
        client.get_object(**where, Range="bytes=0-0")["Body"].close()
    except ClientError as error:
        if code(error) in _EXPIRED:
            raise


def action(service: str, operation: str) -> str:
    """Return the IAM action that an operation needs.

    The service's IAM prefix is that of its endpoints but for CloudWatch.
    """
    prefix = "cloudwatch" if service == "monitoring" else service
    return _ACTIONS.get(f"{prefix}:{operation}", f"{prefix}:{operation}")


def _because(error: Exception, service: str) -> str:
    if isinstance(error, ClientError):
        return _refused(error, service)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return f"there are no AWS credentials, expected some: {_SIGN_IN}"
    if isinstance(error, SSOError | TokenRetrievalError | UnauthorizedSSOTokenError):
        return f"the sign-in has expired: {_SIGN_IN}"
    if isinstance(error, EndpointConnectionError | ConnectionError | HTTPClientError):
        return f"AWS cannot be reached ({error}): look at the network, and run it again"
    return f"{error}"


def _needed(error: ClientError, service: str) -> str:
    named = _NAMED.search(str(error.response.get("Error", {}).get("Message")))
    if named:
        return named[1]
    if code(error) == "KMSAccessDenied":
        return "kms:Decrypt and kms:GenerateDataKey on the key"
    return action(service, error.operation_name)


def _refused(error: ClientError, service: str) -> str:
    told: Any = error.response.get("Error", {})
    what = code(error)
    if what in _DENIED:
        needed = _needed(error, service)
        return f"access is denied ({told.get('Message') or what}), expected the permission {needed}: {_GRANT}"
    if what in _EXPIRED:
        return f"the credentials have expired: {_SIGN_IN}"
    if what in _WRONG:
        return f"AWS does not know these credentials ({what}): {_SIGN_IN}"
    if what in THROTTLED:
        return f"AWS asks to slow down ({what}), after several tries: run it again later"
    if what in _MISSING:
        bucket = told.get("BucketName")
        return f"there is no bucket {bucket or 'of that name'}: is the site deployed, and is this its account?"
    said = told.get("Message") or error
    if what == "400":
        said = f"S3 gives no reason, as when credentials have expired: {_SIGN_IN}"
    return f"{said} ({what})"
