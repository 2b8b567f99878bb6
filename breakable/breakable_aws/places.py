"""Where a name leads to in the embedded AWS: the socket on loopback that DNS's last step would be."""

import json
from dataclasses import dataclass
from urllib.parse import quote

from breakable_aws import admin
from breakable_aws.handle import Emulator


@dataclass(frozen=True)
class Place:
    """A port on loopback, and what answers there: `cloudfront`, `s3` or `external-cdn`."""

    port: int
    service: str


def find(emulator: Emulator, name: str, scheme: str) -> Place:
    """Return the place that a name leads to; raise OSError if nothing lives at that name."""
    path = f"resolve?name={quote(name)}&scheme={scheme}"
    status, body = admin.exchange(emulator.endpoint, emulator.secret, "GET", path, seconds=10)
    if status != 200:
        raise OSError(f"nothing answers at {scheme}://{name}")
    found = json.loads(body)
    return Place(int(found["port"]), str(found["service"]))
