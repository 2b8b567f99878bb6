"""An AWS on loopback that gives the answers that a test wrote down, one after the other, then the last one again."""

import contextlib
import http.server

from serving import serving

DROP = None
"""Instead of an answer: the connection ends without a word, as when the network is lost."""


class ScriptedAws:
    """What is asked is in `asked`; what is answered comes from `script`: (status, body) or DROP."""

    def __init__(self, script):
        self.script, self.asked = list(script), []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @classmethod
    @contextlib.contextmanager
    def running(cls, *script):
        aws = cls(script)
        with serving(aws._server):
            yield aws

    def _handler(self):
        aws = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                aws.asked.append(self.path)
                told = aws.script.pop(0) if len(aws.script) > 1 else aws.script[0]
                if told is DROP:
                    self.close_connection = True
                    return
                status, body = told
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_HEAD = do_PUT = answer  # noqa: N815

            def log_message(self, *args):
                pass

        return Handler


def identity(account):
    """STS's answer to GetCallerIdentity."""
    return (
        200,
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    )


def sts_error(code):
    return 403, f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"


def s3_error(code, status=403):
    return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>"


def versions(*keys, more=False):
    """A page of ListObjectVersions."""
    listed = "".join(
        f"<Version><Key>{key}</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><Size>1</Size><ETag>e</ETag>"
        "<LastModified>2026-11-01T00:00:00Z</LastModified></Version>"
        for key in keys
    )
    marker = f"<NextKeyMarker>{keys[-1]}</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>" if more else ""
    return 200, (
        f"<ListVersionsResult><IsTruncated>{str(more).lower()}</IsTruncated>{marker}{listed}</ListVersionsResult>"
    )
