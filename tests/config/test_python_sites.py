"""A site that is written in Python keeps the rules of the file, in the same words."""

import pytest
from config_samples import SITE, findings, one

from s3_failover.config import ConfigError, HostedZone, Secondary, Site

BROKEN = [
    {"viewer_https": "hsts"},
    {"replica_regions": ["us-west-2"]},
    {"hostname": "Assets.Example.com"},
    {"hostname": 5},
    {"record_ttl": 0},
    {"recordttl": 30},
    {"mode": "hybird"},
    {"secondary": {"type": "external"}},
    {"hostname": "a_b.example.com", "record_ttl": "60", "alarms": {"cdn_5xx_percent": 500}},
    {"replica_regions": []},
]


def refused(**settings):
    with pytest.raises(ConfigError) as caught:
        Site(name="assets", **{**SITE, **settings})
    return caught.value


@pytest.mark.parametrize("settings", BROKEN, ids=str)
def test_python_refuses_what_the_file_refuses_in_the_same_words(settings):
    told = {
        (each.id, each.where.removeprefix("sites.assets."), each.got, each.expected, each.reason, each.remedy)
        for each in findings(one(**settings))
    }
    error = refused(**settings)
    assert (
        {(each.id, each.where, each.got, each.expected, each.reason, each.remedy) for each in error.findings}
        == told
        != set()
    )
    assert str(error).startswith("site assets: ")


def test_tables_may_be_models():
    zone, ours = HostedZone(**SITE["hosted_zone"]), Secondary.https()
    site = Site(name="assets", **{**SITE, "hosted_zone": zone, "secondary": ours, "viewer_https": "hsts"})
    assert (site.hosted_zone, site.secondary) == (zone, ours)


def test_a_model_in_a_refused_site_is_told_as_a_table():
    (finding,) = refused(secondary=Secondary.external("WWW.example.net")).findings
    assert (finding.where, finding.got) == ("secondary.hostname", '"WWW.example.net"')


def test_a_setting_without_default_is_missed():
    with pytest.raises(ConfigError, match="CONFIG-MISSING-KEY hosted_zone"):
        Site(name="assets", **{key: value for key, value in SITE.items() if key != "hosted_zone"})


def test_a_site_in_python_may_be_called_as_constructs_are():
    assert Site(name="Assets", **SITE).name == "Assets"
