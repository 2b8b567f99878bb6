"""The principal behind a request's credentials, as the policies of resources see it.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakable_aws.emulator.base import credentials, scopes

from .signatures import account_of


@dataclass(frozen=True)
class Principal:
    """A caller with credentials.

    `kind` is what aws:PrincipalType holds; `keys` are further condition keys that tell of the caller, in lower case.
    """

    arn: str
    kind: str
    account: str
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        """Whether it is the root user of an account."""
        return self.kind == "Account"


def of_key(access_key: str) -> Principal:
    """Return the caller with an access key; one that is not known counts as the account itself."""
    account = account_of(access_key) or scopes.account()
    found = credentials.caller_of(access_key, account)
    if found is None:
        return Principal(f"arn:aws:iam::{account}:root", "Account", account)
    arn, kind, owner, keys = found
    return Principal(arn, "Account" if kind == "Root" else kind, owner, keys)
