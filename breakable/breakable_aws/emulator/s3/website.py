"""How an S3 website endpoint answers a path, without sockets and without a store.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html` and
`.../CustomErrorDocSupport.html`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element

from breakable_aws.emulator.iam.access import Verdict

METHODS = ("GET", "HEAD")
"""What a website endpoint answers."""


@dataclass(frozen=True)
class WebsiteConfiguration:
    """A bucket's website configuration.

    `index` is a suffix, `error` a key; without `redirect_protocol` a redirect keeps that of the request.
    """

    index: str = ""
    error: str | None = None
    redirect_host: str | None = None
    redirect_protocol: str | None = None


@dataclass(frozen=True)
class Serve:
    """The object with this key is the answer."""

    key: str


@dataclass(frozen=True)
class Redirect:
    """The viewer is sent elsewhere."""

    status: int
    location: str


@dataclass(frozen=True)
class Failure:
    """The answer is an error, with its own page or S3's."""

    status: int
    code: str
    message: str
    key: str | None = None


Outcome = Serve | Redirect | Failure
Look = Callable[[str], Verdict]
"""Tells what would become of a read of a key."""

METHOD_NOT_ALLOWED = Failure(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
NO_SUCH_BUCKET = Failure(404, "NoSuchBucket", "The specified bucket does not exist")
NO_CONFIGURATION = Failure(
    404, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"
)
INCORRECT_ENDPOINT = Failure(
    400,
    "IncorrectEndpoint",
    "The specified bucket exists in another region. Please direct requests to the specified endpoint.",
)


def configuration(root: Element) -> WebsiteConfiguration:
    """Return the configuration in a WebsiteConfiguration element."""
    texts = {element.tag.rpartition("}")[2]: element.text for element in root.iter() if element.text}
    return WebsiteConfiguration(
        index=texts.get("Suffix", ""),
        error=texts.get("Key"),
        redirect_host=texts.get("HostName"),
        redirect_protocol=texts.get("Protocol"),
    )


def plan(config: WebsiteConfiguration, path: str, look: Look) -> Outcome:
    """Return the answer to a GET or HEAD of a raw, percent-encoded path."""
    if config.redirect_host:
        return Redirect(301, f"{config.redirect_protocol or 'http'}://{config.redirect_host}{path}")
    key = unquote(path).removeprefix("/")
    if not key or key.endswith("/"):
        key += config.index
        return _as_outcome(key, look(key))
    verdict = look(key)
    if verdict is not Verdict.SERVE and look(f"{key}/{config.index}") is Verdict.SERVE:
        return Redirect(302, f"/{quote(key, safe='/~')}/")
    return _as_outcome(key, verdict)


def error_headers(failure: Failure) -> dict[str, str]:
    """Return the headers that say what went wrong, also when the error document is served."""
    detail = {"x-amz-error-detail-Key": quote(failure.key)} if failure.key is not None and failure.status == 404 else {}
    return {"x-amz-error-code": failure.code, "x-amz-error-message": failure.message, **detail}


def error_page(failure: Failure, document: str | None, document_verdict: Verdict | None, reason: str) -> str:
    """Return S3's own page for an error, which also says why the error document was not served."""
    lines = [f"<li>Code: {escape(failure.code)}</li>", f"<li>Message: {escape(failure.message)}</li>"]
    if failure.key is not None and failure.status == 404:
        lines.append(f"<li>Key: {escape(failure.key)}</li>")
    second = ""
    if document is not None and document_verdict is not Verdict.SERVE:
        code = "NoSuchKey" if document_verdict is Verdict.MISSING else "AccessDenied"
        second = (
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
            f"<ul>\n<li>Code: {code}</li>\n<li>Key: {escape(document)}</li>\n</ul>\n"
        )
    title = f"{failure.status} {reason}"
    items = "\n".join(lines)
    return (
        f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n"
        f"<ul>\n{items}\n</ul>\n{second}<hr/>\n</body>\n</html>\n"
    )


def _as_outcome(key: str, verdict: Verdict) -> Outcome:
    if verdict is Verdict.SERVE:
        return Serve(key)
    if verdict is Verdict.MISSING:
        return Failure(404, "NoSuchKey", "The specified key does not exist.", key)
    return Failure(403, "AccessDenied", "Access Denied", key)
