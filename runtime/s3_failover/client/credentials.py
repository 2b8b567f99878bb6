"""Credentials that are asked for before an attempt's time begins, and whose errors are nobody's but this host's.

botocore resolves them while it signs: what STS says then looks like an answer of S3, and its time is the region's.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore import UNSIGNED
from botocore.exceptions import CredentialRetrievalError


class Held:
    """Signs with what `renew` found in the same thread; botocore takes it for the credentials themselves.

    Looking whether credentials of a role have expired takes 30 µs: it is done once for each request and not twice.
    """

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials
        self._here = threading.local()

    def renew(self) -> None:
        """Have valid credentials: those of a role are asked for when there are none, or they expire.

        Raises:
            botocore.exceptions.CredentialRetrievalError: whoever gives them did not.
        """
        try:
            self._here.frozen = self._credentials.get_frozen_credentials()
        except CredentialRetrievalError:
            raise
        except Exception as error:
            raise CredentialRetrievalError(provider=self._credentials.method, error_msg=error) from error

    def get_frozen_credentials(self) -> Any:
        """Return them as botocore signs with them."""
        return self._here.frozen


class Unsigned:
    """No credentials: requests are not signed, or botocore will say that it has none to sign with."""

    def renew(self) -> None:
        """Do nothing."""


def install(client: Any) -> Held | Unsigned:
    """Let a boto3 client sign with held credentials, and return them.

    Raises:
        RuntimeError: this botocore keeps its credentials elsewhere.
    """
    if client.meta.config.signature_version is UNSIGNED:
        return Unsigned()
    signer: Any = getattr(client, "_request_signer", None)
    if not hasattr(signer, "_credentials"):
        msg = "this version of botocore has no credentials where 1.40 to 1.44 have them: install one of those"
        raise RuntimeError(msg)
    if signer._credentials is None:
        return Unsigned()
    signer._credentials = held = Held(signer._credentials)
    return held
