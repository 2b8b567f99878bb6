import socket
import threading
import time

import pytest
from metric_hosts import CloudWatch, FastClock, StepClock

from s3_failover.metrics import CloudWatchMetrics


@pytest.fixture
def clock():
    return StepClock()


@pytest.fixture
def cloudwatch():
    return CloudWatch()


@pytest.fixture
def sink(tmp_path, clock, cloudwatch):
    """Makes CloudWatch sinks of simulated hosts; they meet in one directory, and end with the test."""
    made = []

    def make(host="host-1", regions=("us-east-1", "us-west-2", "eu-west-1"), **named):
        named = {"client": cloudwatch, "clock": clock, "directory": tmp_path / "shared"} | named
        made.append(CloudWatchMetrics("ivr", "us-west-2", host=host, **named))
        made[-1].on_start(regions)
        return made[-1]

    yield make
    for one in made:
        one.on_close()


@pytest.fixture
def silent_endpoint():
    """An endpoint that takes a request and does not answer until it is told to."""
    endpoint = SilentEndpoint()
    yield endpoint
    endpoint.let_go()
    endpoint.thread.join()


class SilentEndpoint:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked, self._released = threading.Event(), threading.Event()
        self.clock = FastClock(time.time(), 600)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def let_go(self):
        self._released.set()

    def _serve(self):
        self._listener.settimeout(30)
        with self._listener, self._listener.accept()[0] as connection:
            self.asked.set()
            self._released.wait(30)
            connection.shutdown(socket.SHUT_RDWR)
