"""Which accounts are looked at in a hurry, whatever answers."""

import threading

import pytest
from typer.testing import CliRunner

from breakable_aws.errors import BreakableError
from s3_failover.cli import target
from s3_failover.cli.app import app
from s3_failover.errors import UserError
from s3_failover.operations.account import Account

CONFIG = """
[sites.shop]
hostname        = "shop.example.com"
account         = "123456789012"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
"""


@pytest.fixture
def looked(tmp_path):
    (tmp_path / "failover.toml").write_text(CONFIG + CONFIG.replace("shop", "blog"))
    return lambda: target.Where(config=tmp_path / "failover.toml").targets()


def test_a_sign_in_that_hangs_keeps_neither_the_other_sites_nor_the_end_of_the_process_waiting(looked, monkeypatch):
    end = threading.Event()

    def sign_in(*, region, **_):
        assert threading.current_thread().daemon
        if next(turns):
            end.wait(30)
        return Account("123456789012", None)

    turns = iter([False, True])
    monkeypatch.setattr(target, "looking", sign_in)
    monkeypatch.setattr(target, "SIGN_IN_SECONDS", 0.3)
    try:
        accounts = [each.account for each in looked()]
    finally:
        end.set()
    (late,) = [each for each in accounts if each.make is not None]
    assert late.id == "123456789012"
    with pytest.raises(UserError, match=r"cannot sign in to AWS: there was no answer within 0.3 s"):
        late.client("s3", "eu-west-1")


@pytest.mark.parametrize("arguments", [["--local"], []])
def test_commands_work_on_the_embedded_aws_where_the_shell_was_told_of_it(tmp_path, monkeypatch, arguments):
    (tmp_path / "failover.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    if not arguments:
        monkeypatch.setenv("S3_FAILOVER_LOCAL", "1")
    for command in ("doctor", "verify", "return"):
        told = CliRunner().invoke(app, [command, *arguments]).exception
        assert isinstance(told, UserError | BreakableError)
        assert str(told).startswith("no embedded AWS is running")


def test_who_has_no_credentials_hears_of_the_embedded_aws_that_runs(tmp_path, monkeypatch):
    (tmp_path / "failover.toml").write_text(CONFIG)

    def refuse(**_):
        raise UserError("there are no AWS credentials", exit_code=4)

    monkeypatch.setattr(target, "signed_in", refuse)
    for runs, expected in [(object(), "; an embedded AWS runs here: add --local"), (None, "")]:
        monkeypatch.setattr(target.server, "current", lambda _state, runs=runs: runs)
        with pytest.raises(UserError) as caught:
            target.Where(config=tmp_path / "failover.toml").target()
        assert (str(caught.value), caught.value.exit_code) == (f"there are no AWS credentials{expected}", 4)


@pytest.mark.parametrize("written", ["blog", "blog.example.com", "Blog.Example.com."])
def test_a_site_is_chosen_by_its_name_or_its_hostname(looked, tmp_path, written):
    assert target.Where(site=written, config=tmp_path / "failover.toml").chosen().name == "blog"


def test_a_site_that_the_file_does_not_have_is_refused(looked, tmp_path):
    with pytest.raises(UserError, match=r"has no site 'news', expected shop or blog"):
        target.Where(site="news", config=tmp_path / "failover.toml").chosen()
