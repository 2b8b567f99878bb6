"""What an app gives a site as objects of its own, which no setting of the configuration can hold."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_certificatemanager as acm

from s3_failover.config import EDGE_REGION
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import fits, flag, offers
from s3_failover_stacks.app_buckets import AppBuckets
from s3_failover_stacks.cdn_options import SiteCdn
from s3_failover_stacks.notifications import SiteNotifications


@dataclass(frozen=True)
class Given:
    """The objects of one site.

    Attributes:
        notifications: the alarms' actions; by default the stacks make topics.
        buckets: buckets in place of those that the site would make.
        certificate: a certificate that the app makes; by default the site makes one, or imports it by its ARN.
        cdn: what the distribution has besides its settings.
        termination_protection: of all stacks; by default of those that the settings protect.
    """

    notifications: SiteNotifications | None = None
    buckets: AppBuckets = field(default_factory=AppBuckets)
    certificate: acm.ICertificate | None = None
    cdn: SiteCdn | None = None
    termination_protection: bool | None = None

    @classmethod
    def taken_from(cls, arguments: MutableMapping[str, Any]) -> Given:
        """Take the objects out of a site's arguments; what a setting can hold as well is left there as one.

        Raises:
            TypeError: an argument has another type.
            ValueError: an object is not where it is of use, or lacks a name.
        """
        protection = arguments.pop("termination_protection", None)
        if protection is not None:
            flag("termination_protection", protection)
        return cls(
            notifications=arguments.pop("notifications", None),
            buckets=AppBuckets.taken_from(arguments),
            certificate=_certificate(arguments),
            cdn=arguments.pop("cdn_options", None),
            termination_protection=protection,
        )


def _certificate(arguments: MutableMapping[str, Any]) -> acm.ICertificate | None:
    """Return a certificate whose ARN is known at deployment alone; any other becomes a setting."""
    certificate = arguments.pop("certificate", None)
    if certificate is None:
        return None
    if isinstance(certificate, str) and Token.is_unresolved(certificate):
        expected = "an ARN that is known at synthesis, or a certificate"
        raise ValueError(f"certificate: got a token, expected {expected}; pass the certificate itself")
    arn = certificate if isinstance(certificate, str) else _arn(certificate)
    if isinstance(certificate, str) or not Token.is_unresolved(arn):
        arguments["certificate_arn"] = arn
        return None
    region = certificate.env.region
    if not Token.is_unresolved(region) and region != EDGE_REGION:
        remedy = "make it in a stack of that region"
        fits("certificate", [Misfit(f"one in {region}", f"one in {EDGE_REGION}", remedy)])
    return certificate  # type: ignore[no-any-return]


def _arn(certificate: Any) -> str:
    remedy = "pass a certificate, or write its ARN in quotes"
    offers("certificate", certificate, ["certificate_arn"], "a certificate or its ARN", remedy)
    return str(certificate.certificate_arn)
