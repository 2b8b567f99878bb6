"""Where a name leads to in the embedded AWS: the socket on loopback that DNS's last step would be."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from breakable_aws import secret
from breakable_aws.handle import Emulator


@dataclass(frozen=True)
class Place:
    """A port on loopback, and what answers there: `cloudfront`, `s3` or `external-cdn`."""

    port: int
    service: str


def find(emulator: Emulator, name: str, scheme: str) -> Place:
    """Return the place that a name leads to.

    Raises:
        OSError: nothing lives at that name.
    """
    url = urlsplit(emulator.endpoint)
    connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=10)
    try:
        path = f"/_breakable/resolve?name={quote(name)}&scheme={scheme}"
        connection.request("GET", path, headers=secret.headers(emulator.secret))
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise OSError(f"nothing answers at {scheme}://{name}")
    found = json.loads(body)
    return Place(int(found["port"]), str(found["service"]))
