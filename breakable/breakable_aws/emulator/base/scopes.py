"""The account and the region of the request, or of the deployment, that is at work."""

from contextlib import AbstractContextManager

from ministack.core.responses import get_account_id, get_region, request_scope

from .calls import credentials


def account() -> str:
    """Return the present account."""
    return get_account_id()


def region() -> str:
    """Return the present region."""
    return get_region()


def within(of_account: str, of_region: str) -> AbstractContextManager[None]:
    """Work in an account and a region."""
    return request_scope(of_account, of_region)


def signed(service: str) -> dict[str, str]:
    """Return the headers of a request to a service of the present account and region."""
    return credentials(service, account(), region())
