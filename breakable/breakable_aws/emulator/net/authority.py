"""A certificate authority of this process, which mints the certificate that each TLS name asks for."""

import ssl
from collections.abc import Callable, Sequence

import trustme

NamesOf = Callable[[str | None], Sequence[str] | None]
"""Returns the names of the certificate for a TLS server name, or None where no TLS is spoken."""


class Authority:
    """Issues certificates that are valid for clients that trust `pem`."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="embedded AWS")
        self._contexts: dict[tuple[tuple[str, ...], tuple[str, ...]], ssl.SSLContext] = {}

    @property
    def pem(self) -> str:
        """The CA certificate."""
        text: str = self._ca.cert_pem.bytes().decode("ascii")
        return text

    def server_context(self, names_of: NamesOf, protocols: Sequence[str]) -> ssl.SSLContext:
        """Return a context that answers each server name with its own certificate, or refuses the handshake."""
        context = self._issued(("localhost",), protocols)

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, server_name: str | None, _: ssl.SSLContext) -> int | None:
            names = names_of(server_name)
            if names is None:
                return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
            connection.context = self._for(tuple(names), protocols)
            return None

        context.sni_callback = choose
        return context

    def _for(self, names: tuple[str, ...], protocols: Sequence[str]) -> ssl.SSLContext:
        key = (names, tuple(protocols))
        if key not in self._contexts:
            self._contexts[key] = self._issued(names, protocols)
        return self._contexts[key]

    def _issued(self, names: Sequence[str], protocols: Sequence[str]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(list(protocols))
        self._ca.issue_cert(*names).configure_cert(context)
        return context
