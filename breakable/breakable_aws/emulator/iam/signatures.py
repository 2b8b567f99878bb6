"""Signature Version 4 on the requests to the API: each must be signed with the secret of this run or of an STS session.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from breakable_aws import secret as secrets
from breakable_aws.emulator.base import credentials, routing
from breakable_aws.emulator.net.viewer_requests import Scope

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True)
class Signed:
    """A request with a signature, before its body has come.

    `presigned` is whether the signature stands in the query; `token` is empty if there is none.
    """

    method: str
    raw_path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    signature: Any
    token: str
    presigned: bool

    def key(self, secret: str) -> str | None:
        """Return the secret access key that the request must be signed with; None for credentials that are not ours.

        Args:
            secret: the one of this run, for every account.
        """
        access_key = self.signature.access_key_id
        if is_account(access_key):
            return secret if secrets.same(self.token, secrets.session_token(secret)) else None
        account = account_of(access_key)
        return credentials.secret_of(access_key, account, self.token) if account else None

    def is_signed_with(self, key: str, body: bytes) -> bool:
        """Tell whether the signature is one by this secret access key."""
        request = (self.method, self.raw_path, self.query, self.headers, body)
        return credentials.is_signed(self.signature, key, *request, presigned=self.presigned)


def read(scope: Scope) -> Signed | None:
    """Return what a request says of its signature; None where it has none that is checked here."""
    headers = _headers(scope)
    query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    presigned = "authorization" not in headers
    if presigned:
        # Headers without a signature must not lead a presigned URL of S3's to another service.
        known = "X-Amz-Signature" in query and routing.service_of(scope) == "s3"
        signature = credentials.query_signature(query) if known else None
    else:
        known = headers["authorization"].startswith(credentials.ALGORITHMS)
        signature = credentials.header_signature(headers) if known else None
    if signature is None:
        return None
    token = query.get("X-Amz-Security-Token", [""])[0] if presigned else headers.get("x-amz-security-token", "")
    return Signed(scope["method"], raw_path_of(scope), query, headers, signature, token, presigned)


def account_of(access_key: str) -> str | None:
    """Return the account of an access key: the key itself, or that of a session or a user; None if it is unknown."""
    return access_key if is_account(access_key) else credentials.account_of(access_key)


def is_account(access_key: str) -> bool:
    """Tell whether an access key is an account's own, which goes with the secret of the run."""
    return _ACCOUNT.fullmatch(access_key) is not None


def raw_path_of(scope: Scope) -> str:
    """Return a request's path as it was sent."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _headers(scope: Scope) -> dict[str, str]:
    """Return a request's headers as they are signed: repeated ones joined by a bare comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), credentials.header_value(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers
