"""Serves the API and the viewer listeners until the process ends."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from breakable_aws.clock import EmbeddedClock

from .admin import with_admin
from .api_gateway import api_gateway
from .base import calls, routing
from .cloudformation import deployments, stack_actions
from .cloudfront import edge, front, origins
from .cloudfront.traffic import Traffic
from .cloudwatch import alarm_cycle, minutes
from .cloudwatch import api as cloudwatch_api
from .faults import (
    api_outages,
    cdn_outages,
    control_planes,
    expired_credentials,
    fault_injection,
    region_outages,
    s3_outages,
    sdk_outages,
    sts_outages,
)
from .faults.faults import Faults
from .faults.gate_faults import behaviour_at
from .messaging import event_queues
from .net import guard, outside, prompt_close, service_front
from .net.authority import Authority
from .net.gates import Gates
from .net.hosts import s3_certificate_names
from .net.listeners import BoundListeners, Pair, port_of
from .net.viewer_requests import App, viewer_app
from .route53 import api as route53_api
from .s3 import account_block, regional_s3, replication, replication_metrics, s3_endpoints
from .s3.replication_queue import ReplicationQueue

_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 75
_LARGEST_HEADER_BYTES = 65536


class _TlsConfig(Config):  # type: ignore[misc]
    """A configuration whose TLS certificates are chosen at each handshake."""

    context: ssl.SSLContext

    @property
    def ssl_enabled(self) -> bool:
        return True

    def create_ssl_context(self) -> ssl.SSLContext:
        return self.context


async def serve_all(
    listeners: BoundListeners,
    *,
    authority: Authority,
    secret: str,
    about: Callable[[], dict[str, Any]],
    announce: Callable[[], Any],
    clock: EmbeddedClock,
    remedy: str,
) -> None:
    """Serve everything, and announce it when every listener accepts.

    `about` returns what the status tells about this process; `announce` is awaited beside the servers; `remedy` is what
    a caller without the secret is to do.
    """
    prompt_close.install()
    faults = Faults(clock)
    gates = Gates(listeners, lambda place: behaviour_at(place, faults))
    faults.on_change = gates.adjust
    origins.reach = cdn_outages.on_the_way(faults)
    queue = ReplicationQueue(faults)
    replication.carry = queue.carry
    event_queues.hold_back(faults)
    deployments.guard(faults)
    services = _services()
    calls.serve(services)
    api = with_admin(_api(services, faults), about, gates, faults)
    api = guard.in_front_of(api, secret, port_of(listeners.api), remedy)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_serve(api, _plain(listeners.api)))
        tasks.create_task(_serve(_cloudfront(faults), _tls(listeners.cloudfront, _cloudfront_tls(authority))))
        tasks.create_task(_serve(_s3(faults), _tls(listeners.s3, _s3_tls(authority))))
        tasks.create_task(
            _serve(
                viewer_app(api_outages.for_viewers(api_gateway.respond, faults)),
                _tls_only(listeners.api_gateway, authority),
            )
        )
        tasks.create_task(queue.run())
        tasks.create_task(minutes.each(clock, lambda minute: replication_metrics.publish_all(queue, clock, minute)))
        tasks.create_task(minutes.each(clock, lambda minute: event_queues.publish_all(clock, minute)))
        tasks.create_task(alarm_cycle.run(clock))
        tasks.create_task(announce())


def _services() -> App:
    """Return the services themselves: faults apply only to calls from outside."""
    of_regions = regional_s3.in_front_of(account_block.control_in_front_of(routing.services))
    fronts = {"cloudfront": front.respond, "monitoring": cloudwatch_api.respond, "route53": route53_api.respond}
    return stack_actions.in_front_of(service_front.in_front_of(of_regions, fronts))


def _api(services: App, faults: Faults) -> App:
    signed_in = expired_credentials.in_front_of(fault_injection.in_front_of(services, faults), faults)
    of_regions = region_outages.in_front_of(control_planes.in_front_of(signed_in, faults), faults)
    return sdk_outages.in_front_of(sts_outages.in_front_of(of_regions, faults), faults)


def _cloudfront(faults: Faults) -> App:
    return viewer_app(Traffic(faults.clock).counted(cdn_outages.for_viewers(edge.respond, faults)))


def _s3(faults: Faults) -> App:
    return viewer_app(outside.in_front_of(s3_outages.for_viewers(s3_endpoints.respond, faults), faults))


def _apis(faults: Faults) -> App:
    return viewer_app(api_outages.for_viewers(api_gateway.respond, faults))


def _cloudfront_tls(authority: Authority) -> ssl.SSLContext:
    return authority.server_context(edge.certificate_names, ("h2", "http/1.1"))


def _s3_tls(authority: Authority) -> ssl.SSLContext:
    def names_of(server_name: str | None) -> Sequence[str] | None:
        return outside.certificate_names(server_name) or s3_certificate_names(server_name)

    return authority.server_context(names_of, ("http/1.1",))


async def _serve(app: App, config: Config) -> None:
    # The trigger never comes: the process ends at once, without a graceful shutdown.
    await serve(app, config, shutdown_trigger=asyncio.Event().wait)


def _plain(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [_descriptor(listener)]
    return _tuned(config)


def _tls(pair: Pair, context: ssl.SSLContext) -> Config:
    config = _TlsConfig()
    config.context = context
    config.bind, config.insecure_bind = [_descriptor(pair.https)], [_descriptor(pair.http)]
    return _tuned(config)


def _tls_only(listener: socket.socket, authority: Authority) -> Config:
    config = _TlsConfig()
    config.context = authority.server_context(api_gateway.certificate_names, ("h2", "http/1.1"))
    config.bind = [_descriptor(listener)]
    return _tuned(config)


def _tuned(config: Config) -> Config:
    config.backlog = _BACKLOG
    config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    config.h11_max_incomplete_size = _LARGEST_HEADER_BYTES
    config.loglevel = "WARNING"
    return config


def _descriptor(listener: socket.socket) -> str:
    return f"fd://{listener.fileno()}"
