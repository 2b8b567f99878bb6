"""STS that does not answer: what signs in, or assumes a role, waits until it gives up.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html`.
"""

from breakable_aws.emulator.base import routing
from breakable_aws.emulator.iam import signatures
from breakable_aws.emulator.net.viewer_requests import App, Receive, Scope, Send

from .faults import STS_HANG, Faults
from .sdk_outages import lose


def in_front_of(api: App, faults: Faults) -> App:
    """Return the API application, whose STS can hang; the fault resets what waits when it is healed."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        region = _region_of(scope)
        if scope["type"] == "http" and faults.has(STS_HANG, region) and routing.service_of(scope) == "sts":
            await lose(scope, receive, faults, lambda: faults.has(STS_HANG, region))
        else:
            await api(scope, receive, send)

    return app


def _region_of(scope: Scope) -> str | None:
    signed = signatures.read(scope) if scope["type"] == "http" else None
    return str(signed.signature.region) if signed is not None and signed.signature.region else None
