"""API Gateway: the custom domain names and HTTP APIs that ministack keeps, and what serves them."""

from typing import Any

from ministack import app
from ministack.services import apigateway, apigateway_v1

from breakable_aws.emulator.answers import Answer

DomainName = dict[str, Any]


def domain_names() -> list[DomainName]:
    """Return the records of the custom domain names of all accounts and regions."""
    return [record for _, record in apigateway_v1._domain_names.all_items()]


def mappings_of(region: str, name: str) -> dict[str, Any]:
    """Return the mappings of a custom domain name of a region by their path, `(none)` for all of it."""
    items = apigateway_v1._base_path_mappings.all_items()
    return next((found for (_, where, known), found in items if (where, known) == (region, name)), {})


def set_address_type(api: str, address_type: str) -> None:
    """Set the address type of an API, which ministack's API cannot."""
    apigateway._apis[api]["ipAddressType"] = address_type


async def serve(name: str, *request: Any, **raw: Any) -> Answer | None:
    """Answer a viewer as the API that a custom domain name is mapped to; None if it is mapped to none.

    The public API is not asked: at a viewer's path, it answers for itself.

    Args:
        name: the custom domain name.
        request: the path, the method, the headers, the body and the query of a request.
        raw: its `raw_path` and `raw_query_string`.
    """
    return await app._handle_execute_api_request(name, *request, **raw)
