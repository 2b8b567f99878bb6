"""S3: ministack's API, the place in front of it, and its records of buckets and objects."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_actions
from ministack.services import s3

from breakable_aws.emulator.answers import Answer

from . import scopes
from .hooks import replace

Record = dict[str, Any]
"""What is kept of an object, or of one of its versions, live: what is written into it counts."""

_answer = s3._dispatch
_is_blocked = s3._public_access_blocked
_SIGNED_REGION = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/s3/")
_NO_OBJECT = {"acl", "annotation", "legal-hold", "partNumber", "retention", "tagging"}
"""What a PUT to a key names that writes no object."""


@dataclass(frozen=True)
class S3Request:
    """A request to S3's API, in the account of its bucket, with a path-style path and a body that is decoded."""

    method: str
    bucket: str
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path-style path."""
        return f"/{self.bucket}/{self.key}"

    @property
    def access_key(self) -> str:
        """The caller's; empty for other services' calls inside this process."""
        return str(s3._request_access_key(self.method, self.key, self.headers, self.query, self.body))

    @property
    def action(self) -> str | None:
        """The IAM action that it needs, without the service."""
        return iam_actions._s3_action(self.method, self.path, self.query)

    @property
    def signed_region(self) -> str | None:
        """The region of its signature; None without one, and with one that has no region."""
        given = self.headers.get("authorization") or f"Credential={self.parameter('X-Amz-Credential')}"
        found = _SIGNED_REGION.search(given)
        return found[1] if found else None

    @property
    def deletes_many(self) -> bool:
        """Whether it is DeleteObjects."""
        return self.method == "POST" and not self.key and "delete" in self.query

    @property
    def writes_object(self) -> bool:
        """Whether it makes an object: PutObject, CopyObject, CompleteMultipartUpload or the form of a browser."""
        if self.method == "POST":
            return "uploadId" in self.query if self.key else not self.deletes_many
        return self.method == "PUT" and bool(self.key) and not _NO_OBJECT & self.query.keys()

    def is_of(self, subresource: str) -> bool:
        """Tell whether it is about a subresource of the bucket, as `website`."""
        return not self.key and subresource in self.query

    def parameter(self, name: str) -> str:
        """Return a parameter of the query; empty without it."""
        values = self.query.get(name) or [""]
        return str(values[0])

    def needs(self) -> Iterator[tuple[str, str]]:
        """Yield the actions that it needs, each with the ARN of its resource."""
        if self.action:
            yield f"s3:{self.action}", f"arn:aws:s3:::{self.bucket}" + (f"/{self.key}" if self.key else "")
        yield from iam_actions.s3_additional_checks(self.method, self.path, self.headers, self.body, self.query)

    def condition_keys(self, action: str) -> dict[str, Any]:
        """Return the condition keys that it has for an action."""
        return iam_actions.s3_service_context(action, self.query, self.path, self.headers)


Api = Callable[[S3Request], Answer]


def answer(request: S3Request) -> Answer:
    """Answer as ministack does, without what is in front of it."""
    return _answer(request.method, request.bucket, request.key, request.headers, request.body, request.query)


def answer_by(api: Api) -> None:
    """Have every request answered by this package's API."""
    replace(s3, "_dispatch", lambda *arguments: api(S3Request(*arguments)))


def call(method: str, bucket: str, subresource: str = "", body: bytes = b"") -> Answer:
    """Call the API for a bucket of the present account, as a caller that may do everything there."""
    return s3._dispatch(method, bucket, "", {}, body, {subresource: [""]} if subresource else {})


def error(code: str, message: str, status: int, resource: str = "") -> Answer:
    """Return an error of the API."""
    return s3._error(code, message, status, resource)


def control_error(code: str, message: str, status: int) -> Answer:
    """Return an error of the API of S3 Control."""
    return s3.s3control_error(code, message, status)


def parsed(document: str | bytes) -> Any:
    """Return the root of a request's XML document; raise Exception if it is no XML, or declares entities."""
    return s3.fromstring(document)


def block_public_access_by(decide: Callable[[str, str, str], bool]) -> None:
    """Have Block Public Access decided by a function of account, bucket and setting."""
    replace(s3, "_public_access_blocked", decide)


def blocks_public_access(account: str, bucket: str, setting: str) -> bool:
    """Tell whether a setting of Block Public Access is on for a bucket itself."""
    return bool(_is_blocked(account, bucket, setting))


def is_public(policy: str) -> bool:
    """Tell whether S3 counts a bucket policy as public."""
    return bool(s3._policy_is_public(policy))


def presigned_refusal(request: S3Request, path: str) -> Answer | None:
    """Return what is wrong with a presigned URL of Signature Version 4, whose path is as it was signed."""
    return s3._verify_presigned_sigv4(request.method, path, request.headers, request.query)


def unmet_condition(request: S3Request) -> Answer | None:
    """Return the refusal of a write whose `If-Match` or `If-None-Match` is not so."""
    return s3._check_put_preconditions(request.headers, current(request.bucket, request.key))


def cors_headers(bucket: str, method: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return what a bucket's CORS configuration adds to an answer."""
    return s3.cors_response_headers(bucket, method, dict(headers))


def bucket_exists(bucket: str) -> bool:
    """Tell whether a bucket exists in any account: names are global.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html`.
    """
    return _owner(bucket) is not None


def is_here(bucket: str) -> bool:
    """Tell whether a bucket is one of the present account."""
    return bucket in s3._buckets


def owner_of(bucket: str) -> str:
    """Return the account that owns a bucket; of one that is not there, the account that asks."""
    return _owner(bucket) or scopes.account()


@contextmanager
def in_account_of(bucket: str) -> Iterator[None]:
    """Look at everything from the account that owns a bucket, for the length of a block."""
    with scopes.within(owner_of(bucket), scopes.region()):
        yield


def region_of(bucket: str) -> str:
    """Return the region that a bucket was made in."""
    with in_account_of(bucket):
        region: str = s3.bucket_region(bucket)
    return region


def buckets() -> list[str]:
    """Return the names of the present account's buckets."""
    return list(s3._buckets)


def all_buckets() -> list[str]:
    """Return the names of all buckets, whatever their account."""
    return [name for _, name in list(s3._buckets._data)]


def policy_of(bucket: str) -> str | None:
    """Return the policy of a bucket of the present account: each request asks for it, so it is not asked of the API."""
    return s3._bucket_policies.get(bucket)


def document(bucket: str, subresource: str) -> str | None:
    """Return what a bucket has as a subresource, as its `website`; None if it has none."""
    status, _, body = _answer("GET", bucket, "", {}, b"", {subresource: [""]})
    if status >= 400:
        return None
    return body.decode() if isinstance(body, bytes) else str(body)


def is_versioned(bucket: str) -> bool:
    """Tell whether a bucket of the present account has versioning that is not suspended."""
    return "<Status>Enabled</Status>" in (document(bucket, "versioning") or "")


def bucket_tags(bucket: str) -> dict[str, str]:
    """Return the tags of a bucket of the present account."""
    tagging = document(bucket, "tagging")
    tags = [element for element in parsed(tagging).iter() if element.tag.endswith("}Tag")] if tagging else []
    return {key.text: value.text or "" for key, value in tags}


def take_replication(bucket: str) -> dict[str, Any] | None:
    """Return the replication configuration of a bucket, its rules parsed, and let ministack forget it."""
    return s3._bucket_replication.pop(bucket, None)


def current(bucket: str, key: str) -> Record | None:
    """Return the record of a current object; buckets and objects are those of the present account."""
    return (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key)


def versions(bucket: str, key: str) -> list[Record]:
    """Return the versions and the delete markers of a key, the oldest first."""
    return list(s3._object_versions.get((bucket, key)) or [])


def version(bucket: str, key: str, identifier: str | None) -> Record | None:
    """Return one version or delete marker."""
    return next((found for found in versions(bucket, key) if found["version_id"] == identifier), None)


def key_of(bucket: str, identifier: str) -> str:
    """Return the key whose last version has an id."""
    latest = ((name, key, kept[-1]) for (name, key), kept in s3._object_versions.items() if kept)
    return str(next(key for name, key, last in latest if name == bucket and last["version_id"] == identifier))


def put_versions(bucket: str, key: str, arrange: Callable[[list[Record]], list[Record]]) -> None:
    """Have the versions of a key arranged anew, that from before versioning among them; the last one is current."""
    objects, kept = s3._buckets[bucket]["objects"], s3._object_versions.setdefault((bucket, key), [])
    s3._preserve_null_version(bucket, key, kept, objects.get(key))
    kept[:] = arrange(kept)
    for each in kept:
        each["is_latest"] = each is kept[-1]
    if kept[-1].get("is_delete_marker"):
        objects.pop(key, None)
    else:
        objects[key] = s3._object_record_from_version(kept[-1]) | {"parts": kept[-1].get("parts")}


def tags_of(bucket: str, key: str, identifier: str | None) -> dict[str, str]:
    """Return the tags of a version of an object."""
    return dict(s3._object_tags.get((bucket, key, identifier)) or {})


def put_tags(bucket: str, key: str, identifier: str | None, tags: Mapping[str, str]) -> None:
    """Give a version of an object its tags."""
    s3._object_tags[(bucket, key, identifier)] = dict(tags)


def tell_event(bucket: str, key: str, event: str, **details: Any) -> None:
    """Send an event to the targets that the bucket's notifications name."""
    s3._fire_s3_event_async(bucket, key, event, **details)


def _owner(bucket: str) -> str | None:
    return next((account for account, name in list(s3._buckets._data) if name == bucket), None)
