"""Checks what callers pass.

An L2 refuses a wrong type by itself, because jsii stands between it and Python. Between Python and a construct of this
library stands nothing: an argument that is not checked takes the wrong branch without a word. Each check names the
argument, what it got, what it expected, and the way out. What is known only at deployment, a token, passes.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from aws_cdk import Duration, RemovalPolicy, Token

from s3_failover.values import Misfit

_Member = TypeVar("_Member", bound=Enum)
_UNITS = {"seconds": 1_000, "minutes": 60_000, "days": 86_400_000}
_LONGEST_SHOWN = 80

QUOTE = "write it in quotes, or pass a token"

KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""The default of what holds something: it goes only where its own first creation is rolled back."""

Rule = Callable[[Any], Iterable[Misfit]]
"""What a value must be besides its type: a function of `s3_failover.values`."""


def member(argument: str, value: object, kind: type[_Member], without: Sequence[_Member] = ()) -> _Member:
    """Return the member of an enumeration, given itself or its value as the configuration spells it.

    Args:
        argument: the argument's name.
        value: what it got.
        kind: the enumeration.
        without: members that the message does not name.

    Raises:
        ValueError: it is neither.
    """
    try:
        return kind(value)
    except ValueError:
        choices = " or ".join(f"{kind.__name__}.{each.name} ({each.value!r})" for each in kind if each not in without)
        raise ValueError(_refusal(argument, value, choices, "pass a member or its value")) from None


def removal(argument: str, value: object) -> RemovalPolicy:
    """Return what becomes of a resource when its stack goes.

    Raises:
        ValueError: it is no policy, or a snapshot, which only other services make.
    """
    policy = member(argument, value, RemovalPolicy, without=[RemovalPolicy.SNAPSHOT])
    if policy is RemovalPolicy.SNAPSHOT:
        fits(argument, [Misfit(policy.name, "another policy", "nothing here can be kept as a snapshot: choose RETAIN")])
    return policy


def flag(argument: str, value: object) -> None:
    """Refuse what is neither True nor False: a text such as "false" would count as true.

    Raises:
        TypeError: it is another type.
    """
    if not isinstance(value, bool):
        raise TypeError(_refusal(argument, value, "True or False", "write it without quotes"))


def text(argument: str, value: object, *rules: Rule, empty: bool = False, remedy: str = QUOTE) -> None:
    """Refuse what is no text, an empty one where that is not allowed, and what breaks one of the rules.

    Raises:
        TypeError: it is another type.
        ValueError: it is empty, or breaks a rule.
    """
    if not isinstance(value, str):
        raise TypeError(_refusal(argument, value, "a string", remedy))
    for rule in rules:
        fits(argument, rule(value))
    if not (value or empty):
        raise ValueError(_refusal(argument, value, "a text that is not empty", "name one"))


def optional_text(argument: str, value: object, *rules: Rule, empty: bool = False) -> None:
    """Refuse what `text` refuses, but None, which stands for the default.

    Raises:
        TypeError: it is another type.
        ValueError: it is empty, or breaks a rule.
    """
    if value is not None:
        text(argument, value, *rules, empty=empty)


def known(argument: str, value: str) -> None:
    """Refuse a token where the value is needed at synthesis.

    Raises:
        TypeError: it is another type.
        ValueError: it is a token, or empty.
    """
    text(argument, value)
    if Token.is_unresolved(value):
        expected = "one that is known at synthesis"
        raise ValueError(f"{argument}: got a token, expected {expected}; give the stack or the bucket its {argument}")


def texts(argument: str, values: object, *rules: Rule, counted: bool = False) -> None:
    """Refuse what is no sequence of texts, a bare text among them, and what breaks one of the rules.

    Args:
        argument: the argument's name.
        values: what it got.
        rules: what the texts must be besides.
        counted: whether it must be known at synthesis how many there are.

    Raises:
        TypeError: it is another type.
        ValueError: it breaks a rule.
    """
    if isinstance(values, str):
        raise TypeError(_refusal(argument, values, "a sequence of strings", f"write {argument}=[{values!r}]"))
    if not (isinstance(values, Sequence) and all(isinstance(each, str) for each in values)):
        raise TypeError(_refusal(argument, values, "a sequence of strings", f'write it as in {argument}=["..."]'))
    found = [misfit for rule in rules for misfit in rule(values)]
    if not Token.is_unresolved(list(values)):
        fits(argument, found)
    elif counted:
        expected = "a list that is known at synthesis"
        raise ValueError(f"{argument}: got a token, expected {expected}; write a list, whose items may be tokens")


def items(argument: str, values: object, kind: type = object) -> None:
    """Refuse what is no sequence of objects.

    Raises:
        TypeError: it is another type.
    """
    if not (isinstance(values, Sequence) and all(isinstance(each, kind) for each in values)) or isinstance(values, str):
        of = f" of {kind.__name__}" if kind is not object else ""
        raise TypeError(_refusal(argument, values, f"a sequence{of}", f"write it as in {argument}=[...]"))


def offers(argument: str, value: object, members: Iterable[str], expected: str, remedy: str) -> None:
    """Refuse an object that lacks a method or an attribute: interfaces of the CDK have no type at run time.

    Raises:
        TypeError: it lacks one.
    """
    if not all(hasattr(value, each) for each in members):
        raise TypeError(_refusal(argument, value, expected, remedy))


class Interface(NamedTuple):
    """An interface of the CDK: what has these members is one.

    Attributes:
        members: the members.
        expected: what it is called.
        remedy: the way out.
    """

    members: tuple[str, ...]
    expected: str
    remedy: str


_BUCKET = "pass an s3.Bucket, or the attribute `bucket` of a construct"
BUCKET = Interface(("bucket_arn", "add_to_resource_policy"), "a bucket", _BUCKET)
CACHE_POLICY = Interface(("cache_policy_id",), "a cache policy", "pass one, or CachePolicy.from_cache_policy_id(...)")
CERTIFICATE = Interface(("certificate_arn",), "a certificate", "pass one, or Certificate.from_certificate_arn(...)")
_DISTRIBUTION = "pass one, or the attribute `distribution` of a construct"
DISTRIBUTION = Interface(("distribution_id", "distribution_domain_name"), "a distribution", _DISTRIBUTION)
HEALTH_CHECK = Interface(("health_check_id",), "a health check", "pass one, or HealthCheck.from_health_check_id(...)")
KEY = Interface(("key_arn", "key_id"), "a key", "pass a kms.Key, or the attribute `key` of a construct")
ORIGIN_CONTROL = Interface(("origin_access_control_id",), "an origin access control", "pass an S3OriginAccessControl")
ORIGIN_POLICY = Interface(("origin_request_policy_id",), "an origin request policy", "pass an OriginRequestPolicy")
QUEUE = Interface(("queue_arn", "queue_url"), "a queue", "pass an sqs.Queue, or the attribute `queue` of a construct")
HEADERS_POLICY = Interface(("response_headers_policy_id",), "a response headers policy", "pass a ResponseHeadersPolicy")
ROLE = Interface(("role_arn", "role_name"), "a role", "pass an iam.Role, or Role.from_role_arn(...)")
TOPIC = Interface(("topic_arn", "topic_name"), "a topic", "pass an sns.Topic, or Topic.from_topic_arn(...)")
ZONE = Interface(("hosted_zone_id", "zone_name"), "a hosted zone", "pass one, or the attribute `zone` of a construct")


def implements(argument: str, value: object, interface: Interface) -> None:
    """Refuse what does not have an interface, such as a construct that has such an object, or a name.

    Raises:
        TypeError: it is another type.
    """
    offers(argument, value, *interface)


def may_implement(argument: str, value: object, interface: Interface) -> None:
    """Refuse what `implements` refuses, but None, which stands for the default.

    Raises:
        TypeError: it is another type.
    """
    if value is not None:
        implements(argument, value, interface)


def a_bucket(argument: str, value: object) -> None:
    """Refuse what is no bucket: a construct that has one, or a bucket's name.

    Raises:
        TypeError: it is another type.
    """
    implements(argument, value, BUCKET)


def buckets(argument: str, values: object) -> None:
    """Refuse what is no sequence of buckets.

    Raises:
        TypeError: it is another type.
    """
    items(argument, values)
    assert isinstance(values, Sequence)
    for each in values:
        a_bucket(argument, each)


def instance(argument: str, value: object, kind: type) -> None:
    """Refuse what is not of a class; None is the default's.

    Raises:
        TypeError: it is of another one.
    """
    if value is not None and not isinstance(value, kind):
        raise TypeError(
            _refusal(argument, value, f"a {kind.__name__}", f"write it as in {argument}={kind.__name__}(...)")
        )


def integer(argument: str, value: object, lowest: int, highest: int | None = None) -> None:
    """Refuse what is no integer, and one out of range.

    Raises:
        TypeError: it is another type.
        ValueError: it is out of range.
    """
    _number(argument, value, int, "an integer")
    expected = f"an integer from {lowest} to {highest}" if highest else f"an integer of at least {lowest}"
    if value < lowest or (highest and value > highest):  # type: ignore[operator]
        fits(argument, [Misfit(value, expected, "choose one in the range")])


def share(argument: str, value: object) -> None:
    """Refuse what is no percentage above nothing.

    Raises:
        TypeError: it is another type.
        ValueError: it is out of range.
    """
    _number(argument, value, (int, float), "a number")
    if not 0 < value <= 100:  # type: ignore[operator]
        fits(argument, [Misfit(value, "a number above 0, up to 100", "choose one in the range")])


def _number(argument: str, value: object, kind: type | tuple[type, ...], expected: str) -> None:
    if isinstance(value, bool) or not (isinstance(value, kind) or Token.is_unresolved(value)):
        raise TypeError(_refusal(argument, value, expected, "write it without quotes"))


def duration(argument: str, value: object, unit: str, lowest: int = 0, highest: int | None = None) -> None:
    """Refuse what is no Duration, and one that is not a whole number of a unit in a range; None is the default's.

    Raises:
        TypeError: it is another type.
        ValueError: it is out of range.
    """
    if value is None:
        return
    if not isinstance(value, Duration):
        raise TypeError(_refusal(argument, value, "a Duration", f"write it as in {argument}=Duration.{unit}(...)"))
    if value.is_unresolved():
        return
    count, rest = divmod(value.to_milliseconds(), _UNITS[unit])
    if rest or count < lowest or (highest and count > highest):
        expected = f"whole {unit} from {lowest} to {highest}" if highest else f"whole {unit}, at least {lowest}"
        got = value.to_human_string()
        raise ValueError(f"{argument}: got {got}, expected {expected}; choose one in the range")


def fits(argument: str, misfits: Iterable[Misfit]) -> None:
    """Refuse an argument for the first thing that is wrong with it.

    Raises:
        ValueError: something is.
    """
    for each in misfits:
        if not (isinstance(each.got, str | int | float) and Token.is_unresolved(each.got)):
            raise ValueError(_refusal(argument, *each))


def _refusal(argument: str, got: object, expected: str, remedy: str) -> str:
    """Return the message that refuses an argument, worded as the findings of a configuration are."""
    shown = repr(got)
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[: _LONGEST_SHOWN - 1]}…"
    return f"{argument}: got {shown}, expected {expected}; {remedy}"
