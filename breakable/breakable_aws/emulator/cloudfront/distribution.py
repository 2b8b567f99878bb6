"""A distribution as its edge sees it: names, behaviors and origin groups.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html`.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from breakable_aws.emulator.base.cloudfront import plan_of

_DEFAULT_METHODS = ("GET", "HEAD")
"""What a cache behavior takes that does not say.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html`.
"""

_READ_TIMEOUT = "30"
"""How long an S3 origin may take that does not say, in seconds."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """A distribution.

    `config` is the DistributionConfig element, without namespaces.
    """

    id: str
    arn: str
    domain: str
    config: Element

    @classmethod
    def of(cls, document: Element) -> Distribution:
        """Return the distribution in a Distribution element."""
        config = document.find("DistributionConfig")
        assert config is not None
        return cls(_text(document, "Id"), _text(document, "ARN"), _text(document, "DomainName").lower(), config)

    @cached_property
    def aliases(self) -> tuple[str, ...]:
        """Its alternate domain names."""
        return tuple(aliases_of(self.config))

    @cached_property
    def record(self) -> dict[str, str]:
        """What viewers are answered by: a group is an origin too, and each behavior says its methods."""
        config = deepcopy(self.config)
        for origins in config.iterfind("Origins/Items"):
            for group in config.iterfind("OriginGroups/Items/OriginGroup/Id"):
                SubElement(SubElement(origins, "Origin"), "Id").text = group.text
        for behavior in behaviors_of(config):
            if behavior.find("AllowedMethods") is None:
                allowed = SubElement(SubElement(behavior, "AllowedMethods"), "Items")
                for method in _DEFAULT_METHODS:
                    SubElement(allowed, "Method").text = method
        text = tostring(config, encoding="unicode")
        return {"Id": self.id, "ARN": self.arn, "DomainName": self.domain, "config_xml": text}

    @cached_property
    def plan(self) -> dict[str, Any]:
        """What the record says; a group is its first member, with the `second` one and the criteria's `codes`."""
        plan = plan_of(self.record)
        origins = plan["origins"]
        for element in self.config.iterfind("Origins/Items/Origin"):
            if element.find("S3OriginConfig") is not None:
                timeout = _text(element, "S3OriginConfig/OriginReadTimeout") or _READ_TIMEOUT
                origins[_text(element, "Id")]["read_timeout"] = int(timeout)
        for group in self.config.iterfind("OriginGroups/Items/OriginGroup"):
            first, second = (origins[member] for member in members_of(group))
            codes = {int(code.text or 0) for code in group.iterfind("FailoverCriteria/StatusCodes/Items/StatusCode")}
            origins[_text(group, "Id")] = {**first, "second": second, "codes": codes}
        return plan


def aliases_of(config: Element) -> Iterator[str]:
    """Yield a configuration's alternate domain names in lower case."""
    return (alias.text.lower() for alias in config.iterfind("Aliases/Items/CNAME") if alias.text)


def behaviors_of(config: Element) -> list[Element]:
    """Return a configuration's cache behaviors, the default one first."""
    return [*config.iterfind("DefaultCacheBehavior"), *config.iterfind("CacheBehaviors/Items/CacheBehavior")]


def members_of(group: Element) -> list[str]:
    """Return the ids of an origin group's members."""
    return [member.text or "" for member in group.iterfind("Members/Items/OriginGroupMember/OriginId")]


def _text(element: Element, path: str) -> str:
    return element.findtext(path) or ""
