"""The loopback sockets: bound before anything else, so that the ports are known and cannot be lost."""

import errno
import socket
from dataclasses import dataclass

from breakable_aws.emulator.failure import StartError
from breakable_aws.emulator.options import Options

LOOPBACK = "127.0.0.1"
"""The only address that is ever bound."""


@dataclass(frozen=True)
class Pair:
    """A service's two viewer sockets."""

    http: socket.socket
    https: socket.socket

    def ports(self) -> dict[str, int]:
        """Return the port numbers by scheme."""
        return {"http": port_of(self.http), "https": port_of(self.https)}


@dataclass(frozen=True)
class BoundListeners:
    """Every socket of the emulator, bound and not yet listening."""

    api: socket.socket
    cloudfront: Pair
    s3: Pair
    api_gateway: socket.socket

    @property
    def endpoint(self) -> str:
        """The URL of the AWS API."""
        return f"http://{LOOPBACK}:{port_of(self.api)}"

    def all(self) -> tuple[socket.socket, ...]:
        """Return all sockets."""
        return (self.api, self.cloudfront.http, self.cloudfront.https, self.s3.http, self.s3.https, self.api_gateway)


def bind_all(options: Options) -> BoundListeners:
    """Bind every socket that the options ask for; raise StartError if a port is taken or may not be bound."""
    return BoundListeners(
        api=bind(options.port, "the AWS API", "--port"),
        cloudfront=Pair(
            http=bind(options.cloudfront_http_port, "CloudFront over HTTP", "--cloudfront-http-port"),
            https=bind(options.cloudfront_https_port, "CloudFront over HTTPS", "--cloudfront-https-port"),
        ),
        s3=Pair(
            http=bind(options.s3_http_port, "S3 over HTTP", "--s3-http-port"),
            https=bind(options.s3_https_port, "S3 over HTTPS", "--s3-https-port"),
        ),
        api_gateway=bind(options.api_gateway_port, "API Gateway over HTTPS", "--api-gateway-port"),
    )


def bind(port: int, purpose: str, option: str) -> socket.socket:
    """Bind one loopback port; 0 takes a free one."""
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if port:
        # A port that was closed a moment ago may be taken again; a free one never needs this.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise StartError(refusal(error, port, purpose, option)) from error
    return listener


def refusal(error: OSError | OverflowError, port: int, purpose: str, option: str) -> str:
    """Return the line for a port that cannot be bound."""
    taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
    why = "is in use" if taken else f"cannot be bound ({error})"
    return f"port {port} for {purpose} {why}: stop what holds it, give another {option}, or leave it out for a free one"


def port_of(listener: socket.socket) -> int:
    """Return the port number of a bound socket."""
    port: int = listener.getsockname()[1]
    return port
