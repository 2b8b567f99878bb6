"""What a person reads when the account, the credentials or the network are not as a command needs them."""

import os

import commands
import pytest
from scripted_aws import DROP, ScriptedAws, identity, s3_error, sts_error, versions

CONFIG = """
[sites.shop]
hostname        = "shop.example.com"
account         = "123456789012"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
"""
OURS = identity("123456789012")


@pytest.fixture
def run(tmp_path):
    """Runs a command on that configuration, by default with credentials."""
    (tmp_path / "failover.toml").write_text(CONFIG)

    def command(*arguments, url="http://127.0.0.1:9", **environment):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        aws = {
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": url,
            "NO_PROXY": "127.0.0.1",
        }
        full = {name: value for name, value in (clean | aws | environment).items() if value is not None}
        return commands.run(*arguments, cwd=tmp_path, environment=full)

    return command


def said(result):
    """The error, if it is all there is on stdout and stderr beside progress."""
    assert (result.returncode, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()[-1]


def test_no_credentials(run):
    result = run("doctor", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert "there are no AWS credentials, expected some: sign in (aws sso login, aws configure)" in said(result)


def test_no_such_profile(run):
    assert "cannot sign in to AWS: The config profile (nobody) could not be found" in said(
        run("verify", "--profile", "nobody")
    )


def test_expired_credentials(run):
    with ScriptedAws.running(sts_error("ExpiredToken")) as aws:
        assert "the credentials have expired: sign in (aws sso login" in said(run("verify", url=aws.url))
    assert len(aws.asked) == 1


def test_credentials_that_aws_does_not_know(run):
    with ScriptedAws.running(sts_error("InvalidClientTokenId")) as aws:
        assert "AWS does not know these credentials (InvalidClientTokenId)" in said(run("doctor", url=aws.url))


def test_another_account_s_credentials_are_refused_before_anything_is_asked(run):
    with ScriptedAws.running(identity("999999999999")) as aws:
        assert "the credentials belong to account 999999999999, expected 123456789012 as the configuration says" in (
            said(run("verify", url=aws.url))
        )
    assert len(aws.asked) == 1


def test_no_such_site(run):
    assert said(run("verify", "blog")) == "error: failover.toml has no site 'blog', expected shop"


def test_no_such_bucket(run):
    with ScriptedAws.running(OURS, s3_error("NoSuchBucket", 404)) as aws:
        assert "is the site deployed, and is this its account?" in said(run("verify", url=aws.url))


def test_access_denied_in_the_middle_names_the_permission_and_prints_the_least_policy(run):
    pages = [versions("a", "b", more=True), versions("a", "b", more=True)]
    with ScriptedAws.running(OURS, *pages, s3_error("AccessDenied")) as aws:
        result = run("verify", url=aws.url)
    assert "access is denied (no), expected the permission s3:ListBucketVersions: have it granted" in said(result)
    assert "the least policy for `s3-failover verify` on shop:" in result.stderr
    assert '"Resource": [\n        "arn:aws:s3:::shop-example-com-primary-123456789012-eu-west-1"' in result.stderr


def test_a_network_that_is_lost_for_a_while_is_waited_for(run):
    page = versions("a", "b")
    with ScriptedAws.running(DROP, OURS, DROP, DROP, page) as aws:
        result = run("verify", "--sample", "0", url=aws.url)
    assert result.returncode == 0, result.stderr
    assert "2 keys, 2 bytes, the same" in result.stdout
