import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from config_samples import dumps, findings, ids, many, one, site

from s3_failover.config import Config, ConfigError, Mode, ViewerHttps, load, parse


def refused(path):
    with pytest.raises(ConfigError) as caught:
        load(path)
    (finding,) = caught.value.findings
    return finding


def test_a_file_is_read_with_its_defaults(tmp_path):
    file = tmp_path / "failover.toml"
    file.write_text(one())
    config = load(file)
    assert isinstance(config, Config)
    (assets,) = config.sites
    assert (assets.name, assets.mode, assets.https, assets.record_ttl) == ("assets", Mode.DNS, ViewerHttps.OPTIONAL, 60)
    assert assets.replica_regions == ("us-east-2",)


def test_hybrid_mode_redirects_to_https_by_default():
    (assets,) = parse(one(mode="hybrid")).sites
    assert assets.https is ViewerHttps.REDIRECT


def test_the_example_file_is_accepted(request):
    assert load(request.config.rootpath / "failover.toml").sites


def test_clients_alarm_in_the_last_replica_region_under_the_hostname_by_default():
    (assets,) = parse(one(replica_regions=["us-east-2", "eu-west-1"])).sites
    assert assets.clients is None
    (assets,) = parse(one(replica_regions=["us-east-2", "eu-west-1"], clients={})).sites
    assert (assets.client_service, assets.client_alarm_region) == ("assets.example.com", "eu-west-1")
    assert (assets.clients.failing_hosts, assets.clients.absent_minutes) == (3, 10)


def test_clients_may_have_another_service_and_alarm_region():
    (assets,) = parse(one(clients={"service": "ivr", "alarm_region": "sa-east-1"})).sites
    assert (assets.client_service, assets.client_alarm_region) == ("ivr", "sa-east-1")


def test_sites_keep_the_order_of_the_file():
    text = many(z=site(), a=site(hostname="a.example.com"), m=site(hostname="m.example.com"))
    assert [each.name for each in parse(text).sites] == ["z", "a", "m"]


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    file = tmp_path / "failover.toml"
    file.write_bytes(b"\xef\xbb\xbf" + one().replace("\n", "\r\n").encode())
    assert load(file).sites


# Files


def test_a_missing_file_is_named(tmp_path):
    finding = refused(tmp_path / "none.toml")
    assert (finding.id, finding.got) == ("CONFIG-FILE", "no such file or directory")
    assert finding.where == str(tmp_path / "none.toml")


def test_a_directory_is_refused(tmp_path):
    assert refused(tmp_path).got == "a directory"


def test_a_file_without_permission_is_refused(monkeypatch, tmp_path):
    def denied(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    assert refused(tmp_path / "failover.toml").got == "a file without permission to read it"


def test_a_path_that_no_file_can_have_is_refused(tmp_path):
    finding = refused(tmp_path / "a\0\nb")
    assert finding.id == "CONFIG-FILE"
    assert "\n" not in str(finding)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    file = tmp_path / "latin1.toml"
    file.write_bytes("# größe".encode("latin-1"))
    assert refused(file).got == "text that is not UTF-8"


def test_a_file_name_with_a_line_break_keeps_the_report_in_one_line_each(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "a\nb.toml")
    assert len(str(caught.value).splitlines()) == 6


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "[sites]"])
def test_a_file_without_sites_is_refused(text):
    (finding,) = findings(text)
    assert finding.id == "CONFIG-NO-SITES"


@pytest.mark.parametrize(
    ("text", "got"), [("sites = 3", "3"), ("sites = []", "[]"), ("sites = false", "false"), ('sites = ""', '""')]
)
def test_sites_that_are_no_table_are_refused(text, got):
    (finding,) = findings(text)
    assert (finding.id, finding.got) == ("CONFIG-NO-SITES", got)


@pytest.mark.parametrize(
    ("text", "got"), [("[sites]\na = 1", "1"), ("[[sites.a]]", "[{}]"), ("[sites]\na = 1979-05-27", "1979-05-27")]
)
def test_a_site_that_is_no_table_is_refused(text, got):
    (finding,) = findings(text)
    assert (finding.id, finding.where, finding.got) == ("CONFIG-VALUE", "sites.a", got)


@pytest.mark.parametrize(
    "text",
    [
        "[sites",
        "a = ",
        "a = 1\na = 2",
        "x = 2024-99-99",
        'a = "\x00"',
        "a = " + "[" * 100_000,
        "a = " + "{b=" * 100_000,
        "a = " + "9" * 5000,
        '"' + "k" * 5000 + '" = 1\n"' + "k" * 5000 + '" = 2',
    ],
)
def test_what_is_not_toml_is_refused_in_one_short_line(text):
    (finding,) = findings(text)
    assert finding.id == "CONFIG-TOML"
    assert len(str(finding)) < 500
    assert str(finding).isprintable()


def test_the_place_of_a_syntax_error_is_named():
    (finding,) = findings("\n\n[sites\n")
    assert "line 3" in finding.got


# Shapes


@pytest.mark.parametrize(
    ("setting", "value", "got", "expected"),
    [
        ("hostname", 3, "3", "a string"),
        ("hostname", True, "true", "a string"),
        ("replica_regions", [], "[]", "an array of strings, 1 to 25 of them"),
        ("replica_regions", "us-east-2", '"us-east-2"', "an array of strings, 1 to 25 of them"),
        ("replica_regions", {"a": 1}, "{ a = 1 }", "an array of strings, 1 to 25 of them"),
        ("replica_regions", [1], "1", "an array of strings, 1 to 25 of them"),
        ("mode", "DNS", '"DNS"', '"dns" or "hybrid"'),
        ("mode", ["dns"], '["dns"]', '"dns" or "hybrid"'),
        ("viewer_https", "always", '"always"', '"optional", "redirect" or "hsts"'),
        ("price_class", 100, "100", '"100", "200" or "All"'),
        ("health_check_interval", 20, "20", "10 or 30"),
        ("health_check_threshold", 11, "11", "an integer from 1 to 10"),
        ("record_ttl", True, "true", "an integer from 1 to 3600"),
        ("record_ttl", 1.5, "1.5", "an integer from 1 to 3600"),
        ("replication", "s3", '"s3"', "a table"),
        ("failover_status_codes", [500, "502"], '"502"', "an array of integers"),
        ("hosted_zone", "example.com", '"example.com"', "a table with name"),
        ("secondary", "website", '"website"', "a table with type"),
        ("alarms", [], "[]", "a table"),
        ("clients", True, "true", "a table"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_plain_words(setting, value, got, expected):
    (finding,) = findings(one(**{setting: value}))
    assert (finding.id, finding.where) == ("CONFIG-VALUE", f"sites.assets.{setting}")
    assert (finding.got, finding.expected) == (got, expected)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 0, 100.01, -0.0])
def test_a_percentage_outside_its_range_is_refused(value):
    (finding,) = findings(one(alarms={"cdn_5xx_percent": value}))
    assert finding.expected == "a number above 0, up to 100"


@pytest.mark.parametrize("value", [100, 0.5])
def test_a_percentage_may_be_an_integer_or_a_float(value):
    assert findings(one(alarms={"cdn_5xx_percent": value})) == []


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("account", 123456789012, "write it in quotes"),
        ("record_ttl", "60", "write it without quotes"),
        ("replica_regions", "us-east-2", 'write replica_regions = ["us-east-2"]'),
        ("replica_regions", [1], "write it in quotes"),
        ("failover_status_codes", ["500"], "write it without quotes"),
        ("mode", "DNS", 'write it as in mode = "hybrid"'),
        ("viewer_https", "x", "change or remove it"),
        ("hosted_zone", 1, 'write it as in hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }'),
    ],
)
def test_the_way_out_fits_the_slip(setting, value, remedy):
    (finding,) = findings(one(**{setting: value}))
    assert finding.remedy == remedy


@pytest.mark.parametrize("setting", ["hostname", "primary_region", "replica_regions", "hosted_zone", "mode"])
def test_a_setting_without_default_must_be_there(setting):
    (finding,) = findings(one(**{setting: ...}))
    assert (finding.id, finding.where, finding.got) == ("CONFIG-MISSING-KEY", f"sites.assets.{setting}", "nothing")
    assert finding.remedy.startswith(f"add it, for example {setting} = ")


def test_a_missing_mode_is_explained():
    (finding,) = findings(one(mode=...))
    assert all(words in finding.remedy for words in ('mode = "hybrid", the recommended', "HTTPS keeps", 'mode = "dns"'))


def test_the_examples_in_remedies_are_accepted():
    remedies = [finding.remedy.partition(", the recommended start")[0] for finding in findings("[sites.a]")]
    lines = [remedy.removeprefix("add it, for example ") for remedy in remedies]
    assert len(lines) == 5
    assert findings("\n".join(["[sites.a]", *lines])) == []


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("hostnam", "did you mean hostname?"),
        ("replica_region", "did you mean replica_regions?"),
        ("critical_emails", "did you mean alarms.critical_emails?"),
        ("zzz", "remove it"),
    ],
)
def test_an_unknown_key_is_refused_with_the_key_that_was_meant(key, remedy):
    (finding,) = findings(one(**{key: 1}))
    assert (finding.id, finding.where, finding.remedy) == ("CONFIG-UNKNOWN-KEY", f"sites.assets.{key}", remedy)


def test_an_unknown_key_that_is_like_no_other_gets_the_list_of_known_ones():
    (finding,) = findings(one(secondary={"type": "website", "zzz": 1}))
    assert finding.expected == "one of type, hostname, certificate_arn"


def test_a_site_cannot_name_itself_because_its_table_does():
    (finding,) = findings(one(name="other"))
    assert (finding.id, finding.remedy) == ("CONFIG-UNKNOWN-KEY", "remove it: [sites.assets] names the site")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("site = 1", "did you mean sites?"),
        ("[Sites]", "did you mean sites?"),
        ("[assets]", "write [sites.assets], or remove it"),
        ('["a b"]', 'write [sites."a b"], or remove it'),
        ("mode = 1", "move it into a [sites.NAME] table, or remove it"),
    ],
)
def test_what_stands_outside_of_sites_is_refused(line, remedy):
    (finding,) = findings(f"{one()}\n{line}")
    assert (finding.id, finding.remedy) == ("CONFIG-UNKNOWN-KEY", remedy)


# All at once


def test_all_findings_come_at_once_in_the_order_of_the_file():
    sites = {
        "second": site(replica_regions=["mars-1"], hostname="Upper.example.com", record_ttl=0),
        "first": {
            "account": 1,
            "typo": 2,
            "hosted_zone": {"name": "example.com.", "id": "z"},
            "hostname": "example.com",
        },
    }
    text = "stray = 1\n[sites]\n" + "".join(f"{name} = {dumps({'x': table})[4:]}" for name, table in sites.items())
    assert [(finding.id, finding.where) for finding in findings(text)] == [
        ("CONFIG-UNKNOWN-KEY", "stray"),
        ("SITE-HOSTNAME", "sites.second.hostname"),
        ("SITE-REGION", "sites.second.replica_regions"),
        ("CONFIG-VALUE", "sites.second.record_ttl"),
        ("CONFIG-VALUE", "sites.first.account"),
        ("CONFIG-UNKNOWN-KEY", "sites.first.typo"),
        ("SITE-ZONE-NAME", "sites.first.hosted_zone.name"),
        ("SITE-ZONE-ID", "sites.first.hosted_zone.id"),
        ("CONFIG-MISSING-KEY", "sites.first.primary_region"),
        ("CONFIG-MISSING-KEY", "sites.first.replica_regions"),
        ("CONFIG-MISSING-KEY", "sites.first.mode"),
    ]


REPLICA = "assets-example-com-replica-111122223333-us-east-2"
"""The name of the bucket in the replica region, with an https secondary and all buckets in one account."""


@pytest.mark.parametrize(
    "changes",
    [
        {"hostname": 1},
        {"hosted_zone": 1},
        {"hosted_zone": {"id": "Z1"}},
        {"primary_region": 1},
        {"primary_region": 1, "replica_regions": ["us-west-2"]},
        {"replica_regions": [1]},
        {"mode": "x", "viewer_https": "redirect"},
        {"health_key": "index.html", "index_document": 1},
        {"hostname": 1, "primary_bucket": "content"},
        {"hostname": "not a name", "hosted_zone": {"id": "Z1", "name": "example.org"}},
        {"clients": {"fleet_size": 0, "failing_hosts": 3}},
        {"clients": {"fleet_size": 2, "failing_hosts": "3"}},
        {"clients": {"alarm_region": 1}},
        {"primary_region": 1, "clients": {"alarm_region": "us-west-2"}},
        {"account": "111122223333", "replica_account": 1, "primary_bucket": REPLICA, "secondary": {"type": "https"}},
        {
            "account": "111122223333",
            "replica_account": 1,
            "existing": {"primary_bucket": REPLICA},
            "secondary": {"type": "https"},
        },
    ],
)
def test_a_setting_at_fault_is_not_compared_with_others(changes):
    assert len(ids(one(**changes))) == 1


def test_a_misfit_does_not_hide_what_is_wrong_with_other_settings():
    assert sorted(
        ids(one(mode=1, hostname="UPPER", account="x", alarms={"critical_emails": 1, "warning_emails": ["x"]}))
    ) == [
        "CONFIG-VALUE",
        "CONFIG-VALUE",
        "SITE-ACCOUNT",
        "SITE-ALARM-EMAIL",
        "SITE-HOSTNAME",
    ]


def test_the_report_names_the_file_and_counts():
    with pytest.raises(ConfigError) as caught:
        parse(one(hostname="x", account="y"), source="other.toml")
    head, *parts = str(caught.value).split("\n\n")
    assert head == "other.toml: 2 findings"
    assert parts == ["\n".join(finding.lines("other.toml")) for finding in caught.value.findings]
    assert caught.value.findings[0].id == "SITE-HOSTNAME"


def test_a_finding_is_read_from_above_what_is_wrong_why_and_what_to_do():
    (finding,) = findings("\n# sites\n" + one(hostname="a b.example.com"))
    place, wrong, why, remedy = finding.lines("failover.toml")
    assert place == "failover.toml:3: SITE-HOSTNAME sites.assets.hostname"
    assert wrong.startswith('  got "a b.example.com", expected ')
    assert (why, remedy) == (f"  why: {finding.reason}", f"  do: {finding.remedy}")


def test_invalid_toml_has_its_line():
    (finding,) = findings("\n\n[sites.a]\nhostname = \n")
    assert (finding.id, finding.line) == ("CONFIG-TOML", 4)


def test_a_profile_that_does_not_exist_does_not_matter(request):
    code = "import sys, pathlib; from s3_failover.config import load; load(pathlib.Path(sys.argv[1]))"
    file = request.config.rootpath / "failover.toml"
    environment = {**os.environ, "AWS_PROFILE": "none", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, file], env=environment, check=True)


def test_many_sites_are_read_in_one_go():
    text = many(**{f"s{number}": site(hostname=f"s{number}.example.com") for number in range(50)})
    assert len(parse(text).sites) == 50
