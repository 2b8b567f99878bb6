"""The CloudFront Functions that make a distribution answer paths as an S3 website does, and what else runs there."""

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.arguments import fits, flag, instance, member, optional_text, text, texts

_HERE = Path(__file__).parent


class Directories(Enum):
    """What the distribution makes of paths that name a directory; it cannot see which objects there are."""

    INDEX = "index"
    """`/docs/` is the index document of `docs/`, as on an S3 website."""
    REDIRECT = "redirect"
    """Besides, `/docs`, and every path whose last part has no dot, is redirected to `/docs/` with 302."""
    OFF = "off"
    """Only `/` has an index."""


@dataclass(frozen=True)
class ViewerPaths:
    """What a distribution does with a request before it looks into its cache.

    Args:
        directories: what paths are that name a directory; an index document by default.
        single_page_app: whether the index document answers every path whose last part has no dot, with 200.
        allowed_countries: the only countries that are served, as two capitals (ISO 3166-1); all by default.
        denied_countries: countries that are not served; none by default.
        maintenance: whether every path answers 503 with the maintenance page.
        object_redirects: whether objects with `x-amz-website-redirect-location` redirect, as on an S3 website.

    Raises:
        ValueError: a country is no code or is there twice, some are allowed and others denied, or `directories` is no
            member's value, or is chosen for a single-page app.
    """

    directories: Directories = Directories.INDEX
    single_page_app: bool = False
    allowed_countries: tuple[str, ...] = ()
    denied_countries: tuple[str, ...] = ()
    maintenance: bool = False
    object_redirects: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "directories", member("directories", self.directories, Directories))
        for name in ("single_page_app", "maintenance", "object_redirects"):
            flag(name, getattr(self, name))
        texts("allowed_countries", self.allowed_countries, values.countries, counted=True)
        texts("denied_countries", self.denied_countries, values.countries, counted=True)
        fits("denied_countries", values.denied_beside(self.allowed_countries, self.denied_countries))
        if self.single_page_app and self.directories is not Directories.INDEX:
            fits("directories", [values.Misfit(self.directories, "nothing in a single-page app", "remove it")])

    @property
    def need_function(self) -> bool:
        """Whether a function must run in front of the cache."""
        indexes = self.directories is not Directories.OFF
        return indexes or self.single_page_app or self.maintenance or self.object_redirects or self.reads_country

    @property
    def reads_country(self) -> bool:
        """Whether CloudFront must tell the viewer's country."""
        return bool(self.allowed_countries or self.denied_countries)


class ViewerFunctions(Construct):
    """Defines the functions of a cache behavior: one for requests, and one for responses where that is needed.

    A CloudFront Function runs at every edge location, without origin, region or network (CloudFront Developer Guide,
    cloudfront-functions). It costs 0.10 USD per million requests after two million a month.

    Attributes:
        associations: the functions, for a behavior.

    Args:
        paths: what is done with requests.
        index_document: the name of a directory's index.
        maintenance_page: the key of the page for maintenance; none by default.
        cors_origins: origins whose preflight requests are granted; `*` for any origin, none by default.
        name: what the functions' names start with, at most 48 letters, digits, hyphens and underscores; they are
            unique in an account. By default they are made of the construct's path.

    Raises:
        ValueError: maintenance is on without a page.

    Leaves to you:
        the behavior, and the policy that tells the viewer's country, which countries need.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        paths: ViewerPaths,
        index_document: str,
        maintenance_page: str | None = None,
        cors_origins: tuple[str, ...] = (),
        name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        instance("paths", paths, ViewerPaths)
        text("index_document", index_document, values.index_document)
        texts("cors_origins", cors_origins, values.web_origins, counted=True)
        optional_text("name", name, values.name_prefix)
        optional_text("maintenance_page", maintenance_page)
        fits("maintenance_page", values.maintenance_page(maintenance_page, maintenance=paths.maintenance))
        self._name = name
        maintained = maintenance_page if paths.maintenance else None
        settings = {
            "index": index_document,
            "directories": paths.directories.value,
            "singlePageApp": paths.single_page_app,
            "allowedCountries": paths.allowed_countries,
            "deniedCountries": paths.denied_countries,
            "maintenancePage": maintained,
            "corsOrigins": cors_origins,
        }
        request = self._function("Request", f"const SETTINGS = {json.dumps(settings)};\n{_source('request')}")
        self.associations = [_on(cloudfront.FunctionEventType.VIEWER_REQUEST, request)]
        if maintained or paths.object_redirects:
            source = _source("maintenance_response" if maintained else "redirect_response")
            response = self._function("Response", source)
            self.associations.append(_on(cloudfront.FunctionEventType.VIEWER_RESPONSE, response))

    def _function(self, construct_id: str, code: str) -> cloudfront.Function:
        return cloudfront.Function(
            self,
            construct_id,
            function_name=f"{self._name}-{construct_id.lower()}" if self._name else None,
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )


def _source(name: str) -> str:
    return (_HERE / f"{name}.js").read_text(encoding="utf-8")


def _on(event: cloudfront.FunctionEventType, function: cloudfront.Function) -> cloudfront.FunctionAssociation:
    return cloudfront.FunctionAssociation(event_type=event, function=function)
