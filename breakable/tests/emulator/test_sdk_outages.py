"""Faults at the endpoint that `local up` prints, which is one for all regions: SDKs meet those of the region they ask."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import boto3
import pytest
import run_keys
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from local_internet import break_, heal

pytestmark = pytest.mark.embedded

LOST, OTHER = "us-west-2", "eu-west-1"
NO_CONNECTION, NO_ANSWER = "no connection", "no answer"
OUTCOMES = {
    "s3-refuse": NO_CONNECTION,
    "s3-reset": NO_CONNECTION,
    "s3-hang": NO_ANSWER,
    "s3-503": "503",
    "s3-403": "403",
    "s3-slow": "200",
}


class Endpoint:
    """A bucket in each of two regions, and those who ask for them at the one endpoint."""

    def __init__(self, emulator):
        self.emulator, self.buckets = emulator, {region: f"asked-{region}" for region in (LOST, OTHER)}
        self.session, self.clients, self.building = boto3.session.Session(), {}, threading.Lock()
        for region, bucket in self.buckets.items():
            s3 = emulator.client("s3", region)
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
            s3.put_object(Bucket=bucket, Key="k", Body=b"body")

    def client(self, region, read_timeout=20, version="s3v4"):
        """Return a client that does not try again; made once, and safe to share between threads."""
        made = (region, read_timeout, version)
        with self.building:
            if made not in self.clients:
                self.clients[made] = self.session.client(
                    "s3",
                    region_name=region,
                    endpoint_url=self.emulator.ready["endpoint"],
                    **run_keys.of(self.emulator.secret, self.emulator.ready["account"]),
                    config=Config(
                        retries={"total_max_attempts": 1},
                        read_timeout=read_timeout,
                        signature_version=version,
                        s3={"addressing_style": "path"},
                        proxies={},
                    ),
                )
            return self.clients[made]

    def close(self):
        for client in self.clients.values():
            client.close()

    def asked(self, operation, region=LOST, signed=None, read_timeout=20, **parameters):
        """Return what a request for the bucket of a region comes to."""
        s3 = self.client(signed or region, read_timeout)
        try:
            answer = getattr(s3, operation)(Bucket=self.buckets[region], **parameters)
            return str(answer["ResponseMetadata"]["HTTPStatusCode"])
        except ClientError as error:
            return str(error.response["ResponseMetadata"]["HTTPStatusCode"])
        except BotoCoreError as error:
            return NO_ANSWER if "timeout" in str(error).lower() else NO_CONNECTION

    def sent(self, region, version, read_timeout=20):
        """Send a request to a presigned URL of a signature version, and return its connection."""
        target = {"Bucket": self.buckets[region], "Key": "k"}
        url = urlsplit(self.client(region, version=version).generate_presigned_url("get_object", Params=target))
        connection = http.client.HTTPConnection(url.netloc, timeout=read_timeout)
        connection.request("GET", f"{url.path}?{url.query}")
        return connection

    def fetched(self, region, version, read_timeout=20):
        return answered(self.sent(region, version, read_timeout))


def answered(connection):
    """Return what a request comes to that was sent."""
    try:
        return str(connection.getresponse().status)
    except TimeoutError:
        return NO_ANSWER
    except (OSError, http.client.HTTPException):
        return NO_CONNECTION
    finally:
        connection.close()


@pytest.fixture(scope="module")
def deployed(fast):
    made = Endpoint(fast)
    yield made
    made.close()


@pytest.fixture
def endpoint(deployed):
    heal(deployed.emulator)
    yield deployed
    heal(deployed.emulator)


@pytest.mark.parametrize(("fault", "expected"), OUTCOMES.items())
def test_a_fault_reaches_every_request_for_its_region_and_no_other(endpoint, fault, expected):
    wait = 1 if fault == "s3-hang" else 20
    looks = {
        "get": lambda: endpoint.asked("get_object", Key="k", read_timeout=wait),
        "head": lambda: endpoint.asked("head_object", Key="k", read_timeout=wait),
        "put": lambda: endpoint.asked("put_object", Key="k", Body=b"body", read_timeout=wait),
        "list": lambda: endpoint.asked("list_objects_v2", read_timeout=wait),
        "the bucket itself": lambda: endpoint.asked("head_bucket", read_timeout=wait),
        "redirected": lambda: endpoint.asked("get_object", signed=OTHER, Key="k", read_timeout=wait),
        "presigned, version 4": lambda: endpoint.fetched(LOST, "s3v4", wait),
        "presigned, version 2": lambda: endpoint.fetched(LOST, "s3", wait),
    }
    others = {
        "get": lambda: endpoint.asked("get_object", OTHER, Key="k"),
        "put": lambda: endpoint.asked("put_object", OTHER, Key="k", Body=b"body"),
        "presigned, version 2": lambda: endpoint.fetched(OTHER, "s3"),
    }
    break_(endpoint.emulator, fault, region=LOST)
    assert together(looks) == dict.fromkeys(looks, expected)
    assert together(others) == dict.fromkeys(others, "200"), "the other region is as it was"
    endpoint.emulator.client("sns", LOST).list_topics()  # S3 is lost, and no other service
    heal(endpoint.emulator)
    assert together(looks) == dict.fromkeys(looks, "200")


def together(looks):
    with ThreadPoolExecutor(len(looks)) as pool:
        return dict(zip(looks, pool.map(lambda look: look(), looks.values()), strict=True))


@pytest.mark.parametrize(
    ("fault", "expected"), [("s3-refuse", "503"), ("s3-hang", "503"), ("s3-503", "503"), ("s3-403", "403")]
)
def test_a_copy_out_of_a_lost_region_fails(endpoint, fault, expected):
    break_(endpoint.emulator, fault, region=LOST)
    source = {"Bucket": endpoint.buckets[LOST], "Key": "k"}
    assert endpoint.asked("copy_object", OTHER, Key="copy", CopySource=source) == expected


def test_a_slow_region_is_late(endpoint):
    break_(endpoint.emulator, "s3-slow", region=LOST)
    began = time.monotonic()
    assert endpoint.asked("get_object", Key="k") == "200"
    assert time.monotonic() - began > 0.5


@pytest.mark.parametrize("fault", ["s3-refuse", "s3-503"])
def test_the_aws_cli_meets_it(endpoint, fault):
    break_(endpoint.emulator, fault, region=LOST)
    assert [headed(endpoint, region) for region in (LOST, OTHER)] == [False, True]


def headed(endpoint, region):
    words = ["s3api", "head-object", "--bucket", endpoint.buckets[region], "--key", "k"]
    return endpoint.emulator.cli(*words, region=region).returncode == 0


def test_a_hang_ends_with_healing_and_lets_others_through(endpoint):
    break_(endpoint.emulator, "s3-hang", region=LOST)
    waiting = endpoint.sent(LOST, "s3v4")
    # The request has come when one that was sent later is answered.
    assert endpoint.asked("get_object", OTHER, Key="k") == "200"
    heal(endpoint.emulator)
    assert answered(waiting) == NO_CONNECTION


IN_THE_MIDDLE = """
import asyncio, os
from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.faults import sdk_outages
from breakable_aws.emulator.faults.faults import Faults

scope = {"type": "http", "method": "GET", "path": "/b/k", "query_string": b"", "headers": [
    (b"authorization", b"AWS4-HMAC-SHA256 Credential=1/20260101/us-west-2/s3/aws4_request, SignedHeaders=host, "
     b"Signature=0"), (b"x-amz-date", b"20260101T000000Z")]}

async def main():
    faults, sent = Faults(EmbeddedClock(0.0)), []

    async def api(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await faults.put("s3-refuse", "us-west-2")
        await send({"type": "http.response.body", "body": b"whole"})

    async def send(message):
        sent.append(message["type"])

    await sdk_outages.in_front_of(api, faults)(scope, asyncio.Event().wait, send)
    print(sent, flush=True)

asyncio.run(main())
"""


def test_a_request_is_lost_with_its_region_while_it_is_answered(launch):
    process = launch(code=IN_THE_MIDDLE)
    told, complaint = process.communicate(timeout=60)
    assert told == "['http.response.start']\n", complaint
