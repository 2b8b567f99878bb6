"""What a report says about when, of what and by whom a drill was made."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from s3_failover import __version__
from s3_failover.drill import evidence

BEGUN = datetime(2026, 5, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))


def test_times_are_utc_in_iso_8601_and_who_asked_is_named():
    found = evidence.of(BEGUN, "0f" * 32, "arn:aws:iam::123456789012:user/ann")
    assert found.begun == "2026-05-01T12:00:00Z"
    ended = datetime.fromisoformat(found.ended)
    assert ended.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - ended) < timedelta(hours=1)
    assert found.asked_by == "arn:aws:iam::123456789012:user/ann"


def test_the_digest_is_that_of_the_file(tmp_path):
    path = tmp_path / "failover.toml"
    path.write_bytes(b"[sites]\r\n")
    assert evidence.digest(path) == hashlib.sha256(b"[sites]\r\n").hexdigest()


def test_the_digest_of_an_assembly_is_that_of_the_settings_in_it(tmp_path):
    (tmp_path / "s3-failover.json").write_bytes(b"{}")
    assert evidence.digest(tmp_path) == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize(
    ("package", "version"),
    [(json.dumps({"version": "2.1148.0"}), "2.1148.0"), ("{}", None), ("[]", None), ("nothing", None)],
)
def test_versions_are_those_of_what_drills(tmp_path, monkeypatch, package, version):
    path = tmp_path / "node_modules" / "aws-cdk" / "package.json"
    path.parent.mkdir(parents=True)
    path.write_text(package)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    found = evidence.versions()
    assert found.s3_failover == __version__
    assert found.cdk_cli == version


def test_a_cdk_that_is_not_installed_has_no_version(tmp_path, monkeypatch):
    def missing(package):
        raise evidence.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(evidence.metadata, "version", missing)
    monkeypatch.chdir(tmp_path)
    found = evidence.versions()
    assert (found.aws_cdk_lib, found.cdk_cli) == (None, None)
