"""Bodies are compared with whatever checksum S3 sent, of every algorithm that it stores."""

import base64
import hashlib
import zlib

import boto3
import pytest
from botocore.exceptions import FlexibleChecksumError
from botocore.response import StreamingBody

from s3_failover import AllRegionsFailed, ChecksumMissing, Outcome, Phase
from s3_failover.client.net.checksums import ALGORITHMS, Crc, comparison, sent_with
from s3_failover.client.net.sender import RegionalClient

BODY = bytes(range(256)) * 4
CHECK = b"123456789"

PUBLISHED = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "XXHASH64": "8cb841db40e6ae83",
}
"""The checksums of 123456789: RFC 1321, FIPS 180, the catalogue of parametrised CRC algorithms, xxHash's own program."""

SIZES = [*range(260), 1023, 1024, 1025, 2048, 2049, 10240]
PATTERN = bytes(range(256)) * 40
CORRUPT = PATTERN[:500] + b"?" + PATTERN[501:]
OF_XXHASH = {
    "XXHASH64": "ef04bb88f2e3b1a9f6bb69aa4f27e358668037341ff1431ab420bb84042246bd",
    "XXHASH3": "f3c7fb1db9cd09d50fdb7852f0fb4c84985741ec52f9e3130c96122c1097e71a",
    "XXHASH128": "d2a9ee38d00f49ca854f9e89cef9947b39b3687aac0ab96da6cbebd7b3953355",
}
"""The SHA-256 of the checksums of the first so many bytes of the pattern, by the xxhash package 3, which is xxHash 0.8."""


def digest(algorithm, *pieces):
    found = ALGORITHMS[algorithm]()
    for piece in pieces:
        found.update(piece)
    return found.digest()


def in_base64(algorithm, *pieces):
    return base64.b64encode(digest(algorithm, *pieces)).decode()


def test_every_algorithm_that_s3_stores_is_known():
    model = boto3.client("s3", region_name="us-east-1").meta.service_model
    assert set(ALGORITHMS) >= set(model.shape_for("ChecksumAlgorithm").enum)
    headers = {
        member.serialization["name"]
        for name, member in model.shape_for("GetObjectOutput").members.items()
        if name.startswith("Checksum") and name != "ChecksumType"
    }
    assert headers <= {f"x-amz-checksum-{algorithm.lower()}" for algorithm in ALGORITHMS}


@pytest.mark.parametrize("algorithm", PUBLISHED)
def test_checksums_are_those_that_are_published(algorithm):
    assert digest(algorithm, CHECK).hex() == PUBLISHED[algorithm]


@pytest.mark.parametrize("algorithm", OF_XXHASH)
def test_checksums_of_every_length_are_those_of_xxhash(algorithm):
    together = b"".join(digest(algorithm, PATTERN[:size]) for size in SIZES)
    assert hashlib.sha256(together).hexdigest() == OF_XXHASH[algorithm]


@pytest.mark.parametrize("size", [0, 1, 7, 63, 64, 65, 66, 127, 128, 129, 1000, 70_001])
def test_folding_changes_no_crc(size):
    data = (PATTERN * 7)[:size]
    found = Crc(32, 0xEDB88320)
    found.update(data)
    assert found.digest() == zlib.crc32(data).to_bytes(4, "big")


def test_crc32_is_computed_by_zlib(monkeypatch):
    calls = []
    crc32 = zlib.crc32
    monkeypatch.setattr(zlib, "crc32", lambda *args: calls.append(args) or crc32(*args))
    assert digest("CRC32", b"1234", b"56789").hex() == PUBLISHED["CRC32"]
    assert len(calls) == 2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pieces_add_up(algorithm):
    for cut in (0, 1, 31, 63, 240, 1024, 1025, 3000, 10240):
        assert digest(algorithm, PATTERN[:cut], b"", PATTERN[cut:]) == digest(algorithm, PATTERN)


class TestComposite:
    SIZE = 300

    def answer(self, algorithm, sizes, *, body=PATTERN, parts=None):
        """A response with the composite checksum of the pattern in parts of these sizes."""
        checksums, begin = [], 0
        for size in sizes:
            checksums.append(digest(algorithm, body[begin : begin + size]))
            begin += size
        value = f"{in_base64(algorithm, *checksums)}-{parts or len(sizes)}"
        return {
            "Body": StreamingBody(None, begin),
            "ContentLength": begin,
            "ResponseMetadata": {
                "HTTPStatusCode": 200,
                "HTTPHeaders": {f"x-amz-checksum-{algorithm.lower()}": value},
            },
        }

    def compared(self, response, sizes, body=PATTERN, step=77):
        asked = []
        of_parts = sizes if isinstance(sizes, dict) else dict(enumerate(sizes or (), 1))

        def part_size(number):
            asked.append(number)
            return of_parts.get(number)

        found = comparison(response, part_size)
        size = response["ContentLength"]
        for begin in range(0, size, step):
            found.update(body[begin : min(begin + step, size)])
        found.finish()
        return found.algorithm, asked

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    @pytest.mark.parametrize("sizes", [[300], [300, 300], [300, 300, 1], [300, 299], [5000, 5000, 240]])
    def test_a_multipart_body_is_compared_by_its_parts(self, algorithm, sizes):
        found, asked = self.compared(self.answer(algorithm, sizes), sizes)
        assert found == algorithm
        assert asked == ([1] if len(sizes) > 1 else [])

    def test_a_corrupt_multipart_body_is_found(self):
        sizes = [300, 300, 300, 10]
        with pytest.raises(FlexibleChecksumError):
            self.compared(self.answer("CRC32", sizes), sizes, body=CORRUPT)

    @pytest.mark.parametrize(
        ("sizes", "asked"),
        [
            pytest.param([300, 300, 100, 300, 10], [1], id="fewer parts than S3 says"),
            pytest.param([300, 400, 400], [1], id="more parts than S3 says"),
            pytest.param([300, 200, 300, 200], [1, 4], id="a last part that begins elsewhere"),
            pytest.param([300, 200, 400, 10], [1, 4, 2], id="others of which the sum is the same"),
            pytest.param([1, *[2, 0] * 999, 1], [1, 2000, 2], id="very many"),
        ],
    )
    def test_parts_of_several_sizes_cannot_be_compared_and_are_not_called_corrupt(self, sizes, asked):
        assert self.compared(self.answer("CRC32", sizes), sizes) == (None, asked)

    def test_no_more_sizes_are_asked_for_once_s3_does_not_say_one(self):
        asked = []

        def part_size(number):
            asked.append(number)
            return {1: 2, 500: 2}.get(number)

        found = comparison(self.answer("CRC32", [2] * 500), part_size)
        found.update(bytes(1000))
        with pytest.raises(FlexibleChecksumError):
            found.finish()
        assert asked == [1, 500, 2]

    @pytest.mark.parametrize("known", [{}, {4: 10}, {4: 10, 2: 300}], ids=["none", "the last", "some"])
    def test_a_mismatch_is_not_excused_by_sizes_that_s3_does_not_say(self, known):
        sizes = [300, 300, 300, 10]
        with pytest.raises(FlexibleChecksumError):
            self.compared(self.answer("CRC32", sizes), {1: 300, **known}, body=CORRUPT)

    def test_a_mismatch_of_very_many_parts_is_found(self):
        sizes = [2] * 1500
        body = bytes(3000)
        with pytest.raises(FlexibleChecksumError):
            self.compared(self.answer("CRC32", sizes, body=body), sizes, body=b"?" + body[1:])

    def test_a_mismatch_of_a_single_part_is_found(self):
        with pytest.raises(FlexibleChecksumError):
            self.compared(self.answer("CRC32", [910]), {}, body=CORRUPT)

    def test_an_empty_object_of_one_part_is_compared(self):
        assert self.compared(self.answer("CRC32", [0]), {}) == ("CRC32", [])

    def test_parts_whose_size_s3_does_not_tell_cannot_be_compared(self):
        assert self.compared(self.answer("SHA256", [300, 300]), None)[0] is None

    def test_a_part_is_not_compared_with_the_checksum_of_all(self):
        response = self.answer("SHA256", [300, 300])
        response["ResponseMetadata"]["HTTPStatusCode"] = 206
        assert self.compared(response, [300, 300])[0] is None


def test_the_objects_own_checksum_is_preferred_to_that_of_its_parts():
    sent = sent_with({"x-amz-checksum-crc64nvme": "AAA=-3", "x-amz-checksum-sha1": "BBB="})
    assert (sent.algorithm, sent.parts) == ("SHA1", 0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
class TestOverTheWire:
    def send(self, server, algorithm, value):
        added = f"x-amz-checksum-{algorithm.lower()}: {value}\r\nx-amz-checksum-type: FULL_OBJECT\r\n"
        for region in server.regions:
            region.fault("headers", remove=["x-amz-checksum-crc32", "x-amz-checksum-type"], add=added)

    def test_an_object_says_by_what_it_was_compared(self, server, client, tmp_path, algorithm):
        self.send(server, algorithm, in_base64(algorithm, BODY))
        assert client.get_object("key").checksum == algorithm
        assert client.download_file("key", tmp_path / "file").checksum == algorithm

    def test_a_body_that_differs_is_left(self, server, client, algorithm):
        self.send(server, algorithm, in_base64(algorithm, BODY, b"?"))
        server.regions[1].heal()
        found = client.get_object("key")
        assert found.region == "us-west-2"
        assert (found.attempts[0].outcome, found.attempts[0].phase) == (Outcome.CORRUPT, Phase.VERIFY)
        assert client.health()[0].failing


class TestWithoutAChecksum:
    @pytest.fixture(autouse=True)
    def without(self, server):
        for region in server.regions:
            region.fault("headers", remove=["x-amz-checksum-crc32"])

    def test_an_object_says_that_it_was_not_compared(self, client, tmp_path):
        assert client.get_object("key").checksum is None
        assert client.download_file("key", tmp_path / "file").checksum is None

    def test_it_is_refused_where_one_is_required(self, make_client, tmp_path):
        client = make_client(require_checksum=True)
        for read in (lambda: client.get_object("key"), lambda: client.download_file("key", tmp_path / "file")):
            with pytest.raises(ChecksumMissing, match="do not require one") as caught:
                read()
            assert [attempt.outcome for attempt in caught.value.attempts] == [Outcome.UNSUITABLE] * 3
        assert not any(region.failing or region.misconfigured for region in client.health())
        assert list(tmp_path.iterdir()) == []

    def test_a_copy_that_has_one_is_read_where_one_is_required(self, server, make_client):
        server.regions[2].heal()
        found = make_client(require_checksum=True).get_object("key")
        assert (found.region, found.checksum) == ("eu-west-1", "CRC32")

    def test_a_copy_without_one_is_no_excuse_for_regions_that_fail(self, server, make_client):
        server.regions[2].fault("refuse")
        with pytest.raises(AllRegionsFailed):
            make_client(require_checksum=True).get_object("key")


def test_a_range_is_not_compared(client, make_client):
    assert client.get_object("key", Range="bytes=0-9").checksum is None
    with pytest.raises(ChecksumMissing):
        make_client(require_checksum=True).get_object("key", Range="bytes=0-9")


def send_composite(regions, sizes, body=BODY):
    """Let regions send the checksum of a body in three parts, and say that they have these sizes."""
    parts = [body[:400], body[400:800], body[800:]]
    value = in_base64("SHA256", *(digest("SHA256", part) for part in parts))
    for region in regions:
        region.fault(
            "headers", remove=["x-amz-checksum-crc32"], add=f"x-amz-checksum-sha256: {value}-3", part_sizes=sizes
        )


def test_a_region_whose_composite_checksum_differs_is_left(server, client, monkeypatch):
    send_composite(server.regions[:1], [400, 400, 224], body=BODY[::-1])
    asked = RegionalClient.part_size
    monkeypatch.setattr(RegionalClient, "part_size", lambda *args: asked(*args) if args[-1] == 1 else None)
    found = client.get_object("key")
    assert (found.attempts[0].outcome, found.region) == (Outcome.CORRUPT, "us-west-2")


def test_a_composite_checksum_that_cannot_be_compared_is_none(server, client, make_client, monkeypatch):
    send_composite(server.regions, [400, 400, 224])
    monkeypatch.setattr(RegionalClient, "part_size", lambda *_: None)
    assert client.get_object("key").checksum is None
    with pytest.raises(ChecksumMissing):
        make_client(require_checksum=True).get_object("key")


def test_the_size_of_parts_is_asked_for_once(server, client):
    send_composite(server.regions, [400, 400, 224])
    for _ in range(2):
        assert client.get_object("key").checksum == "SHA256"
    assert [each["method"] for each in server.regions[0].asked] == ["GET", "HEAD", "GET"]
