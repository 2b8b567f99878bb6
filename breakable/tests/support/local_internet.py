"""Goes through the gates of a running emulator, as viewers, checkers and SDKs do."""

import contextlib
import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote

import boto3
import run_keys
from botocore.config import Config

PATIENCE = 20


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes


def resolve(emulator, name, scheme="http"):
    status, found = emulator.api("GET", f"/_breakable/resolve?name={quote(name)}&scheme={scheme}")
    assert status == 200, found
    return found


def connect(emulator, name, scheme="http", *, timeout=PATIENCE):
    found = resolve(emulator, name, scheme)
    return socket.create_connection((found["address"], found["port"]), timeout=timeout)


def get(emulator, name, path="/", *, host=None, secure=False, method="GET", headers=None, timeout=PATIENCE):
    """Ask the place that DNS led to, with what stands in the address bar as Host and server name."""
    host = host or name
    raw = connect(emulator, name, "https" if secure else "http", timeout=timeout)
    connection = http.client.HTTPConnection(host)
    try:
        connection.sock = unverified().wrap_socket(raw, server_hostname=host) if secure else raw
        connection.request(method, path, headers={"Host": host} | (headers or {}))
        response = connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lowered, response.read())
    finally:
        connection.close()
        raw.close()


def unverified():
    """TLS as health checkers speak it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextlib.contextmanager
def s3_client(emulator, region, *, read_timeout=PATIENCE):
    port = resolve(emulator, f"s3.{region}.amazonaws.com", "api")["port"]
    # A session of its own: the default one is not to be shared by threads.
    client = boto3.session.Session().client(
        "s3",
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{port}",
        **run_keys.of(emulator.secret, emulator.ready["account"]),
        config=Config(
            retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=read_timeout, proxies={}
        ),
    )
    yield client
    client.close()


def break_(emulator, fault, **details):
    status, document = emulator.api("PUT", "/_breakable/faults", {"fault": fault} | details)
    assert status == 201, document
    return document


def heal(emulator, identifier=None):
    status, document = emulator.api("DELETE", "/_breakable/faults" + (f"/{identifier}" if identifier else ""))
    assert status == 200, json.dumps(document)
