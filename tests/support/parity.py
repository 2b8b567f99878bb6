"""Asks both legs of a site the same questions, and writes down where their answers differ.

A case says why the legs differ, or nothing where they must not: the reason is part of docs/parity.md.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
BEGIN = "<!-- parity: begin -->"
END = "<!-- parity: end -->"

COMPARED = (
    "accept-ranges",
    "access-control-allow-origin",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-security-policy",
    "content-type",
    "etag",
    "last-modified",
    "location",
    "referrer-policy",
    "x-amz-meta-build",
    "x-content-type-options",
    "x-frame-options",
)
"""The response headers that viewers and caches act on."""

NOTE = b"a note\n"
ERROR = b"<h1>not here</h1>"
PAGES = {
    "index.html": b"<h1>home</h1>",
    "docs/index.html": b"<h1>docs</h1>",
    "error.html": ERROR,
    "maintenance.html": b"<h1>back soon</h1>",
}
TEXTS = {
    "docs/note.txt": NOTE,
    "pictures/café am Hafen.txt": b"a harbour",
    "a+b & c.txt": b"signs",
    "empty.txt": b"",
    "LICENSE": b"a licence",
}
SETTINGS = {"CacheControl": "public, max-age=60", "ContentLanguage": "de", "Metadata": {"build": "42"}}
FUTURE, PAST = "Fri, 01 Jan 2100 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"
CURRENT = "the current ETag"
"""Stands for the ETag of docs/note.txt in a header."""


@dataclass(frozen=True)
class Case:
    """One request, and why the legs answer it differently if they do."""

    request: str
    why: str = ""
    headers: dict = field(default_factory=dict)

    @property
    def method(self):
        return self.request.split()[0]

    @property
    def path(self):
        return self.request.split()[1]

    @property
    def name(self):
        sent = "; ".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.request} ({sent})" if sent else self.request


@dataclass(frozen=True)
class Section:
    """Cases for one kind of site."""

    title: str
    cases: tuple[Case, ...]


UNLISTED = (
    "The website answers 404 only to callers that may list the bucket, and that would be every viewer. "
    "A routing rule can only redirect (3xx). Both show the same page."
)
UNSEEN = (
    "The website looks for `docs/index.html`; a function in CloudFront sees no objects. "
    '`directories = "redirect"` redirects every path whose last part has no dot.'
)
METHODS = "CloudFront refuses methods of a distribution's own with 403; both refuse."
EXTENSION = 'With `directories = "redirect"` a path whose last part has no dot is a directory: keep such objects out.'
PREFLIGHT = "AWS documents GET and HEAD for website endpoints. Requests that need no preflight work on both."
QUERY = "The redirect of an S3 website loses the query string; the distribution's keeps it."
METADATA = (
    "A website sends what is stored with the object, and no other header can be. CSP also works as a meta element."
)
ROUTE = "The website has no status 200 for a missing object: the app's page comes with 403, and browsers run it."
OPEN = "The website does not know where viewers come from: `unguarded_secondary = true` says that you know."
MAINTAINED = "DNS does not move for maintenance; who asks the bucket's own name sees the content."
MOVED = "CloudFront reads the bucket by the REST API, which does not act on it: `object_redirects = true` does."

BY_DEFAULT = Section(
    "By default",
    (
        Case("GET /"),
        Case("GET /index.html"),
        Case("GET /docs/"),
        Case("GET /docs/index.html"),
        Case("GET /docs", UNSEEN),
        Case("GET /docs/note.txt"),
        Case("GET /docs/note.txt?version=2"),
        Case("GET /docs/?version=2"),
        Case("GET /docs%2Fnote.txt"),
        Case("GET /docs%2F"),
        Case("GET /pictures/caf%C3%A9%20am%20Hafen.txt"),
        Case("GET /a%2Bb%20%26%20c.txt"),
        Case("GET /LICENSE"),
        Case("GET /empty.txt"),
        Case("GET /moved.txt", MOVED),
        Case("GET /missing.txt", UNLISTED),
        Case("GET /docs/missing.txt", UNLISTED),
        Case("GET /missing/", UNLISTED),
        Case("GET /missing", UNLISTED),
        Case("GET /DOCS/note.txt", UNLISTED),
        Case("GET //docs/note.txt", UNLISTED),
        Case("GET /docs//note.txt", UNLISTED),
        Case("GET /docs/note.txt/", UNLISTED),
        Case("GET //", UNLISTED),
        Case("GET /%2Fdocs/note.txt", UNLISTED),
        Case("HEAD /"),
        Case("HEAD /docs/"),
        Case("HEAD /docs/note.txt"),
        Case("HEAD /missing.txt", UNLISTED),
        Case("GET /docs/note.txt", headers={"Range": "bytes=2-5"}),
        Case("GET /docs/note.txt", headers={"Range": "bytes=-3"}),
        Case("GET /docs/note.txt", headers={"Range": "bytes=99-"}),
        Case("GET /docs/", headers={"Range": "bytes=0-3"}),
        Case("HEAD /docs/note.txt", headers={"Range": "bytes=2-5"}),
        Case("GET /docs/note.txt", headers={"If-None-Match": CURRENT}),
        Case("GET /docs/note.txt", headers={"If-None-Match": '"another"'}),
        Case("HEAD /docs/note.txt", headers={"If-None-Match": CURRENT}),
        Case("GET /docs/note.txt", headers={"If-Modified-Since": FUTURE}),
        Case("GET /docs/note.txt", headers={"If-Modified-Since": PAST}),
        Case("GET /docs/note.txt", headers={"If-Match": '"another"'}),
        Case("GET /docs/note.txt", headers={"If-Match": CURRENT}),
        Case("GET /docs/note.txt", headers={"If-Unmodified-Since": PAST}),
        Case("GET /docs/note.txt", headers={"If-Modified-Since": "yesterday"}),
        Case("GET /docs/note.txt", headers={"If-Unmodified-Since": "INF"}),
        Case("GET /docs/note.txt", headers={"Origin": "https://shop.example.com"}),
        Case("POST /docs/note.txt", METHODS),
        Case("PUT /docs/note.txt", METHODS),
        Case("DELETE /docs/note.txt", METHODS),
        Case("OPTIONS /docs/note.txt", METHODS, headers={"Origin": "https://shop.example.com"}),
    ),
)

WIKI = Section(
    '`directories = "redirect"`, `object_redirects = true`, `security_headers = true`, `cors_origins = ["*"]`, `denied_countries = ["AQ"]`',
    (
        Case("GET /docs"),
        Case("GET /docs?version=2", QUERY),
        Case("GET /moved.txt"),
        Case("HEAD /moved.txt"),
        Case("GET /docs/", METADATA),
        Case("GET /docs/note.txt", METADATA),
        Case("GET /LICENSE", EXTENSION),
        Case("GET /missing", EXTENSION),
        Case("GET /docs/note.txt", METADATA, headers={"Origin": "https://shop.example.com"}),
        Case(
            "OPTIONS /docs/note.txt",
            PREFLIGHT,
            headers={"Origin": "https://shop.example.com", "Access-Control-Request-Method": "GET"},
        ),
        Case("GET /docs/note.txt", OPEN, headers={"X-Breakable-Country": "AQ"}),
    ),
)

APP = Section(
    '`single_page_app = true`, `cors_origins = ["https://shop.example.com"]`',
    (
        Case("GET /"),
        Case("GET /docs/note.txt"),
        Case("GET /users/42", ROUTE),
        Case("GET /users/42?tab=1", ROUTE),
        Case("GET /users/", ROUTE),
        Case("GET /users/john.doe", UNLISTED),
        Case("GET /missing.js", UNLISTED),
        Case("GET /docs/note.txt", headers={"Origin": "https://shop.example.com"}),
        Case("GET /docs/note.txt", headers={"Origin": "https://elsewhere.example.com"}),
    ),
)

MAINTENANCE = Section(
    '`maintenance_page = "maintenance.html"`, `maintenance = true`',
    (
        Case("GET /", MAINTAINED),
        Case("GET /docs/note.txt", MAINTAINED),
        Case("GET /_s3-failover/health.txt"),
    ),
)


API_METHODS = "CloudFront refuses methods of a distribution's own with 403, the API with 405 or 404; both refuse."

PAGE_HEADERS = "Of the page for missing objects the API sends the type, not the ETag, dates and cache headers."
NO_BODY = "API Gateway gives every answer a type, `text/plain` here, also those that have no body."
WHOLE = "Asked by HEAD, the API tells of the whole object, whatever the range."


def _because(case):
    if case.why in (METHODS, UNLISTED, UNSEEN):
        return API_METHODS if case.why == METHODS else PAGE_HEADERS
    if case.method == "HEAD" and "Range" in case.headers:
        return WHOLE
    bodiless = {"If-None-Match": CURRENT, "If-Modified-Since": FUTURE, "If-Match": '"another"', "Range": "bytes=99-"}
    ends_early = any(case.headers.get(name) == value for name, value in bodiless.items())
    return NO_BODY if ends_early or case.headers.get("If-Unmodified-Since") == PAST else ""


HTTPS = Section(
    '`secondary = { type = "https" }`',
    tuple(replace(case, why=_because(case)) for case in BY_DEFAULT.cases),
)


def publish(site):
    """Publish everything that the cases ask for."""
    for key, body in PAGES.items():
        site.put(key, body, ContentType="text/html; charset=utf-8", **SETTINGS)
    for key, body in TEXTS.items():
        site.put(key, body, ContentType="text/plain; charset=utf-8", **SETTINGS)
    site.put("moved.txt", b"", ContentType="text/plain", WebsiteRedirectLocation="/docs/note.txt")


def ask(leg, case, etag):
    """Ask a leg: `DeployedSite.distribution` or `.secondary`."""
    headers = {name: etag if value == CURRENT else value for name, value in case.headers.items()}
    return leg(path=case.path, method=case.method, headers=headers)


def essence(answer):
    """What is compared: the status, the body, and the headers that viewers act on; nothing of generated pages."""
    if _generated(answer):
        return answer.status, "a page of its own", {}
    return answer.status, answer.body, {name: answer.headers[name] for name in COMPARED if name in answer.headers}


def describe(answer, method):
    """An answer in a few words for the table."""
    parts = [str(answer.status), _content(answer, method)]
    if "access-control-allow-origin" in answer.headers:
        parts.append("CORS")
    if "x-content-type-options" in answer.headers:
        parts.append("security headers")
    return ", ".join(filter(None, parts))


def _content(answer, method):
    if "location" in answer.headers:
        return f"to `{answer.headers['location']}`"
    if "content-range" in answer.headers:
        return f"`{answer.headers['content-range']}`"
    if method == "HEAD" or answer.status in (204, 304):
        return ""
    known = {body: key for key, body in (PAGES | TEXTS).items() if body}
    if answer.body in known:
        return f"`{known[answer.body]}`"
    return "" if _generated(answer) or not answer.body else "another body"


def _generated(answer):
    text = answer.body
    return answer.status >= 400 and (text.startswith((b"<!DOCTYPE HTML PUBLIC", b"<html>", b"<?xml")))


@dataclass(frozen=True)
class Line:
    """A case with what the two legs answered."""

    case: Case
    distribution: str
    secondary: str
    alike: bool


def compare(site, section):
    """Ask both legs of a site every question of a section."""
    etag = site.head(site.site.primary_region, "docs/note.txt")["ETag"]
    lines = []
    for case in section.cases:
        cdn, secondary = ask(site.distribution, case, etag), ask(site.secondary, case, etag)
        described = describe(cdn, case.method), describe(secondary, case.method)
        lines.append(Line(case, *described, essence(cdn) == essence(secondary)))
    return lines


def render(sections):
    """The tables of all sections in Markdown; reasons are numbered and listed below."""
    reasons = list(dict.fromkeys(line.case.why for _, lines in sections for line in lines if line.case.why))
    parts = [_table(section, lines, reasons) for section, lines in sections]
    notes = "\n".join(f"{number}. {reason}" for number, reason in enumerate(reasons, start=1))
    return "\n\n".join([*parts, "## Why they differ\n\n" + notes])


def _table(section, lines, reasons):
    rows = ["| request | distribution | secondary | |", "| --- | --- | --- | --- |"]
    for line in lines:
        note = f"[{reasons.index(line.case.why) + 1}]" if line.case.why else "alike"
        rows.append(f"| `{line.case.name}` | {line.distribution} | {line.secondary} | {note} |")
    return f"## {section.title}\n\n" + "\n".join(rows)


def in_page():
    """What docs/parity.md holds between the marks."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0].strip()


def write(text):
    """Put the tables into docs/parity.md."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
