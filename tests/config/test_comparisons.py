"""When a rule says nothing: while a setting that it compares has a stand-in, and where another breach explains its own."""

from types import MethodType

import pytest
from config_samples import ids, one, site
from pydantic import BaseModel

from s3_failover.config import expectations
from s3_failover.config.copy_rules import COPY_RULES
from s3_failover.config.existing_rules import EXISTING_RULES
from s3_failover.config.https_rules import HTTPS_RULES
from s3_failover.config.model import RULES_FOLLOW, Site
from s3_failover.config.publish_rules import PUBLISH_RULES
from s3_failover.config.rules import SITE_RULES
from s3_failover.config.zone_rules import ZONE_RULES

RULES = [*SITE_RULES, *COPY_RULES, *ZONE_RULES, *HTTPS_RULES, *EXISTING_RULES, *PUBLISH_RULES]
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/0f-1e"


class Recorded:
    """A site, or a table of it, that notes which settings are read."""

    def __init__(self, model, seen, path=""):
        self._model, self._seen, self._path = model, seen, path

    def __getattr__(self, name):
        at, definition = f"{self._path}{name}", getattr(type(self._model), name, None)
        if name == "model_copy":
            return lambda update: Recorded(self._model.model_copy(update=update), self._seen, self._path)
        if name == "model_fields_set":
            return Written(self)
        if name not in type(self._model).model_fields and isinstance(definition, property):
            return definition.fget(self)
        if name not in type(self._model).model_fields and callable(definition):
            return MethodType(definition, self)
        value = getattr(self._model, name)
        if isinstance(value, BaseModel):
            return Recorded(value, self._seen, f"{at}.")
        if expectations.model_of(type(self._model).model_fields.get(name)) is None:
            self._seen.add(at)
        return value


class Written:
    """The names of the settings that a table has."""

    def __init__(self, recorded):
        self._recorded = recorded

    def __contains__(self, name):
        getattr(self._recorded, name)
        return name in self._recorded._model.model_fields_set


ZONE = {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"}
HTTPS = {"type": "https"}
SITES = [
    Site.model_validate(site(name="a", **changes), context=RULES_FOLLOW)
    for changes in [
        {},
        {"hostname": "a_b.example.com"},
        {"hostname": "example.com"},
        {"hostname": "www.example.org", "record_name": "www.example.com"},
        {"hosted_zone": {"create": True, "name": "a.example.com", "parent": ZONE}},
        {"hosted_zone": ZONE, "account": "111122223333", "replica_account": "444455556666"},
        {"secondary": HTTPS, "viewer_https": "hsts", "primary_bucket": "content"},
        {"secondary": HTTPS, "mode": "hybrid", "viewer_https": "redirect", "encryption": "kms"},
        {"secondary": {"type": "website", "certificate_arn": ARN}},
        {"secondary": HTTPS | {"certificate_arn": ARN}, "hostname": "www.example.org", "record_name": "a.example.com"},
        {"secondary": {"type": "external", "hostname": "www.example.net"}},
        {"account": "111122223333", "existing": {"primary_bucket": "live"}, "protected_regions": ["us-east-2"]},
        {"account": "111122223333", "existing": {"replica_buckets": {"us-east-2": "copy"}}},
        {"cdn": {"maintenance_page": "m.html", "denied_countries": ["DE"], "unguarded_secondary": True}},
        {"replication": {"prefixes": ["docs/"]}, "cdn": {"maintenance_page": "docs/m.html"}},
        {"aliases": ["www.example.com", "example.com", "www.example.org"]},
        {"aliases": ["www.example.com"], "record_name": "a.example.com", "secondary": HTTPS},
        {"access_logs": False, "access_log_days": 7},
        {"replication": {"two_way": True}},
        {"clients": {"alarm_region": "us-east-2", "fleet_size": 5, "failing_hosts": 2}},
        {"alarms": {"monitor": True}},
    ]
]


def read_by(rule):
    """The settings that a rule reads, over all sites."""
    seen = set()
    for each in SITES:
        list(rule.breaches(Recorded(each, seen)))
    return sorted(seen)


@pytest.mark.parametrize("rule", [each for each in RULES if each.compares], ids=lambda rule: rule.rule.id)
def test_a_rule_that_compares_settings_names_them(rule):
    seen = read_by(rule)
    # What HTTPS is by default depends on the mode, and is always what no rule refuses.
    covers = (*rule.compares, "mode") if "viewer_https" in rule.compares else rule.compares
    assert [each for each in seen if not each.startswith(covers)] == []
    assert [each for each in rule.compares if not any(one.startswith(each) for one in seen)] == []


EXTERNAL = {"type": "external", "hostname": "x.cdn.example.net"}


def in_zone(name, **changes):
    return one(hosted_zone=ZONE | {"name": name}, **changes)


def below(parent):
    """A zone of a name that is not below its parent's."""
    return one(hostname="a.b.example.com", hosted_zone={"create": True, "name": "b.example.com", "parent": parent})


def topic(region):
    return f"arn:aws:sns:{region}:111111111111:ops"


def topics(*arns, **changes):
    return one(alarms={"warning_topics": list(arns)}, **changes)


EXPLAINED = [
    ("SITE-ALARM-TOPIC-REGION", "SITE-REGION", topics(topic("us-west-2"), primary_region="mars")),
    ("SITE-ALARM-TOPIC-REGION", "SITE-ALARM-TOPIC", topics("ops")),
    ("SITE-ALARM-TOPIC-MISSING", "SITE-REGION", topics(topic("us-east-1"), replica_regions=["the moon"])),
    ("SITE-ALARM-TOPIC-MISSING", "SITE-ALARM-TOPIC", topics("ops")),
    ("SITE-ALARM-TOPIC-MISSING", "SITE-ALARM-TOPIC-REGION", topics(topic("eu-west-1"))),
    ("SITE-WEBSITE-BUCKET-NAME", "SITE-HOSTNAME", one(hostname="a_b.example.com")),
    ("SITE-CERTIFICATE-HOSTNAME", "SITE-HOSTNAME", one(hostname=f"{'A' * 60}.example.com", secondary=EXTERNAL)),
    ("SITE-CERTIFICATE-HOSTNAME", "SITE-WEBSITE-BUCKET-NAME", one(hostname=f"{'a' * 60}.example.com")),
    ("SITE-CLIENT-ALARM-REGION", "SITE-REGION", one(primary_region="mars", clients={"alarm_region": "mars"})),
    (
        "SITE-REPLICATION-PAGE",
        "SITE-CDN-PAGE",
        one(cdn={"maintenance_page": "/page"}, replication={"prefixes": ["_", "docs/"]}),
    ),
    ("SITE-REPLICA-ACCOUNT", "SITE-ACCOUNT", one(account="x", replica_account="x")),
    ("SITE-ZONE-PARENT", "SITE-ZONE-NAME", below({"id": "Z1", "name": "COM"})),
    ("SITE-ZONE-PARENT", "SITE-ZONE-SOURCE", one(hosted_zone=ZONE | {"parent": {"id": "Z1", "name": "example.org"}})),
    ("SITE-HOSTNAME-ZONE", "SITE-HOSTNAME", one(hostname="a_b.example.org", secondary=EXTERNAL)),
    ("SITE-HOSTNAME-ZONE", "SITE-ZONE-NAME", in_zone("Example.com")),
    (
        "SITE-RECORD-NAME",
        "SITE-HOSTNAME",
        one(hostname="a_b.example.com", record_name="a_b.example.com", secondary=EXTERNAL),
    ),
    ("SITE-RECORD-NAME", "SITE-ZONE-NAME", in_zone("Example.com", record_name="a.example.com")),
    ("SITE-RECORD-CERTIFICATE", "SITE-HOSTNAME", one(hostname="www.example.com.", record_name="a.example.com")),
    ("SITE-RECORD-CERTIFICATE", "SITE-ZONE-NAME", in_zone("Example.com", record_name="a.example.com")),
    ("SITE-APEX-CNAME", "SITE-HOSTNAME", in_zone("Example.com", hostname="Example.com", secondary=EXTERNAL)),
    ("SITE-ALIAS", "SITE-HOSTNAME", one(hostname="A.example.com", aliases=["A.example.org"], secondary=EXTERNAL)),
    ("SITE-ALIAS", "SITE-ZONE-NAME", in_zone("Example.com", aliases=["www.example.com"])),
    ("SITE-SECONDARY-NAMES", "SITE-HOSTNAME", one(hostname="A.example.com", secondary=HTTPS)),
    ("SITE-SECONDARY-NAMES", "SITE-RECORD-NAME", one(record_name="A.example.com", secondary=HTTPS)),
    ("SITE-SECONDARY-NAMES", "SITE-REGION", one(replica_regions=["the moon"], secondary=HTTPS)),
    ("SITE-HTTPS-ZONE", "SITE-ZONE-SOURCE", one(hosted_zone=ZONE | {"create": True}, secondary=HTTPS)),
    (
        "SITE-EXISTING-DISTINCT",
        "SITE-EXISTING-BUCKET",
        one(existing={"log_buckets": {"us-west-2": "X"}, "replica_buckets": {"us-east-2": "X"}}, secondary=EXTERNAL),
    ),
    (
        "SITE-EXISTING-DISTINCT",
        "SITE-EXISTING-OR-OURS",
        one(primary_bucket="made", existing={"primary_bucket": "live", "log_buckets": {"us-west-2": "live"}}),
    ),
    (
        "SITE-EXISTING-DISTINCT",
        "SITE-REGIONS-DISTINCT",
        one(replica_regions=["us-west-2", "us-west-2"], secondary=EXTERNAL),
    ),
    (
        "SITE-EXISTING-DISTINCT",
        "SITE-PRIMARY-BUCKET-NAME",
        one(existing={"primary_bucket": "assets.example.com"}),
    ),
    ("SITE-EXISTING-WEBSITE", "SITE-EXISTING-BUCKET", one(existing={"replica_buckets": {"us-east-2": "X"}})),
]


@pytest.mark.parametrize(("rule", "other", "text"), EXPLAINED, ids=lambda value: value if len(value) < 40 else "text")
def test_a_breach_that_another_one_explains_is_not_reported(rule, other, text):
    found = ids(text)
    assert other in found
    assert rule not in found


def test_every_explanation_has_an_example():
    named = {(rule.rule.id, other) for rule in RULES for other in rule.unless}
    assert named == {(rule, other) for rule, other, _ in EXPLAINED}


def test_a_redirect_is_not_refused_for_a_mode_that_only_stands_in():
    assert ids(one(mode="both", viewer_https="redirect")) == ["CONFIG-VALUE"]
