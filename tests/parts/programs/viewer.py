"""Fetches each URL that it reads, with a session that keeps its connections, and prints the status, 0 for none."""

import sys


def session(library):
    if library == "requests":
        import requests  # noqa: PLC0415 - each has its own

        return requests.Session(), requests.RequestException
    import httpx  # noqa: PLC0415

    return httpx.Client(http2=True, follow_redirects=True), httpx.HTTPError


client, failure = session(sys.argv[1])
for line in sys.stdin:
    try:
        answer = client.get(line.strip(), timeout=30)
    except failure as error:
        print(0, repr(error), flush=True)  # noqa: T201 - a program
    else:
        print(answer.status_code, getattr(answer, "http_version", "HTTP/1.1"), flush=True)  # noqa: T201
