"""Credentials that expire: what `local up` printed, and what an SDK holds of it, is refused by every service.

Roles go on: AWS renews the credentials of deployed functions. So does what belongs to the embedded AWS itself.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html`.
"""

from breakable_aws import secret
from breakable_aws.emulator.base import routing
from breakable_aws.emulator.iam import signatures
from breakable_aws.emulator.net.viewer_requests import App, Receive, Response, Scope, Send, headers_of, send_response

from .faults import CREDENTIALS, Faults

_CODE = "ExpiredTokenException"
_MESSAGE = "The security token included in the request is expired"


def in_front_of(api: App, faults: Faults) -> App:
    """Return the API application, which can refuse the credentials of its run."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and faults.has(CREDENTIALS) and _is_of_this_run(scope):
            status, headers, body = routing.refusal(scope, _CODE, _MESSAGE)
            await send_response(send, scope["method"], Response(status, headers, body))
        else:
            await api(scope, receive, send)

    return app


def _is_of_this_run(scope: Scope) -> bool:
    # The embedded AWS's own callers know the secret, and say so.
    signed = None if secret.HEADER in headers_of(scope) else signatures.read(scope)
    return signed is not None and signatures.is_account(signed.signature.access_key_id)
