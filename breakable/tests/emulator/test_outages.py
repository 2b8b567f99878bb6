"""Each fault as all clients see it: viewers, checkers, SDKs and CloudFront, on real sockets."""

import contextlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import psutil
import pytest
import run_keys
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from local_internet import break_, connect, get, heal, resolve, s3_client

pytestmark = pytest.mark.embedded

PRIMARY, REPLICA = "us-east-1", "eu-west-1"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
NO_CONNECTION = "no connection"
NO_ANSWER = "no answer"


class Site:
    """A bucket in each of two regions, a distribution before the first and one before both."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.buckets = {region: f"outage-{region}" for region in (PRIMARY, REPLICA)}
        for region, bucket in self.buckets.items():
            emulator.deploy(public_website(bucket), region=region)
            emulator.client("s3", region).put_object(Bucket=bucket, Key="index.html", Body=region.encode())
        stack = emulator.deploy(
            {"Single": self.distribution("p"), "Group": self.distribution("both")},
            outputs={name: {"Value": {"Fn::GetAtt": [name, "DomainName"]}} for name in ("Single", "Group")},
        )
        self.single, self.group = (emulator.output(stack, name) for name in ("Single", "Group"))

    def distribution(self, target):
        codes = [403, 500, 502, 503, 504]
        group = {
            "Id": "both",
            "FailoverCriteria": {"StatusCodes": {"Quantity": len(codes), "Items": codes}},
            "Members": {"Quantity": 2, "Items": [{"OriginId": "p"}, {"OriginId": "r"}]},
        }
        config = {
            "Enabled": True,
            "DefaultRootObject": "index.html",
            "Origins": [origin("p", self.buckets[PRIMARY], PRIMARY), origin("r", self.buckets[REPLICA], REPLICA)],
            "OriginGroups": {"Quantity": 1, "Items": [group]},
            "DefaultCacheBehavior": {
                "TargetOriginId": target,
                "CachePolicyId": CACHING_DISABLED,
                "ViewerProtocolPolicy": "allow-all",
            },
        }
        return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}

    def website(self, region):
        return f"{self.buckets[region]}.s3-website.{region}.amazonaws.com"

    def rest(self, region):
        return f"{self.buckets[region]}.s3.{region}.amazonaws.com"

    def see(self, name, path="/index.html", **how):
        """Return what a viewer sees: a body, a status, or how the connection failed."""
        return seen(lambda: get(self.emulator, name, path, **how))

    def sdk(self, region, timeout=20):
        with s3_client(self.emulator, region, read_timeout=timeout) as s3:
            try:
                return s3.get_object(Bucket=self.buckets[region], Key="index.html")["Body"].read().decode()
            except ClientError as error:
                return error.response["Error"]["Code"]
            except BotoCoreError as error:
                return NO_ANSWER if "timeout" in str(error).lower() else NO_CONNECTION

    def everything(self, timeout=20):
        """Return what each kind of client sees of the primary region's S3."""
        looks = {
            "website": lambda: self.see(self.website(PRIMARY), timeout=timeout),
            "rest": lambda: self.see(self.rest(PRIMARY), timeout=timeout),
            "tls": lambda: self.see(self.rest(PRIMARY), secure=True, timeout=timeout),
            "sdk": lambda: self.sdk(PRIMARY, timeout),
            "single": lambda: self.see(self.single),
            "group": lambda: self.see(self.group),
            "group over tls": lambda: self.see(self.group, secure=True),
        }
        with ThreadPoolExecutor(len(looks)) as pool:
            found = {name: pool.submit(look) for name, look in looks.items()}
            return {name: look.result() for name, look in found.items()}


def seen(ask):
    try:
        answer = ask()
    except TimeoutError:
        return NO_ANSWER
    except OSError:
        return NO_CONNECTION
    return answer.body.decode() if answer.status == 200 else answer.status


def public_website(bucket):
    admit = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    properties = {
        "BucketName": bucket,
        "WebsiteConfiguration": {"IndexDocument": "index.html"},
        "PublicAccessBlockConfiguration": OPEN,
    }
    document = {"Version": "2012-10-17", "Statement": [admit]}
    policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": document}
    return {
        "B": {"Type": "AWS::S3::Bucket", "Properties": properties},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }


def origin(identifier, bucket, region):
    return {
        "Id": identifier,
        "DomainName": f"{bucket}.s3.{region}.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": 5},
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 2,
    }


@pytest.fixture(scope="module")
def deployed(fast):
    return Site(fast)


@pytest.fixture
def site(deployed):
    heal(deployed.emulator)
    yield deployed
    heal(deployed.emulator)


HEALTHY = dict.fromkeys(("website", "rest", "tls", "sdk", "single", "group", "group over tls"), PRIMARY)


def broken(direct, single, sdk=None):
    """What viewers see when the replica serves requests through the origin group."""
    s3 = dict.fromkeys(("website", "rest", "tls"), direct) | {"sdk": sdk or direct}
    return s3 | {"single": single} | dict.fromkeys(("group", "group over tls"), REPLICA)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("s3-refuse", broken(NO_CONNECTION, 502)),
        ("s3-hang", broken(NO_ANSWER, 504)),
        ("s3-reset", broken(NO_CONNECTION, 502)),
        ("s3-503", broken(503, 503, "ServiceUnavailable")),
        ("s3-slowdown", broken(503, 503, "SlowDown")),
        ("s3-403", broken(403, 403, "AccessDenied")),
        ("region-down", broken(NO_CONNECTION, 502)),
        ("s3-slow", HEALTHY),
    ],
)
def test_a_fault_of_s3_hits_everybody_alike_and_healing_restores_the_same_ports(site, fault, expected):
    names = [(site.website(PRIMARY), "http"), (site.rest(PRIMARY), "https"), (f"s3.{PRIMARY}.amazonaws.com", "api")]
    before = [resolve(site.emulator, *name) for name in names]
    break_(site.emulator, fault, region=PRIMARY)
    assert site.everything(timeout=0.5 if fault == "s3-hang" else 20) == expected
    assert site.see(site.website(REPLICA)) == REPLICA, "the other region is as it was"
    heal(site.emulator)
    assert site.everything() == HEALTHY
    assert [resolve(site.emulator, *name) for name in names] == before


@pytest.mark.parametrize(("fault", "code"), [("s3-503", "ServiceUnavailable"), ("s3-slowdown", "SlowDown")])
def test_a_partial_outage_hits_some_requests_of_viewers_sdks_and_the_cdn(site, fault, code):
    break_(site.emulator, fault, region=PRIMARY, percent=50)
    for look, failed in (
        (lambda: site.see(site.rest(PRIMARY)), 503),
        (lambda: site.see(site.single), 503),
        (lambda: site.sdk(PRIMARY), code),
    ):
        assert {look() for _ in range(30)} == {PRIMARY, failed}
    assert {site.see(site.group) for _ in range(30)} == {PRIMARY, REPLICA}, "the replica has what the primary fails"
    assert {site.see(site.rest(REPLICA)) for _ in range(10)} == {REPLICA}


def test_sdks_that_try_again_do_not_notice_a_few_failures(site):
    break_(site.emulator, "s3-slowdown", region=PRIMARY, percent=20)
    made = boto3.client(
        "s3",
        region_name=PRIMARY,
        endpoint_url=site.emulator.ready["endpoint"],
        **run_keys.of(site.emulator.secret, site.emulator.ready["account"]),
        config=Config(retries={"mode": "standard", "total_max_attempts": 10}, s3={"addressing_style": "path"}),
    )
    with contextlib.closing(made) as s3:
        tries = [s3.head_object(Bucket=site.buckets[PRIMARY], Key="index.html")["ResponseMetadata"] for _ in range(20)]
    assert {each["HTTPStatusCode"] for each in tries} == {200}
    assert sum(each["RetryAttempts"] for each in tries) > 0


def test_a_slow_s3_is_late_for_everybody(site):
    break_(site.emulator, "s3-slow", region=PRIMARY)
    for look in (lambda: site.see(site.rest(PRIMARY)), lambda: site.sdk(PRIMARY), lambda: site.see(site.group)):
        began = time.monotonic()
        assert look() == PRIMARY
        assert time.monotonic() - began > 0.5


LONG = b"<p>" + b"x" * 5000
"""So long that it would drip for minutes."""


def begun(connection, path, host):
    """Ask for a path, and return what came before the body and its first byte."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    seen = b""
    while not seen.partition(b"\r\n\r\n")[2]:
        seen += connection.recv(1)
    return seen


def ended(connection):
    """Return what comes until the connection ends."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_body_drips_until_the_fault_is_healed_to_viewers_and_through_the_cdn(site):
    s3 = site.emulator.client("s3", PRIMARY)
    s3.put_object(Bucket=site.buckets[PRIMARY], Key="long.html", Body=LONG)
    break_(site.emulator, "s3-drip", region=PRIMARY)
    names = site.website(PRIMARY), site.rest(PRIMARY), site.single, site.group
    with contextlib.ExitStack() as stack:
        open_ones = {name: stack.enter_context(connect(site.emulator, name)) for name in names}
        heads = {name: begun(connection, "/long.html", name) for name, connection in open_ones.items()}
        assert {head.split(b" ")[1] for head in heads.values()} == {b"200"}
        for connection in open_ones.values():
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                assert len(connection.recv(10000)) < len(LONG) / 2
            connection.settimeout(60)
        heal(site.emulator)
        for name, connection in open_ones.items():
            assert ended(connection).endswith(b"x" * 2000), name
    assert site.everything() == HEALTHY


def test_an_object_that_an_sdk_reads_drips_and_what_lists_it_does_not(site):
    s3 = site.emulator.client("s3", PRIMARY)
    s3.put_object(Bucket=site.buckets[PRIMARY], Key="long.html", Body=LONG)
    break_(site.emulator, "s3-drip", region=PRIMARY)
    assert s3.list_objects_v2(Bucket=site.buckets[PRIMARY])["KeyCount"] >= 2
    assert s3.head_object(Bucket=site.buckets[PRIMARY], Key="long.html")["ContentLength"] == len(LONG)
    body = s3.get_object(Bucket=site.buckets[PRIMARY], Key="long.html")["Body"]
    assert body.read(1) == LONG[:1]
    heal(site.emulator)
    assert body.read() == LONG[1:]


def test_a_viewer_that_leaves_a_dripping_body_leaves_nothing_behind(site):
    s3 = site.emulator.client("s3", PRIMARY)
    s3.put_object(Bucket=site.buckets[PRIMARY], Key="long.html", Body=LONG)
    break_(site.emulator, "s3-drip", region=PRIMARY)
    process = psutil.Process(site.emulator.process.pid)
    before = process.num_fds()
    for _ in range(20):
        with connect(site.emulator, site.website(PRIMARY)) as connection:
            begun(connection, "/long.html", site.website(PRIMARY))
    patience = time.monotonic() + 60
    while process.num_fds() > before + 2:
        assert time.monotonic() < patience, f"{process.num_fds()} open, {before} before"
        time.sleep(0.05)


def test_names_of_s3_are_lost_to_new_viewers_the_cdn_and_sdks_and_open_connections_serve_on(site):
    names = (site.website(PRIMARY), site.rest(PRIMARY), f"s3.{PRIMARY}.amazonaws.com")
    with connect(site.emulator, site.website(PRIMARY)) as known:
        break_(site.emulator, "s3-nxdomain", region=PRIMARY)
        for name in names:
            status, told = site.emulator.api("GET", f"/_breakable/resolve?name={name}&scheme=http")
            assert (status, told["error"]) == (404, f"DNS has no name {name} at present")
        assert begun(known, "/index.html", site.website(PRIMARY)).startswith(b"HTTP/1.1 200 ")
    assert (site.see(site.single), site.see(site.group)) == (502, REPLICA)
    assert site.see(site.website(REPLICA)) == REPLICA
    client = site.emulator.client("s3", PRIMARY)
    with pytest.raises(BotoCoreError):
        client.list_objects_v2(Bucket=site.buckets[PRIMARY])
    lost = site.emulator.api("GET", "/_breakable/lost-names")[1]["domains"]
    assert {f"s3.{PRIMARY}.amazonaws.com.", f"s3-website-{PRIMARY}.amazonaws.com."} <= set(lost)
    heal(site.emulator)
    assert site.everything() == HEALTHY


def test_a_refused_region_can_be_resolved_for_the_first_time(site):
    here = {"LocationConstraint": "sa-east-1"}
    site.emulator.client("s3", "sa-east-1").create_bucket(Bucket="south", CreateBucketConfiguration=here)
    break_(site.emulator, "s3-refuse", region="sa-east-1")
    assert site.see("b.s3.sa-east-1.amazonaws.com") == NO_CONNECTION
    heal(site.emulator)
    assert site.see("b.s3.sa-east-1.amazonaws.com") == 404


def test_both_regions_down_leave_the_group_nothing(site):
    for region in (PRIMARY, REPLICA):
        break_(site.emulator, "s3-refuse", region=region)
    assert site.see(site.group) == 502


def test_answers_look_like_those_of_s3_and_cloudfront(site):
    break_(site.emulator, "s3-503", region=PRIMARY)
    rest = get(site.emulator, site.rest(PRIMARY), "/index.html")
    assert b"<Code>ServiceUnavailable</Code>" in rest.body
    assert {"x-amz-request-id", "x-amz-id-2"} <= rest.headers.keys()
    assert rest.headers["server"] == "AmazonS3"
    website = get(site.emulator, site.website(PRIMARY), "/")
    assert (website.headers["content-type"], website.headers["x-amz-error-code"]) == (
        "text/html; charset=utf-8",
        "ServiceUnavailable",
    )
    assert get(site.emulator, site.single).headers["x-cache"] == "Error from cloudfront"
    assert get(site.emulator, site.rest(PRIMARY), "/index.html", method="HEAD").status == 503


@pytest.mark.parametrize(("fault", "expected"), [("cdn-refuse", NO_CONNECTION), ("cdn-503", 503)])
def test_a_fault_of_cloudfront_hits_every_distribution_and_no_bucket(site, fault, expected):
    break_(site.emulator, fault)
    for name in (site.single, site.group):
        assert [site.see(name), site.see(name, secure=True)] == [expected] * 2
    assert site.see(site.website(PRIMARY)) == PRIMARY
    heal(site.emulator)
    assert site.everything() == HEALTHY


def test_clients_that_come_past_the_gates_are_not_told_that_all_is_well(site):
    break_(site.emulator, "s3-refuse", region=PRIMARY)
    assert site.emulator.viewer("s3", site.rest(PRIMARY), "/index.html").status == 503
    assert site.emulator.viewer("s3", site.rest(REPLICA), "/index.html").status == 200
    break_(site.emulator, "cdn-refuse")
    assert site.emulator.viewer("cloudfront", site.group).status == 503


def test_a_fault_ends_by_itself(site):
    made = break_(site.emulator, "s3-refuse", region=PRIMARY, seconds=30)
    assert made["until"] is not None
    patience = time.monotonic() + 60
    while site.see(site.rest(PRIMARY)) != PRIMARY:
        assert time.monotonic() < patience
        time.sleep(0.05)
    assert site.emulator.api("GET", "/_breakable/faults")[1] == {"faults": []}


def test_one_of_two_faults_can_be_healed(site):
    first = break_(site.emulator, "s3-refuse", region=PRIMARY)
    second = break_(site.emulator, "s3-403", region=PRIMARY)
    heal(site.emulator, first["id"])
    assert site.see(site.rest(PRIMARY)) == 403
    heal(site.emulator, second["id"])
    assert site.see(site.rest(PRIMARY)) == PRIMARY
    assert site.emulator.api("DELETE", f"/_breakable/faults/{first['id']}")[0] == 404


@pytest.mark.parametrize("document", [{"fault": "fire"}, {"fault": "s3-503", "region": "mars-1"}, {"falt": "x"}, []])
def test_a_fault_that_is_none_is_refused(site, document):
    status, answer = site.emulator.api("PUT", "/_breakable/faults", document)
    assert status == 400
    assert "expected" in answer["error"]


def test_a_fault_that_would_hit_nothing_is_refused_with_what_is_there(start):
    emulator = start()
    for fault, region in (
        ("s3-refuse", "eu-west-1"),
        ("region-down", "us-east-1"),
        ("replication-pause", None),
        ("cdn-503", None),
        ("cdn-nxdomain", None),
    ):
        assert "would hit nothing: deploy to it first" in refusal(emulator, fault, region)

    emulator.client("s3").create_bucket(Bucket="cdk-hnb659fds-assets-123456789012-us-east-1")
    assert "nothing is deployed, so s3-503 would hit nothing" in refusal(emulator, "s3-503", "us-east-1")
    for region in ("us-west-2", "eu-west-3"):
        where = {"LocationConstraint": region}
        emulator.client("s3", region).create_bucket(Bucket=f"b-{region}", CreateBucketConfiguration=where)

    expected = "nothing is deployed in eu-west-1, so {} would hit nothing, expected one of eu-west-3, us-west-2"
    for fault in ("s3-refuse", "replication-pause"):
        assert refusal(emulator, fault, "eu-west-1") == expected.format(fault)
    assert (
        refusal(emulator, "s3-hang", None)
        == "s3-hang needs a region, expected one of eu-west-3, us-west-2: give --region"
    )
    assert emulator.api("GET", "/_breakable/faults")[1] == {"faults": []}
    break_(emulator, "s3-hang", region="eu-west-3")
    break_(emulator, "control-planes-down")


def refusal(emulator, fault, region):
    status, answer = emulator.api("PUT", "/_breakable/faults", {"fault": fault, "region": region})
    assert status == 400, answer
    return answer["error"]


def test_a_hang_blocks_nobody_else_and_ends_with_healing(site):
    hanging = break_(site.emulator, "s3-hang", region=PRIMARY)
    outcome = []
    with connect(site.emulator, site.rest(PRIMARY)) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        thread = threading.Thread(target=lambda: outcome.append(received(waiting)))
        thread.start()
        assert site.see(site.website(REPLICA)) == REPLICA
        assert site.sdk(REPLICA) == REPLICA
        assert thread.is_alive()
        heal(site.emulator, hanging["id"])
        thread.join(20)
    assert outcome == ["reset"]
    assert site.everything() == HEALTHY


def received(connection):
    try:
        return connection.recv(1) or "closed"
    except ConnectionResetError:
        return "reset"


def test_an_open_connection_is_cut_when_its_region_goes(site):
    with connect(site.emulator, site.rest(PRIMARY)) as connection:
        request = f"GET /index.html HTTP/1.1\r\nHost: {site.rest(PRIMARY)}\r\n\r\n".encode()
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        break_(site.emulator, "s3-refuse", region=PRIMARY)
        assert received(connection) in ("reset", "closed")


def test_two_hundred_viewers_at_once_get_through_a_gate(site):
    found = resolve(site.emulator, site.website(PRIMARY))
    barrier = threading.Barrier(200)

    def ask(_):
        with connect_to(found) as connection:
            barrier.wait(20)
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {site.website(PRIMARY)}\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer.startswith(b"HTTP/1.1 200") and answer.endswith(PRIMARY.encode())

    with ThreadPoolExecutor(200) as pool:
        assert all(pool.map(ask, range(200)))


def connect_to(found):
    return socket.create_connection((found["address"], found["port"]), timeout=20)


@pytest.mark.parametrize("fault", [None, "s3-slow", "s3-hang"])
def test_clients_that_leave_without_a_word_leave_nothing_open(site, fault):
    process = psutil.Process(site.emulator.ready["pid"])
    names = (site.website(PRIMARY), site.group)
    for name in names:
        # The first request starts what stays, such as the process that runs the distribution's functions.
        with connect_to(resolve(site.emulator, name)) as connection:
            connection.sendall(f"GET /index.html HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            connection.recv(65536)
    before = process.num_fds()
    if fault:
        break_(site.emulator, fault, region=PRIMARY)
    for name in names:
        found = resolve(site.emulator, name)
        for _ in range(20):
            with connect_to(found) as connection:
                connection.sendall(f"GET /index.html HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
                if not fault:
                    connection.recv(65536)
    patience = time.monotonic() + 60
    while process.num_fds() > before + 2:
        assert time.monotonic() < patience, f"{process.num_fds()} open, {before} before"
        time.sleep(0.05)


CONTROL_PLANES = {
    "route53": lambda client: client.list_hosted_zones(),
    "cloudfront": lambda client: client.list_distributions(),
    "iam": lambda client: client.list_roles(),
    "cloudformation": lambda client: client.list_stacks(),
}
DATA_PLANES = {
    "s3": lambda client: client.list_buckets(),
    "sns": lambda client: client.list_topics(),
    "cloudwatch": lambda client: client.describe_alarms(),
    "sts": lambda client: client.get_caller_identity(),
}


def test_lost_control_planes_take_no_calls_and_nothing_else_is_lost(site):
    break_(site.emulator, "control-planes-down")
    for service, call in CONTROL_PLANES.items():
        with pytest.raises(ClientError) as caught:
            call(site.emulator.client(service))
        assert caught.value.response["Error"]["Code"] == "ServiceUnavailable", service
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    for service, call in DATA_PLANES.items():
        call(site.emulator.client(service))
    assert site.everything() == HEALTHY
    heal(site.emulator)
    for service, call in CONTROL_PLANES.items():
        call(site.emulator.client(service))


def test_sts_hangs_until_it_is_healed_and_nothing_else_does(site):
    asked = []
    break_(site.emulator, "sts-hang", region=REPLICA)
    assert site.emulator.client("sts", PRIMARY).get_caller_identity()["Account"]
    break_(site.emulator, "sts-hang")
    for region in (PRIMARY, REPLICA):
        client = hurried(site, "sts", region)
        with contextlib.closing(client), pytest.raises(ReadTimeoutError):
            client.get_caller_identity()
    waiting = threading.Thread(target=lambda: asked.append(lost(site, PRIMARY, {"sts"})))
    waiting.start()
    assert lost(site, PRIMARY, {*OF_A_REGION, *CONTROL_PLANES} - {"sts"}) == set()
    heal(site.emulator)
    waiting.join(60)
    assert asked in ([{"sts"}], [set()]), "a reset, or an answer where the question came after healing"
    assert lost(site, PRIMARY, {"sts"}) == set()


def hurried(site, service, region):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=site.emulator.ready["endpoint"],
        **run_keys.of(site.emulator.secret, site.emulator.ready["account"]),
        config=Config(retries={"total_max_attempts": 1}, read_timeout=1, proxies={}),
    )


def test_credentials_expire_for_who_has_them_and_not_for_roles_and_the_embedded_aws_itself(site):
    sts = site.emulator.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = site.emulator.client("iam").create_role(RoleName="renewed", AssumeRolePolicyDocument=document)
    session = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="of-a-role")["Credentials"]
    role = boto3.client(
        "sts",
        region_name=PRIMARY,
        endpoint_url=site.emulator.ready["endpoint"],
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    break_(site.emulator, "credentials-expire")
    told = {}
    for service, call in (OF_A_REGION | CONTROL_PLANES).items():
        with pytest.raises(ClientError) as caught:
            call(site.emulator.client(service, PRIMARY))
        told[service] = caught.value.response["Error"]["Code"]
    assert set(told.values()) == {"ExpiredToken", "ExpiredTokenException"}, told
    assert (told["s3"], told["sts"]) == ("ExpiredToken", "ExpiredToken")
    with contextlib.closing(role):
        assert role.get_caller_identity()["Arn"].endswith("renewed/of-a-role")
    assert site.see(site.website(PRIMARY)) == site.see(site.group) == PRIMARY, "viewers need none"
    heal(site.emulator)
    assert site.everything() == HEALTHY


def test_faults_on_faults_are_all_in_effect_and_all_healed(site):
    stack = ["s3-drip", "s3-nxdomain", "s3-slow", "s3-403", "s3-hang", "region-down", "replica-stale", "sts-hang"]
    for fault in (*stack, *stack):
        break_(site.emulator, fault, region=PRIMARY)
    for fault in ("cdn-nxdomain", "cdn-503", "cdn-refuse", "replication-pause", "control-planes-down"):
        break_(site.emulator, fault)
    break_(site.emulator, "credentials-expire")
    assert len(site.emulator.api("GET", "/_breakable/faults")[1]["faults"]) == 2 * len(stack) + 6
    assert lost(site, PRIMARY, OF_A_REGION) == set(OF_A_REGION)
    heal(site.emulator)
    assert site.emulator.api("GET", "/_breakable/faults")[1] == {"faults": []}
    assert site.everything() == HEALTHY
    assert lost(site, PRIMARY, {*OF_A_REGION, *CONTROL_PLANES}) == set()


OF_A_REGION = {
    "cloudformation": lambda client: client.list_stacks(),
    "cloudwatch": lambda client: client.describe_alarms(),
    "kms": lambda client: client.list_keys(),
    "lambda": lambda client: client.list_functions(),
    "s3": lambda client: client.list_buckets(),
    "sns": lambda client: client.list_topics(),
    "sqs": lambda client: client.list_queues(),
    "sts": lambda client: client.get_caller_identity(),
}


def lost(site, region, services):
    """Return the services of a region that take no connections."""
    found = set()
    for service in services:
        try:
            (OF_A_REGION | CONTROL_PLANES)[service](site.emulator.client(service, region))
        except BotoCoreError:
            found.add(service)
    return found


def test_a_region_that_is_down_takes_every_api_with_it_and_no_other_region(site):
    break_(site.emulator, "region-down", region=REPLICA)
    assert lost(site, REPLICA, OF_A_REGION) == set(OF_A_REGION)
    assert lost(site, PRIMARY, {*OF_A_REGION, *CONTROL_PLANES}) == set()
    assert site.see(site.website(REPLICA)) == NO_CONNECTION
    assert site.see(site.group) == PRIMARY
    heal(site.emulator)
    assert lost(site, REPLICA, OF_A_REGION) == set()


def test_us_east_1_takes_the_control_planes_with_it(site):
    break_(site.emulator, "region-down", region=PRIMARY)
    assert lost(site, PRIMARY, {*OF_A_REGION, *CONTROL_PLANES}) == {*OF_A_REGION, *CONTROL_PLANES}
    assert lost(site, REPLICA, OF_A_REGION) == set()
    assert site.see(site.group) == REPLICA, "CloudFront serves on, and so does the replica"
    heal(site.emulator)
    assert site.everything() == HEALTHY


def test_a_region_without_anything_cannot_go_down(site):
    answer = site.emulator.api("PUT", "/_breakable/faults", {"fault": "region-down", "region": "ap-south-1"})
    assert answer[0] == 400
    assert "nothing is deployed in ap-south-1, so region-down would hit nothing, expected one of" in answer[1]["error"]


def test_a_writing_call_is_refused_with_its_body(site):
    break_(site.emulator, "control-planes-down")
    with pytest.raises(ClientError) as caught:
        site.emulator.client("cloudformation").create_stack(
            StackName="never", TemplateBody=json.dumps({"Resources": {}, "Description": "x" * 900})
        )
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    break_(site.emulator, "s3-503", region=PRIMARY)
    with s3_client(site.emulator, PRIMARY) as s3, pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=site.buckets[PRIMARY], Key="k", Body=b"x" * 1_000_000)
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
