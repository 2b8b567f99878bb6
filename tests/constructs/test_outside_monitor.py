"""The second monitor: what it asks, what it may do, when its alarms go off, and what its function does."""

import importlib.util
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aws_cdk import aws_s3 as s3
from cdk_templates import ROOT, new_stack, properties, resources, text

from s3_failover_constructs import AlarmActions, OutsideMonitor

URL = "https://www.example.com/health.txt"


def monitor(stack, **changes):
    primary = s3.Bucket.from_bucket_attributes(stack, "Primary", bucket_name="content", region="eu-west-1")
    given = {"name": "www.example.com", "addresses": [URL], "primary": primary, "key": "health.txt"}
    return OutsideMonitor(stack, "Monitor", **given | changes)


@pytest.fixture(scope="module")
def stack():
    stack = new_stack()
    monitor(stack)
    return stack


def alarms(stack):
    found = (each["Properties"] for each in resources(stack, "AWS::CloudWatch::Alarm").values())
    return {each["AlarmName"].partition("/")[2]: each for each in found}


def test_it_asks_every_minute(stack):
    rule = properties(stack, "AWS::Events::Rule")
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert len(rule["Targets"]) == 1
    asked = properties(stack, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert json.loads(asked["URLS"]) == [URL]
    assert json.loads(asked["OBJECTS"]) == [{"Bucket": "content", "Key": "health.txt", "Region": "eu-west-1"}]


def test_it_may_read_the_one_object_and_write_its_own_log(stack):
    read, log = properties(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert (read["Action"], text(read["Resource"])) == ("s3:GetObject", "arn:aws:s3:::content/health.txt")
    assert set(log["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert "Logs" in text(log["Resource"])
    assert "ManagedPolicyArns" not in properties(stack, "AWS::IAM::Role")


def test_one_minute_without_an_answer_is_an_alarm_on_what_lambda_publishes_for_nothing(stack):
    alarm = alarms(stack)["monitor-failing"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/Lambda", "Errors", "Sum")
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Period"]) == (1, 1, 60)
    assert alarm["TreatMissingData"] == "ignore"


def test_its_own_death_is_an_alarm(stack):
    alarm = alarms(stack)["monitor-silent"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Invocations")
    assert (alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (5, "breaching")


def test_a_missing_answer_wakes_and_a_missing_monitor_warns():
    class Told:
        def __init__(self):
            self.warned, self.alerted = [], []

        def warn(self, alarm):
            self.warned.append(alarm.node.id)

        def alert(self, alarm):
            self.alerted.append(alarm.node.id)

    told = Told()
    monitor(new_stack(), notifications=told)
    assert (told.alerted, told.warned) == (["Failing"], ["Silent"])
    assert "AlarmActions" not in alarms_of_nothing()["monitor-failing"]


def alarms_of_nothing():
    stack = new_stack()
    monitor(stack, notifications=AlarmActions())
    return alarms(stack)


def test_it_is_refused_in_the_region_of_the_primary():
    stack = new_stack()
    primary = s3.Bucket.from_bucket_attributes(stack, "There", bucket_name="content", region="us-west-2")
    with pytest.raises(ValueError, match=r"^primary: got us-west-2, expected another region than the stack's; "):
        OutsideMonitor(stack, "Monitor", addresses=[URL], primary=primary)


@pytest.mark.parametrize("addresses", [[], ["www.example.com"], ["ftp://www.example.com"], ["https:///health"]])
def test_what_is_no_address_is_refused(addresses):
    with pytest.raises(ValueError, match=r"^addresses: got "):
        monitor(new_stack(), addresses=addresses)


# The function


class Answers(BaseHTTPRequestHandler):
    """Answers each path with what it says: `/200`, `/500`, or `/flaky`, which fails every other time."""

    asked: list[str] = []  # noqa: RUF012 - emptied by each test

    def do_GET(self):
        self.asked.append(self.path)
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/200")
        else:
            flaky = 500 if self.asked.count(self.path) % 2 else 200
            self.send_response(flaky if self.path == "/flaky" else int(self.path[1:]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    Answers.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class S3:
    """A bucket that answers, or raises."""

    def __init__(self, error):
        self.error, self.read_objects = error, []

    def __call__(self, _, *, region_name, config):
        self.region, self.config = region_name, config
        return self

    def get_object(self, **given):
        self.read_objects.append(given)
        if self.error:
            raise self.error
        return {"Body": io.BytesIO(b"health")}


@pytest.fixture
def ask(monkeypatch):
    path = ROOT / "constructs/s3_failover_constructs/outside_monitor/handler/index.py"
    spec = importlib.util.spec_from_file_location("outside_monitor_handler", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def asked(*urls, error=None):
        client = S3(error)
        monkeypatch.setattr(module.boto3, "client", client)
        monkeypatch.setenv("URLS", json.dumps(urls))
        monkeypatch.setenv("OBJECTS", json.dumps([{"Bucket": "content", "Key": "h", "Region": "eu-west-1"}]))
        module.handler({}, None)
        return client

    return asked


def test_a_site_that_answers_is_no_error(ask, site):
    client = ask(f"{site}/200", f"{site}/moved")
    assert (client.read_objects, client.region) == ([{"Bucket": "content", "Key": "h"}], "eu-west-1")
    assert client.config.retries["total_max_attempts"] == 1


def test_one_lost_answer_is_asked_for_again(ask, site):
    ask(f"{site}/flaky")
    assert Answers.asked == ["/flaky", "/flaky"]


@pytest.mark.parametrize("path", ["403", "404", "500", "503"])
def test_an_address_that_does_not_answer_with_content_is_named(ask, site, path):
    with pytest.raises(RuntimeError, match=rf"^{site}/{path}: HTTPError: HTTP Error {path}: .*$"):
        ask(f"{site}/200", f"{site}/{path}")


def test_a_bucket_that_does_not_answer_is_named_beside_what_does_not_either(ask, site):
    with pytest.raises(RuntimeError, match=r"/500: HTTPError.*; s3://content/h: OSError: away$"):
        ask(f"{site}/500", error=OSError("away"))
