"""What is wrong with a site, in the words of the Python that it is written in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from s3_failover.config import ConfigError, ConfigFinding

_ARGUMENTS = {
    "hosted_zone": "zone",
    "secondary.certificate_arn": "secondary",
    "secondary.hostname": "secondary",
    "certificate_arn": "certificate",
    "noncurrent_version_days": "noncurrent_version_expiration",
    "access_log_days": "access_log_expiration",
    "existing.primary_bucket": "primary_bucket",
    "existing.replica_buckets": "replica_buckets",
}
"""Settings of the file and the arguments of `Site` that say the same."""

_WORDS = (
    (r'secondary = \{ type = "https" \}', "secondary=Secondary.https()"),
    (r'write type = "external"', "write Secondary.external(...)"),
    (r'write type = "https"', "write Secondary.https()"),
    (r"secondary of type (\w+)", r"\1 secondary"),
    (r'mode = "hybrid"', "mode=Mode.HYBRID"),
    (r'"dns" or "hybrid"', "Mode.DNS or Mode.HYBRID"),
    (r'"s3" or "kms"', "BucketEncryption.S3_MANAGED or KMS"),
    (r"\btrue or false\b", "True or False"),
    (r"(?<== )true\b|^true$|(?<=default is )true$", "True"),
    (r"(?<== )false\b|^false$|(?<=default is )false$", "False"),
    (r"\ba table of strings\b", "a mapping of strings"),
    (r"\ban array of\b", "a sequence of"),
    (r"\ba table with name\b", "HostedZoneAttributes(hosted_zone_id=..., zone_name=...) or HostedZone(name=..., ...)"),
    (r"\ba table with type\b", "Secondary.website(), .https() or .external(...)"),
    (r'\{ type = "website" \}', "Secondary.website()"),
    (r"hosted_zone = \{ (.*?) \}", r"zone=HostedZone(\1)"),
    (r"(?<=\w) = (?=[\[\"{\w.])", "="),
)
"""What the file writes otherwise than Python: a pattern, and what takes its place."""

_CLASSES = {
    "cdn": "CdnSettings(...)",
    "alarms": "Alarms(...)",
    "clients": "Clients(...)",
    "replication": "ReplicationSettings(...)",
    "existing": "Existing(...)",
}
"""What takes the place of a table."""

_UNITS = {
    **dict.fromkeys(("noncurrent_version_expiration", "access_log_expiration"), "days"),
    **dict.fromkeys(
        (
            "record_ttl",
            "origin_connect_timeout",
            "origin_read_timeout",
            "origin_completion_timeout",
            "health_check_interval",
        ),
        "seconds",
    ),
}
"""What a duration is counted in."""


@contextmanager
def in_python() -> Iterator[None]:
    """Have a refused site name the arguments and the values of Python, and not those of the file."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(error.source, [_said(each) for each in error.findings]) from None


def _said(finding: ConfigFinding) -> ConfigFinding:
    where, expected = _argument(finding.where), _python(finding.expected)
    if expected == "a table":
        expected = _CLASSES.get(where, expected)
    if where in _UNITS:
        expected = f"{expected.replace('an integer', 'a whole number')}, in {_UNITS[where]}"
    return replace(finding, where=where, got=_python(finding.got), expected=expected, remedy=_python(finding.remedy))


def _argument(setting: str) -> str:
    for told, argument in _ARGUMENTS.items():
        if setting == told or setting.startswith(f"{told}."):
            return argument
    return setting


def _python(text: str) -> str:
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    names = "|".join(re.escape(each) for each in _ARGUMENTS)
    return re.sub(rf"(?<![\w.])({names})(\.\w+)?(?![\w.])", lambda found: _argument(found[0]), text)
