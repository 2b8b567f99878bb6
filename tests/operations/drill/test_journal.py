"""The record of a drill, and how a drill is finished from it."""

import dataclasses
import json

import pytest
from botocore.exceptions import EndpointConnectionError
from fake_accounts import ACCOUNT, HealthChecks, Parameters, Policies, account, begun, refusal
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.drill import finish, remains
from s3_failover.operations.drill.deny_primary import statement
from s3_failover.operations.drill.finish import undo_written
from s3_failover.operations.drill.invert_check import InvertCheck
from s3_failover.operations.drill.journal import Journal, caller
from s3_failover.operations.refusals import DeniedError

SID = "S3FailoverDrill1"
DENIAL = statement(SID, "bucket", "arn", "2026-01-01T00:00:00Z")
ENTRY = begun("deny-primary", {"bucket": "bucket", "region": "eu-west-1", "statement": DENIAL})
KEPT = {"Sid": "Kept", "Effect": "Deny"}


@pytest.fixture
def ssm():
    return Parameters()


@pytest.fixture
def s3():
    return Policies([KEPT, DENIAL])


@pytest.fixture(autouse=True)
def checks(monkeypatch):
    """The site's endpoint checks by role: none, unless a test has some."""
    found = {}
    monkeypatch.setattr(remains.health_checks, "endpoints", lambda site, account: found)
    return found


@pytest.fixture
def journal(ssm, s3, tmp_path):
    return Journal(site(), account(ssm=ssm, s3=s3), tmp_path)


def said(journal, **options):
    lines = []
    done = undo_written(journal.account, journal, say=lines.append, **{"patience": 0} | options)
    return list(done.entries), lines


def test_a_record_is_in_the_account_and_on_this_machine_until_it_is_cleared(journal, ssm):
    journal.write(ENTRY)
    assert journal.read() == journal.copy() == ENTRY
    assert list(ssm.values) == ["/s3-failover/shop.example.com/drill"]
    journal.clear(ENTRY)
    assert journal.read() is journal.copy() is None


def test_two_sites_that_a_file_calls_alike_have_records_of_their_own_and_a_long_hostname_has_one_too(tmp_path, ssm):
    hostnames = ["a.example.com", "b.example.com", ".".join(["c" * 63] * 3 + ["example.com"])]
    journals = [Journal(site(hostname=name), account(ssm=ssm), tmp_path) for name in hostnames[:2]]
    journals.append(Journal(site().model_copy(update={"hostname": hostnames[2]}), account(ssm=ssm), tmp_path))
    for journal in journals:
        journal.write(ENTRY)
        assert journal.copy() == ENTRY
    assert len(list(tmp_path.iterdir())) == len(ssm.values) == 3


def test_it_is_in_the_region_that_must_work_when_the_primarys_does_not(journal):
    assert journal.region == "eu-central-1"


def test_it_fits_into_a_standard_parameter(journal, ssm):
    names = {
        "hostname": f"{'a' * 63}.{'b' * 63}.example.com",
        "by": "arn:aws:sts::123456789012:assumed-role/" + "c" * 128,
    }
    undo = {"bucket": "d" * 63, "region": "ap-southeast-2", "statement": statement(SID, "d" * 63, "e" * 64, "f" * 20)}
    journal.write(dataclasses.replace(ENTRY, **names, undo=undo))
    assert len(ssm.values[journal.name]) < 4096


def test_the_second_is_refused_with_who_when_and_how_to_finish(journal, ssm, tmp_path):
    journal.write(ENTRY)
    other = Journal(site(), journal.account, tmp_path / "other")
    with pytest.raises(UserError, match=r"begun 2026-01-01T00:00:00Z by arn:aws:iam::123456789012:user/somebody"):
        other.write(dataclasses.replace(ENTRY, id="2"))
    with pytest.raises(UserError, match=r"finish it with `s3-failover drill --undo shop`"):
        other.require_none()
    assert other.copy() is None
    assert journal.read() == ENTRY


def test_a_copy_alone_refuses_too(journal, ssm):
    journal.write(ENTRY)
    ssm.values.clear()
    with pytest.raises(UserError, match="a drill is written down"):
        journal.require_none()


def test_an_answer_that_was_lost_on_the_way_is_no_second_drill(journal, ssm):
    put = ssm.put_parameter

    def lost(**arguments):
        put(**arguments)
        put(**arguments)

    ssm.put_parameter = lost
    journal.write(ENTRY)
    assert journal.read() == ENTRY


def test_where_no_copy_can_be_written_nothing_is_written_down(journal, ssm, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UserError, match=r"cannot be written.*nothing was changed"):
        Journal(site(), journal.account, blocked / "folder").write(ENTRY)
    assert ssm.values == {}


def test_somebody_elses_record_is_not_cleared(journal, ssm):
    journal.write(dataclasses.replace(ENTRY, id="2"))
    journal.clear(ENTRY)
    assert journal.read().id == journal.copy().id == "2"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "more": 2}'])
def test_what_is_no_record_is_said_with_the_command_that_deletes_it(journal, ssm, text):
    ssm.values[journal.name] = text
    with pytest.raises(UserError, match=r"holds no record of a drill .*run `s3-failover drill --undo shop`"):
        journal.read()
    assert ssm.values[journal.name] == text


DAMAGED = (
    "no JSON",
    "{}",
    *(json.dumps({**dataclasses.asdict(ENTRY), "undo": undo}) for undo in ({}, None, [], {"bucket": "bucket"})),
    json.dumps({**dataclasses.asdict(ENTRY), "fault": "fire"}),
    json.dumps({**dataclasses.asdict(begun("invert-check", {"checks": [{"id": 1}]}))}),
    json.dumps({**dataclasses.asdict(begun("pause-replication", {"drill": "1"}))}),
)


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("where", ["account", "machine"])
def test_a_damaged_record_is_deleted_when_the_other_one_has_said_what_to_undo(journal, ssm, s3, text, where):
    journal.write(ENTRY)
    if where == "account":
        ssm.values[journal.name] = text
    else:
        journal.file.write_text(text)
    done, lines = said(journal)
    assert (done, s3.policy["Statement"], ssm.values, journal.copy()) == ([ENTRY], [KEPT], {}, None)
    assert ["the other record says what to undo" in line for line in lines] == [True]
    journal.require_none()


@pytest.mark.parametrize("text", DAMAGED)
def test_where_both_are_damaged_what_the_drill_left_is_found_and_removed(journal, ssm, s3, text):
    journal.write(ENTRY)
    ssm.values[journal.name] = text
    journal.file.write_text(text)
    done = undo_written(journal.account, journal, say=print)
    assert done.remains == (f"the statement {SID} in the policy of {site().names(ACCOUNT).primary}",)
    assert done.forgotten == (f"the parameter {journal.name} in eu-central-1", str(journal.file))
    assert (s3.policy["Statement"], ssm.values, journal.copy()) == ([KEPT], {}, None)


def test_without_any_record_what_the_drill_left_is_found_and_removed(ssm, s3, checks, tmp_path):
    route53 = HealthChecks(inverted=True)
    checks["primary"] = "c"
    journal = Journal(site(), account(ssm=ssm, s3=s3, route53=route53), tmp_path)
    told = undo_written(journal.account, journal, say=print).remains
    assert told[1:] == ("the health check c, which is inverted",)
    assert (s3.policy["Statement"], route53.inverted) == ([KEPT], False)
    assert undo_written(journal.account, journal, say=print) == finish.FinishedDrills()


def test_what_belongs_to_a_drill_that_has_begun_is_not_left_over(ssm, s3, checks, tmp_path):
    checks["primary"] = "c"
    journal = Journal(site(), account(ssm=ssm, s3=s3, route53=HealthChecks(inverted=True)), tmp_path)
    ssm.values["/s3-failover/shop.example.com/drill"] = json.dumps(dataclasses.asdict(ENTRY))
    assert finish.left_over(journal).statements == ()


def test_what_is_written_down_is_undone_also_where_nobody_can_look_for_more(journal, ssm, s3, monkeypatch):
    def lost(*_):
        raise UserError("Route 53 does not answer")

    monkeypatch.setattr(remains, "look", lost)
    journal.write(ENTRY)
    assert said(journal) == ([ENTRY], ["whether drills have left more is unknown: Route 53 does not answer"])
    with pytest.raises(UserError, match="Route 53 does not answer"):
        said(journal)


def test_a_record_of_another_version_is_left_to_who_wrote_it(journal, ssm):
    ssm.values[journal.name] = json.dumps({**dataclasses.asdict(ENTRY), "version": 2, "new": True})
    with pytest.raises(UserError, match="has version 2, expected 1: use the s3-failover that wrote it"):
        journal.read()


def test_a_written_drill_is_undone_and_forgotten(journal, ssm, s3):
    journal.write(ENTRY)
    assert said(journal) == ([ENTRY], [])
    assert s3.policy["Statement"] == [KEPT]
    assert ssm.values == {}
    assert said(journal) == ([], [])


def test_a_drill_that_never_began_or_whose_bucket_is_gone_is_finished_too(journal, s3):
    for statements in ([KEPT], None):
        s3.policy = statements and {"Statement": statements}
        journal.write(ENTRY)
        assert said(journal)[0] == [ENTRY]
        assert s3.policy == (statements and {"Statement": statements})


def test_without_ssm_the_copy_says_what_to_undo_and_stays_until_the_record_is_gone(journal, ssm, s3):
    journal.write(ENTRY)

    def denied(**_):
        raise refusal("AccessDeniedException", "GetParameters")

    reading, ssm.get_parameters = ssm.get_parameters, denied
    with pytest.raises(UserError, match=r"is undone, but its record is not gone.*s3-failover drill --undo shop"):
        said(journal)
    assert s3.policy["Statement"] == [KEPT]
    assert journal.copy() == ENTRY
    ssm.get_parameters = reading
    assert said(journal)[0] == [ENTRY]
    assert journal.copy() is None


def test_an_undo_that_fails_is_tried_again(journal, s3):
    journal.write(ENTRY)
    writing, failures = (
        s3.put_bucket_policy,
        [EndpointConnectionError(endpoint_url="x"), refusal("ExpiredToken", "Put")],
    )

    def failing(**arguments):
        if failures:
            raise failures.pop()
        writing(**arguments)

    s3.put_bucket_policy = failing
    lines = []
    assert finish.finish(journal.account, journal, ENTRY, say=lines.append, pause=0)
    assert ["the credentials have expired" in lines[0], "cannot be reached" in lines[1], len(lines)] == [True, True, 2]
    assert s3.policy["Statement"] == [KEPT]


def test_an_undo_goes_on_when_the_terminal_is_gone(journal, s3):
    journal.write(ENTRY)
    writing, failures = s3.put_bucket_policy, [refusal("SlowDown", "Put", 503)]

    def failing(**arguments):
        if failures:
            raise failures.pop()
        writing(**arguments)

    def gone(line):
        raise BrokenPipeError

    s3.put_bucket_policy = failing
    assert finish.finish(journal.account, journal, ENTRY, say=gone, pause=0)
    assert s3.policy["Statement"] == [KEPT]


def test_another_accounts_drill_is_not_undone_with_these_credentials(journal, s3):
    with pytest.raises(UserError, match="the drill was in account 999999999999"):
        finish.finish(
            journal.account, journal, dataclasses.replace(ENTRY, account="9" * 12), say=print, patience=0, pause=0
        )
    assert s3.writes == 0


@pytest.mark.parametrize(
    ("fault", "undo", "service", "operation"),
    [
        ("deny-primary", {"bucket": "b", "region": "eu-west-1", "statement": DENIAL}, "s3", "PutBucketPolicy"),
        ("invert-check", {"checks": [{"id": "c", "inverted": False}]}, "route53", "UpdateHealthCheck"),
        ("pause-replication", {"drill": "d", "region": "eu-west-1"}, "fis", "ListExperiments"),
    ],
)
def test_an_undo_that_is_denied_names_the_permission_of_its_service(journal, ssm, fault, undo, service, operation):
    class Denied:
        def __getattr__(self, _):
            raise refusal("AccessDenied", operation, 403)

    denied = account(ssm=ssm, **{service: Denied()})
    with pytest.raises(DeniedError, match=f"expected the permission {service}:{operation}"):
        finish.finish(denied, journal, begun(fault, undo), say=print, patience=0, pause=0)


def test_an_inverted_check_is_changed_only_from_the_version_that_was_read(tmp_path):
    checks, fault = HealthChecks(), InvertCheck()
    there, undo = account(route53=checks), {"checks": [{"id": "c", "name": "shop primary", "inverted": False}]}
    checks.meanwhile = 2
    fault.begin(there, undo)
    assert checks.inverted
    checks.meanwhile = 1
    assert fault.undo(there, undo)
    assert not checks.inverted
    assert not fault.undo(there, undo)
    checks.meanwhile = 99
    with pytest.raises(UserError, match="changed by others all the time"):
        fault.begin(there, undo)
    checks.gone = True
    assert not fault.undo(there, undo)


def test_a_check_that_was_inverted_before_stays_so():
    checks = HealthChecks(inverted=True)
    undo = {"checks": [{"id": "c", "name": "shop primary", "inverted": True}]}
    InvertCheck().begin(account(route53=checks), undo)
    assert not checks.inverted
    assert InvertCheck().undo(account(route53=checks), undo)
    assert checks.inverted


class Caller:
    """STS, with a caller who is signed in."""

    def __init__(self, found):
        self.found = found

    def get_caller_identity(self):
        return {"Account": self.found, "Arn": ENTRY.by}


def test_credentials_that_became_another_accounts_are_refused():
    assert caller(account(sts=Caller(ACCOUNT)), "eu-central-1") == ENTRY.by
    with pytest.raises(UserError, match=f"belong to account 999999999999, expected {ACCOUNT}"):
        caller(account(sts=Caller("9" * 12)), "eu-central-1")
