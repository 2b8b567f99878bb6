"""The settings of sites in a cloud assembly, which commands read as they read a file."""

import json

import pytest
from config_samples import SITE

from s3_failover.config import ConfigError, Secondary, Site, load, write_sites

SHOP = Site(name="shop", **SITE)


def test_what_is_written_is_what_is_read(tmp_path):
    rich = Site(
        name="rich",
        **SITE
        | {
            "mode": "hybrid",
            "secondary": Secondary.https(),
            "record_ttl": 30,
            "cdn": {"cors_origins": ("https://a.example.com",)},
        },
    )
    write_sites(tmp_path, {"/shop": SHOP, "/Teams/Blog": rich.model_copy(update={"hostname": "blog.example.com"})})
    sites = {site.name: site for site in load(tmp_path).sites}
    assert sites["shop"] == SHOP.model_copy(update={"name": "shop"})
    assert sites["teams-blog"] == rich.model_copy(update={"name": "teams-blog", "hostname": "blog.example.com"})


@pytest.mark.parametrize(
    ("path", "name"), [("/shop", "shop"), ("/A/B_c", "a-b-c"), ("/1", "site-1"), ("/" + "x" * 99, "x" * 32)]
)
def test_a_site_is_called_as_people_type_it(tmp_path, path, name):
    write_sites(tmp_path, {path: SHOP})
    assert [site.name for site in load(tmp_path).sites] == [name]


def test_the_file_can_be_named_itself(tmp_path):
    write_sites(tmp_path, {"/shop": SHOP})
    assert load(tmp_path / "s3-failover.json") == load(tmp_path)


def test_rules_hold_for_what_was_changed_by_hand(tmp_path):
    write_sites(tmp_path, {"/shop": SHOP})
    file = tmp_path / "s3-failover.json"
    document = json.loads(file.read_text())
    document["sites"]["shop"]["viewer_https"] = "hsts"
    file.write_text(json.dumps(document))
    with pytest.raises(ConfigError, match="SITE-HSTS"):
        load(tmp_path)


@pytest.mark.parametrize(("text", "got"), [("", "Expecting value"), ("[]", r"\[\]"), ("{", "Expecting property")])
def test_a_broken_file_is_refused(tmp_path, text, got):
    (tmp_path / "s3-failover.json").write_text(text)
    with pytest.raises(ConfigError, match=rf"(?s)got {got}.*synthesize the app again") as refused:
        load(tmp_path)
    assert [each.id for each in refused.value.findings] == ["CONFIG-JSON"]


def test_a_directory_without_the_file_says_what_to_do(tmp_path):
    with pytest.raises(
        ConfigError, match=r"(?s)CONFIG-FILE .*name a file in it; or synthesize an app, and name its cdk\.out"
    ):
        load(tmp_path)


def test_what_an_app_left_and_is_no_text_is_called_json(tmp_path):
    (tmp_path / "s3-failover.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"(?s)not UTF-8, expected a readable JSON file\n.*synthesize the app again"):
        load(tmp_path)
