"""How AWS and the internet want names spelled."""

import re
import unicodedata
from collections.abc import Iterable

from s3_failover.names.buckets import RESERVED_PREFIXES

LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""One part of a hostname, as a regular expression (RFC 1123, section 2.1)."""

RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")
"""What no bucket name may end with (S3 User Guide, bucketnamingrules; `-an` is for account regional namespaces)."""


PLAIN_KEY = "up to 254 of A-Z a-z 0-9 . _ - in parts split by single slashes, not starting with one"
"""What `is_plain_key` accepts, in words."""

PLAIN_PREFIX = "1 to 100 of A-Z a-z 0-9 . _ - /, not starting with a slash"
"""What `is_plain_prefix` accepts, in words."""

DIMENSION_VALUE = "1 to 255 printable ASCII characters, not all of them spaces, without a colon at the beginning"
"""What `is_dimension_value` accepts, in words."""

TAG_TEXT = "letters, digits, spaces and _ . : / = + - @, no space at either end"
"""What `is_tag_text` accepts, in words."""


def is_hostname(name: str) -> bool:
    """Return whether a name is a lower-case domain name of two or more labels without a dot at its end.

    A name whose last label is a number is none: browsers read it as an address (WHATWG URL, "ends in a number").
    """
    return len(name) <= 253 and bool(re.fullmatch(rf"{LABEL}(\.{LABEL})*\.(?![0-9]+$){LABEL}", name))


def covers(hostname: str, names: Iterable[str]) -> bool:
    """Return whether a certificate for these names covers a hostname; `*` stands for one label."""
    wild = f"*.{hostname.partition('.')[2]}"
    return any(name.lower() in (hostname, wild) for name in names)


def hostname_in(text: str) -> str | None:
    """Return the hostname that is meant by a URL, a wildcard, capitals or a final dot; else None."""
    name = re.sub(r"^([a-z]+://|\*\.)+", "", text.strip().lower()).split("/")[0].rstrip(".")
    return name if is_hostname(name) else None


def bucket_name_problem(name: str) -> str | None:
    """Return what a legal bucket name has that this one lacks, or None (S3 User Guide, bucketnamingrules)."""
    if not 3 <= len(name) <= 63:
        return f"3 to 63 characters, not {len(name)}"
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) or ".." in name:
        return "lower-case letters, digits, dots and hyphens, a letter or digit at both ends"
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
        return "not the form of an IP address"
    return _reserved(name)


def _reserved(name: str) -> str | None:
    for prefix in RESERVED_PREFIXES:
        if name.startswith(prefix):
            return f"not starting with {prefix}"
    for suffix in RESERVED_SUFFIXES:
        if name.endswith(suffix):
            return f"not ending with {suffix}"
    return None


def is_plain_key(key: str) -> bool:
    """Return whether every service takes an object's key as it stands.

    Route 53 and CloudFront take 255 characters of path, the slash before the key included (Route 53 API,
    HealthCheckConfig; CloudFront API, DistributionConfig).
    """
    parts = key.split("/")
    return len(key) < 255 and all(re.fullmatch("[A-Za-z0-9._-]+", part) and part not in (".", "..") for part in parts)


def is_plain_prefix(prefix: str) -> bool:
    """Return whether keys may start like this and a policy, a rule's id and an alarm's name may hold it as it is."""
    return bool(re.fullmatch("[A-Za-z0-9._-][A-Za-z0-9._/-]{0,99}", prefix))


def is_email_address(text: str) -> bool:
    """Return whether a text is an e-mail address as browsers know it (HTML, "valid e-mail address")."""
    local, _, domain = text.rpartition("@")
    return bool(re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", local)) and is_hostname(domain.lower())


def is_pagerduty(hostname: str) -> bool:
    """Return whether a hostname is that of PagerDuty's events, in the US or in the EU."""
    return hostname.lower() in ("events.pagerduty.com", "events.eu.pagerduty.com")


def is_web_origin(text: str) -> bool:
    """Return whether a text is an origin as browsers send it (RFC 6454, section 6.2): scheme, host, unusual port."""
    match = re.fullmatch(r"https?://([^:/]+)(:[1-9][0-9]{0,4})?", text)
    return match is not None and (is_hostname(match[1]) or bool(re.fullmatch(LABEL, match[1])))


def is_dimension_value(text: str) -> bool:
    """Return whether a metric and an alarm both take a text as the value of a dimension.

    PutMetricData takes 1,024 characters (CloudWatch API, Dimension), an alarm in a template 255 (CloudFormation,
    AWS::CloudWatch::Alarm Dimension).
    """
    return bool(re.fullmatch("[ -9;-~][ -~]{0,254}", text)) and bool(text.strip())


def is_tag_text(text: str) -> bool:
    """Return whether every service takes a text in a tag as it stands: the characters are those of the strictest ones.

    The pattern there (IAM API, Tag) admits more kinds of spaces, and spaces at the ends, which other services cut off.
    """
    return text == text.strip() and all(
        character in " _.:/=+-@" or unicodedata.category(character)[0] in "LN" for character in text
    )
