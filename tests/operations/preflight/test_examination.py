"""A preflight as a whole: what is denied, what hangs, what each finding says."""

import threading

from fake_accounts import ACCOUNT, refusal
from preflight_ground import Paged
from sites import site

from s3_failover.operations.account import Account
from s3_failover.operations.preflight import (
    deployed,
    examination,
)
from s3_failover.operations.preflight.finding import CATALOGUE
from s3_failover.operations.preflight.ground import PreflightPlan
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import DeniedError


def refuse(_service, _region):
    denied = Paged()

    def answer(*_, **__):
        raise refusal("AccessDenied", "DescribeStacks", 403)

    denied.__class__ = type("Denied", (), {"__getattr__": lambda self, name: answer})
    return denied


def test_every_look_that_is_denied_says_so_and_what_it_needs():
    report = examination.examine(PreflightPlan(site(), asks_dns=False), Account(ACCOUNT, refuse), say=lambda line: None)
    assert {finding.id for finding in report.findings} == {"PREFLIGHT-UNKNOWN"}
    assert {finding.where for finding in report.findings} == set(report.looked_at) - {"protected_regions"}
    assert all('have this granted: {"Effect": "Allow", "Action"' in finding.remedy for finding in report.findings)
    assert (report.denied, report.stops, report.exit_code) == (True, False, 1)


def test_a_look_that_finds_something_is_told_beside_one_that_is_denied(monkeypatch):
    def looks(_):
        yield Look("denied", lambda: (_ for _ in ()).throw(DeniedError("no", permission="s3:ListBucket")))
        yield Look("found", lambda: deployed.stale(site(more='distribution_id = "E1OLD00000"'), "E2"))

    monkeypatch.setattr(examination, "_SUBJECTS", (looks,))
    report = examination.examine(PreflightPlan(site()), Account(ACCOUNT, refuse), say=lambda line: None)
    assert [finding.id for finding in report.findings] == ["PREFLIGHT-DISTRIBUTION-ID", "PREFLIGHT-UNKNOWN"]
    assert report.exit_code == 2


def test_a_look_that_hangs_is_left_behind(monkeypatch):
    end = threading.Event()

    def looks(_):
        yield Look("hangs", lambda: end.wait() or ())

    monkeypatch.setattr(examination, "_SUBJECTS", (looks,))
    monkeypatch.setattr(examination, "SECONDS", 0.01)
    try:
        report = examination.examine(
            PreflightPlan(site()), Account(ACCOUNT, lambda *_: end.wait()), say=lambda line: None
        )
    finally:
        end.set()
    (finding,) = report.findings
    assert "there was no answer within" in finding.what


def test_every_finding_of_the_catalogue_says_what_it_would_do():
    assert all(effect and not effect.endswith(".") for _, effect in CATALOGUE.values())
