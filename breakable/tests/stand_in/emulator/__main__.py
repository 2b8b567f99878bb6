"""Behaves like the emulator towards the process that starts it; the variable STAND_IN makes it misbehave."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--ready-file", type=Path)
parser.add_argument("--ca-file", type=Path)
parser.add_argument("--secret-file", type=Path)
parser.add_argument("--state-dir", type=Path)
parser.add_argument("--remedy")
parser.add_argument("--owner-pid", type=int)
parser.add_argument("--speed", type=float, default=1)
options = parser.parse_args()
clock = {"started": time.time(), "speed": options.speed}
behaviour = os.environ.get("STAND_IN", "")

sys.stderr.write(f"starting {os.environ.get('PYTHONPATH')}\n")
if behaviour == "dies":
    sys.stderr.write("the reason\n")
    sys.exit(3)
if behaviour == "silent":
    time.sleep(600)
if behaviour == "garbage":
    options.ready_file.write_text('{"endpoint": 1}')
    time.sleep(600)
if behaviour == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if behaviour in ("stubborn", "parent"):
    child = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=behaviour == "parent"
    )
    (options.state_dir / "child.pid").write_text(str(child.pid))


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(200)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with (options.state_dir / "requests").open("a") as requests:
            requests.write(f"{self.path} {body.decode()}\n")
        self._answer(500 if behaviour == "refuses" else 201)

    def _answer(self, status):
        self.send_response(status)
        body = b"no" if status == 500 else json.dumps(clock | {"faults": [], "domains": []}).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


try:
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Api)
except OSError as error:
    sys.exit(f"error: port {options.port} for the AWS API is in use ({error})")
port = server.server_address[1]
options.secret_file.touch(mode=0o600)
options.secret_file.write_text("secret of the stand-in")
ready = {
    "endpoint": f"http://127.0.0.1:{port}",
    "account": "123456789012",
    "cloudfront": {"http": port, "https": port},
    "s3": {"http": port, "https": port},
    "api_gateway": {"https": port},
    "ca_file": str(options.ca_file),
    "secret_file": str(options.secret_file),
    "pid": os.getpid(),
    **clock,
}
partial = options.ready_file.with_suffix(".partial")
partial.write_text(json.dumps(ready))
partial.replace(options.ready_file)
server.serve_forever()
