"""What a value must be that AWS takes and that does what it says: the rules that hold wherever a site is written.

The rules of the configuration file and the constructs both ask here, so that they refuse the same values in the same
words. Where a value is written, and how it is shown there, is theirs to say.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from s3_failover.names.keys import HEALTH_KEY
from s3_failover.names.spelling import (
    DIMENSION_VALUE,
    PLAIN_KEY,
    PLAIN_PREFIX,
    bucket_name_problem,
    hostname_in,
    is_dimension_value,
    is_email_address,
    is_hostname,
    is_pagerduty,
    is_plain_key,
    is_plain_prefix,
    is_web_origin,
)

NEEDED_STATUS_CODES = frozenset({500, 502, 503, 504})
"""A refused connection counts as 503 and a timeout as 504 (CloudFront Developer Guide, origin failover)."""

CHOSEN_STATUS_CODES = frozenset({400, 403, 404, 416, 429})
"""The other answers of an origin that CloudFront can move on (CloudFront API, StatusCodes)."""

CHECK_INTERVALS = (10, 30)
"""Seconds between two requests of a health checker (Route 53 API, HealthCheckConfig)."""

LONGEST_NAME = 255
"""Characters of an alarm's name (CloudWatch API, PutMetricAlarm) and of a rule's id (S3 API, ReplicationRule)."""

LONGEST_NAME_OF_CHECKS = 243
"""Characters that leave room for ` distribution` in the value of a tag, which has 256 (Route 53 API, Tag)."""

LONGEST_PREFIX_OF_NAMES = 48
"""Characters that leave room for the ends of CloudFront's names, of which a function's has 64 (CloudFront API)."""

WIDEST_NETWORKS = {4: 8, 6: 32}
"""Bits of the widest address ranges, by IP version: to S3 a policy for broader ones is public, and Block Public Access
refuses it (S3 User Guide, access-control-block-public-access)."""

LONGEST_TITLE = 91
"""Characters of the title of topics: SNS shows 100, the severity among them (SNS API, DisplayName)."""


LONGEST_WEBHOOK = 2048
"""Characters of an endpoint's address: as long as SNS is known to take."""

LONGEST_ADDRESS = 300
"""Characters of the runbook's address: the description of an alarm has 1,024 (CloudWatch API, PutMetricAlarm)."""


class Misfit(NamedTuple):
    """A value that will not do: what it is, None where there is none, what would do, and the way out."""

    got: object
    expected: str
    remedy: str


def hostname(name: str) -> Iterator[Misfit]:
    """Yield what is wrong with the name of a site."""
    if not is_hostname(name):
        expected = "a lower-case domain name without scheme, path, wildcard or final dot"
        yield Misfit(name, expected, f"write {hostname_in(name) or 'it as in assets.example.com'}")


def hostnames(names: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with names of which each is one of its own."""
    for name in names:
        yield from hostname(name)
    yield from each_once(names)


def service_name(name: str) -> Iterator[Misfit]:
    """Yield what is wrong with a service's own name, which may have capitals, as a load balancer's, and a final dot."""
    if not is_hostname(plain_name(name)):
        expected = "a domain name without scheme, port, path or spaces, and no IP address"
        yield Misfit(name, expected, f"write {hostname_in(name) or 'it as in origin.example.com'}")


def plain_name(name: str) -> str:
    """Return a domain name as it compares with others: DNS knows no capitals, and the final dot is optional."""
    return name.lower().removesuffix(".")


def alternate_names(names: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with the aliases of a distribution, of which some may be wildcards."""
    for index, name in enumerate(names):
        if not is_hostname(name.removeprefix("*.")) or name in names[:index]:
            expected = "a lower-case domain name, or a wildcard such as *.example.com, each once"
            yield Misfit(name, expected, "correct or remove it")


def zone_name(name: str) -> Iterator[Misfit]:
    """Yield what is wrong with the name of a zone."""
    if not is_hostname(name):
        remedy = f"write {hostname_in(name) or 'it as in example.com'}"
        yield Misfit(name, "a lower-case domain name without final dot", remedy)


def record_name(name: str, zone: str) -> Iterator[Misfit]:
    """Yield what is wrong with the name of a record in a zone, whose apex is no place for it."""
    if not is_hostname(name) or not name.endswith(f".{zone}"):
        yield Misfit(name, f"a name below {zone}", f"write it as in site.{zone}")


def bucket_name(name: str, remedy: str = "choose another name") -> Iterator[Misfit]:
    """Yield what is wrong with the name of a bucket."""
    problem = bucket_name_problem(name)
    if problem:
        yield Misfit(name, f"a legal bucket name ({problem})", remedy)


def health_key(key: str, documents: Sequence[str] = ()) -> Iterator[Misfit]:
    """Yield what is wrong with the key of the health object, which none of the documents may have."""
    if not is_plain_key(key):
        yield Misfit(key, PLAIN_KEY, f"choose a plain key such as {HEALTH_KEY}")
    elif key in documents:
        remedy = "the health object is protected from deletion and never cached: keep it apart from content"
        yield Misfit(key, "a key of its own", remedy)


def index_document(name: str) -> Iterator[Misfit]:
    """Yield what is wrong with the name of the index document."""
    if not is_plain_key(name) or "/" in name:
        yield Misfit(name, "a plain name without slash", "use index.html")


def error_document(key: str) -> Iterator[Misfit]:
    """Yield what is wrong with the key of the error document."""
    if not is_plain_key(key):
        yield Misfit(key, PLAIN_KEY, "use error.html")


def maintenance_page(page: str | None, *, maintenance: bool, others: Sequence[str] = ()) -> Iterator[Misfit]:
    """Yield what is wrong with the key of the maintenance page, which none of the others may have."""
    if page is None:
        if maintenance:
            remedy = "name the key of a page, or switch maintenance off"
            yield Misfit(None, "a page to show while maintenance is on", remedy)
    elif not is_plain_key(page):
        yield Misfit(page, PLAIN_KEY, "use maintenance.html")
    elif page in others:
        yield Misfit(page, "a key that is neither the health object's nor another document's", "use maintenance.html")


def log_prefix(prefix: str) -> Iterator[Misfit]:
    """Yield what is wrong with what the keys of a distribution's logs start with."""
    if not is_plain_key(prefix):
        yield Misfit(prefix, PLAIN_KEY, "write it without slash at either end")


def key_prefix(prefix: str) -> Iterator[Misfit]:
    """Yield what is wrong with what the keys that are copied start with."""
    if not is_plain_prefix(prefix):
        yield Misfit(prefix, PLAIN_PREFIX, "write it as in docs/")


def status_codes(codes: Sequence[int]) -> Iterator[Misfit]:
    """Yield what is wrong with the answers that an origin group moves on."""
    found = set(codes)
    foreign = found - NEEDED_STATUS_CODES - CHOSEN_STATUS_CODES
    if foreign or not found >= NEEDED_STATUS_CODES or len(found) != len(codes):
        expected = "500, 502, 503 and 504, and of 400, 403, 404, 416, 429 what you choose, each once"
        yield Misfit(codes, expected, "correct the list")


def countries(codes: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with a list of countries."""
    for index, code in enumerate(codes):
        if not re.fullmatch("[A-Z]{2}", code) or code in codes[:index]:
            expected = 'a country code such as "DE" (ISO 3166-1 alpha-2), each once'
            yield Misfit(code, expected, "correct or remove it")


def denied_beside(allowed: Sequence[str], denied: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with countries that are denied where others are allowed."""
    if allowed and denied:
        yield Misfit(denied, "nothing beside allowed_countries", "keep one: what is not allowed is denied")


def web_origins(origins: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with the origins whose scripts may read the content."""
    for index, origin in enumerate(origins):
        if origin != "*" and not is_web_origin(origin):
            remedy = 'write it without path and final slash, or "*" for any origin'
            yield Misfit(origin, "an origin such as https://app.example.com", remedy)
        elif origin in origins[:index] or (origin == "*" and len(origins) > 1):
            yield Misfit(origin, 'each origin once, and "*" alone', "remove it")


def header(value: str) -> Iterator[Misfit]:
    """Yield what is wrong with the value of a header."""
    if not re.fullmatch("[!-~]([ -~]{0,1781}[!-~])?", value):
        yield Misfit(value, "1 to 1783 printable ASCII characters", "write it as one line")


def emails(addresses: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with the recipients of alarms."""
    for index, address in enumerate(addresses):
        if not is_email_address(address):
            yield Misfit(address, "an address such as oncall@example.com", "correct or remove it")
        elif address in addresses[:index]:
            yield Misfit(address, "each address once", "remove the second one")


def webhooks(addresses: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with endpoints that alarms are sent to (SNS Developer Guide, sns-http-https-endpoint)."""
    for index, address in enumerate(addresses):
        match = re.fullmatch(r"https://([^/:?#@]+)(:[0-9]{1,5})?(/[!-~]*)?", address)
        if match is None or not is_hostname(match[1].lower()) or "#" in address or len(address) > LONGEST_WEBHOOK:
            expected = f"an https:// address without user, password and #, of at most {LONGEST_WEBHOOK} characters"
            yield Misfit(address, expected, "correct or remove it")
        elif is_pagerduty(match[1]) and not re.fullmatch("/integration/[A-Za-z0-9]+/enqueue", match[3] or ""):
            remedy = "copy the integration URL of the service's Amazon CloudWatch integration"
            yield Misfit(address, "PagerDuty's https://events.pagerduty.com/integration/KEY/enqueue", remedy)
        elif address in addresses[:index]:
            yield Misfit(address, "each address once", "remove the second one")


def topics(arns: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with the ARNs of existing topics.

    Alarms notify standard topics alone (CloudWatch User Guide, Notify_Users_Alarm_Changes).
    """
    for index, arn in enumerate(arns):
        if not re.fullmatch(r"arn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", arn):
            yield Misfit(arn, "arn:aws:sns:REGION:ACCOUNT:NAME of a standard topic", "copy the topic's ARN")
        elif arn in arns[:index]:
            yield Misfit(arn, "each topic once", "remove the second one")


def addresses(urls: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with the addresses of pages, of which there must be one."""
    if not urls:
        yield Misfit(urls, "at least one address", "name one")
    for url in urls:
        match = re.fullmatch(r"https?://([^/:?#]+)(:[0-9]{1,5})?(/[!-~]*)?", url)
        if match is None or not is_hostname(match[1].lower()):
            yield Misfit(url, "a URL of http or https", "write it as in https://www.example.com/health.txt")


def page(address: str) -> Iterator[Misfit]:
    """Yield what is wrong with the address of a page, which a section's name follows."""
    match = re.fullmatch(r"https?://([^/:?#]+)(:[0-9]{1,5})?(/[!-~]*)?", address)
    if match is None or not is_hostname(match[1]) or "#" in address or len(address) > LONGEST_ADDRESS:
        expected = f"a URL without #, of at most {LONGEST_ADDRESS} characters"
        yield Misfit(address, expected, "write it as in https://wiki.example.com/failover, or remove it")


def dimension(text: str, remedy: str = "choose another one") -> Iterator[Misfit]:
    """Yield what is wrong with the value of a metric's dimension."""
    if not is_dimension_value(text):
        yield Misfit(text, DIMENSION_VALUE, remedy)


def protected_keys(keys: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with keys that a policy names one by one."""
    for key in keys:
        if not is_plain_key(key):
            yield Misfit(key, PLAIN_KEY, "choose plain keys: no wildcard may slip into the policy")


def each_once(texts: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is in a list twice."""
    for index, each in enumerate(texts):
        if each in texts[:index]:
            yield Misfit(each, "each once", "remove the second one")


def key_alias(alias: str) -> Iterator[Misfit]:
    """Yield what is wrong with the alias of a KMS key (KMS API, CreateAlias)."""
    if not re.fullmatch("alias/[A-Za-z0-9/_-]{1,250}", alias) or alias.startswith("alias/aws/"):
        yield Misfit(alias, "alias/ and 1 to 250 of A-Z a-z 0-9 / _ -, not alias/aws/", "write it as in alias/assets")


def title(text: str) -> Iterator[Misfit]:
    """Yield what is wrong with the title of topics, which SNS shows with the severity."""
    if len(text) > LONGEST_TITLE:
        yield Misfit(text, f"at most {LONGEST_TITLE} characters, not {len(text)}", "choose a shorter one")


def check_interval(seconds: int) -> Iterator[Misfit]:
    """Yield what is wrong with the seconds between two requests of a health checker."""
    if seconds not in CHECK_INTERVALS:
        yield Misfit(seconds, "10 or 30 seconds", "choose one of them")


def resource_path(path: str) -> Iterator[Misfit]:
    """Yield what is wrong with the path that a health checker asks for (Route 53 API, ResourcePath)."""
    if not re.fullmatch("/[!-~]{0,254}", path):
        yield Misfit(path, "a slash and up to 254 printable ASCII characters without spaces", "write it as in /healthz")


def check_name(text: str) -> Iterator[Misfit]:
    """Yield what is wrong with what health checks are called, which is a tag with the role of each at its end."""
    if len(text) > LONGEST_NAME_OF_CHECKS:
        yield Misfit(text, f"at most {LONGEST_NAME_OF_CHECKS} characters, not {len(text)}", "choose a shorter one")


def account(text: str) -> Iterator[Misfit]:
    """Yield what is wrong with the id of an account."""
    if not re.fullmatch("[0-9]{12}", text):
        yield Misfit(text, "a string of twelve digits", "write the account id")


def distribution_id(text: str, remedy: str = "copy it from the distribution") -> Iterator[Misfit]:
    """Yield what is wrong with the id of a distribution."""
    if not re.fullmatch("E[A-Z0-9]{5,20}", text):
        yield Misfit(text, "a distribution id such as E2QWRUHAPOMQZL", remedy)


def rule_id(text: str) -> Iterator[Misfit]:
    """Yield what is wrong with the id of a replication rule."""
    if len(text) > LONGEST_NAME:
        yield Misfit(text, f"at most {LONGEST_NAME} characters, not {len(text)}", "choose a shorter one")


def name_prefix(text: str) -> Iterator[Misfit]:
    """Yield what is wrong with what CloudFront's names start with (CloudFront API, CreateFunction)."""
    if not re.fullmatch(f"[A-Za-z0-9_-]{{1,{LONGEST_PREFIX_OF_NAMES}}}", text):
        expected = f"1 to {LONGEST_PREFIX_OF_NAMES} of A-Z a-z 0-9 _ -"
        yield Misfit(text, expected, "choose another one, or leave it out")


def address_ranges(ranges: Sequence[str]) -> Iterator[Misfit]:
    """Yield what is wrong with the addresses that a policy admits."""
    if not ranges:
        yield Misfit(ranges, "at least one range", "name one, or leave the argument out")
    for each in ranges:
        yield from _address_range(each)


def _address_range(text: str) -> Iterator[Misfit]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        yield Misfit(text, "an IPv4 or IPv6 network such as 15.177.0.0/18", "correct or remove it")
        return
    narrowest = WIDEST_NETWORKS[network.version]
    if network.prefixlen < narrowest:
        remedy = "S3 would count the policy as public: name narrower ranges"
        yield Misfit(text, f"a range of /{narrowest} or narrower", remedy)
