"""The headers that a distribution adds to its responses."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.arguments import flag, optional_text, texts


@dataclass(frozen=True)
class ResponseHeaders:
    """What a distribution adds to what its origin said.

    Args:
        hsts: whether responses have browsers remember HTTPS for a year. Set it only where every leg speaks HTTPS, the
            secondary too.
        security: whether browsers may neither guess types, nor show the site in frames of others, nor tell other sites
            the path that a viewer came from.
        content_security_policy: the Content-Security-Policy; none by default.
        cors_origins: the origins whose scripts may read the content, as in `https://app.example.com`; `*` for all, none
            by default.
    """

    hsts: bool = False
    security: bool = False
    content_security_policy: str | None = None
    cors_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        flag("hsts", self.hsts)
        flag("security", self.security)
        optional_text("content_security_policy", self.content_security_policy, values.header)
        texts("cors_origins", self.cors_origins, values.web_origins, counted=True)
        object.__setattr__(self, "cors_origins", tuple(self.cors_origins))


def response_headers_policy(
    scope: Construct, construct_id: str, *, headers: ResponseHeaders, comment: str, name: str | None = None
) -> cloudfront.ResponseHeadersPolicy | None:
    """Define the response headers policy for headers, or return None where none is to be added.

    Args:
        scope: what the policy belongs to.
        construct_id: its id there.
        headers: what is added.
        comment: shown in the console.
        name: the policy's name, unique in an account; by default it is made of the construct's path.
    """
    if headers == ResponseHeaders():
        return None
    return cloudfront.ResponseHeadersPolicy(
        scope,
        construct_id,
        response_headers_policy_name=name,
        comment=comment,
        security_headers_behavior=_security(headers),
        cors_behavior=_cors(headers.cors_origins) if headers.cors_origins else None,
    )


def _security(headers: ResponseHeaders) -> cloudfront.ResponseSecurityHeadersBehavior | None:
    policy = headers.content_security_policy
    if not (headers.hsts or headers.security or policy):
        return None
    return cloudfront.ResponseSecurityHeadersBehavior(
        strict_transport_security=_hsts() if headers.hsts else None,
        content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True) if headers.security else None,
        frame_options=_same_origin() if headers.security else None,
        referrer_policy=_referrer() if headers.security else None,
        content_security_policy=_csp(policy) if policy else None,
    )


def _hsts() -> cloudfront.ResponseHeadersStrictTransportSecurity:
    return cloudfront.ResponseHeadersStrictTransportSecurity(
        access_control_max_age=Duration.days(365), include_subdomains=False, override=True
    )


def _same_origin() -> cloudfront.ResponseHeadersFrameOptions:
    return cloudfront.ResponseHeadersFrameOptions(frame_option=cloudfront.HeadersFrameOption.SAMEORIGIN, override=True)


def _referrer() -> cloudfront.ResponseHeadersReferrerPolicy:
    return cloudfront.ResponseHeadersReferrerPolicy(
        referrer_policy=cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override=True
    )


def _csp(policy: str) -> cloudfront.ResponseHeadersContentSecurityPolicy:
    return cloudfront.ResponseHeadersContentSecurityPolicy(content_security_policy=policy, override=True)


def _cors(origins: tuple[str, ...]) -> cloudfront.ResponseHeadersCorsBehavior:
    # No credentials: the content is the same for every viewer.
    return cloudfront.ResponseHeadersCorsBehavior(
        access_control_allow_credentials=False,
        access_control_allow_headers=["*"],
        access_control_allow_methods=["GET", "HEAD"],
        access_control_allow_origins=list(origins),
        origin_override=True,
    )
