"""Access keys: whose they are, and how requests are signed with them."""

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator, sigv4
from ministack.services import sts

from .calls import soon

Query = Mapping[str, list[str]]

ALGORITHMS = ("AWS4-HMAC-SHA256 ", f"{sigv4.SIGV4A} ")
"""How the authorization of a request begins that is signed with version 4 of the signature."""


def account_of(access_key: str) -> str | None:
    """Return the account of a session's or a user's access key; None if it is unknown."""
    try:
        account: str | None = iam_evaluator.find_iam_access_key_account(access_key)
    except iam_evaluator.AmbiguousAccessKeyError:
        return None
    session = (iam_evaluator.resolve_caller_identity(access_key) or {}).get("session") or {}
    return account or session.get("AccountId") or session.get("Arn", "::::").split(":")[4] or None


def secret_of(access_key: str, account: str, token: str) -> str | None:
    """Return the secret that belongs to an access key and a session token; None if they are not valid together."""
    found = iam_evaluator.resolve_credential(access_key, account, token)
    return getattr(found, "secret_access_key", None)


def caller_of(access_key: str, account: str) -> tuple[str, str, str, Mapping[str, Any]] | None:
    """Return the ARN, the type, the account and the condition keys of a caller; None if its key is unknown."""
    found = iam_evaluator.resolve_principal(access_key, account)
    if isinstance(found, iam_evaluator.AuthError):
        return None
    return found.arn, found.type, found.account, found.keys


def begin_session(access_key: str, session: dict[str, Any]) -> None:
    """Let STS know a session from the next request on; any thread may call this."""
    soon(sts.register_session, access_key, session)


def header_signature(headers: Mapping[str, str]) -> Any:
    """Return the signature in a request's authorization, None if there is none."""
    return _signature(sigv4.parse_header_signature(headers))


def query_signature(query: Query) -> Any:
    """Return the signature in a presigned query, None if there is none."""
    return _signature(sigv4.parse_query_signature(query))


def header_value(raw: bytes) -> str:
    """Return a header's value as it is signed."""
    return sigv4.decode_header_value(raw)


def is_signed(signature: Any, secret: str, *request: Any, presigned: bool) -> bool:
    """Tell whether a request is signed so with a secret.

    Args:
        signature: what `header_signature` or `query_signature` returned.
        secret: the secret access key.
        request: its method, raw path, query, headers and body.
        presigned: whether the signature stands in the query.
    """
    return sigv4.header_signature_failure(signature, secret, *request, presigned=presigned) is None


def _signature(found: Any) -> Any:
    return found if isinstance(found, sigv4.HeaderSignature) else None
