"""The command line of `python -m breakable_aws.emulator`."""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "123456789012"
"""The account that everything belongs to, unless another one is asked for."""

SLOWEST = 1.0
"""The speed of embedded time that is the truth; there is no slower one."""


@dataclass(frozen=True)
class Options:
    """What the caller asked for; port 0 means a free one."""

    port: int
    cloudfront_http_port: int
    cloudfront_https_port: int
    s3_http_port: int
    s3_https_port: int
    api_gateway_port: int
    ready_file: Path | None
    ca_file: Path | None
    secret_file: Path | None
    state_dir: Path | None
    owner_pid: int | None
    account: str
    speed: float
    log_level: str
    remedy: str


def parse(arguments: list[str]) -> Options:
    """Return the options of a command line, or end the process with a usage message."""
    return Options(**vars(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emulator", description="An AWS on loopback: API, CloudFront and S3 listeners."
    )
    for option, what in (
        ("--port", "of the AWS API"),
        ("--cloudfront-http-port", "where CloudFront answers viewers over HTTP"),
        ("--cloudfront-https-port", "where CloudFront answers viewers over HTTPS"),
        ("--s3-http-port", "where S3 answers viewers over HTTP"),
        ("--s3-https-port", "where S3 answers viewers over HTTPS"),
        ("--api-gateway-port", "where API Gateway answers viewers over HTTPS"),
    ):
        parser.add_argument(option, type=int, default=0, metavar="N", help=f"the port {what} (default: a free one)")
    parser.add_argument("--ready-file", type=Path, metavar="PATH", help="written as one JSON object when all accept")
    parser.add_argument("--ca-file", type=Path, metavar="PATH", help="where to write the CA that viewers must trust")
    parser.add_argument(
        "--secret-file", type=Path, metavar="PATH", help="where to write the secret that callers of the API must know"
    )
    parser.add_argument("--state-dir", type=Path, metavar="PATH", help="the only directory written to")
    parser.add_argument("--owner-pid", type=int, metavar="PID", help="end when this process is gone")
    parser.add_argument("--account", default=ACCOUNT, metavar="ID", help=f"the account (default: {ACCOUNT})")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="embedded seconds that pass in a real one (default: 1)"
    )
    parser.add_argument(
        "--remedy",
        default="set the AWS variables that its start printed",
        metavar="TEXT",
        help="what a caller with other credentials is to do (default: %(default)s)",
    )
    parser.add_argument(
        "--log-level", default="WARNING", metavar="LEVEL", help="of the log on stderr (default: WARNING)"
    )
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if not SLOWEST <= speed < math.inf:
        raise argparse.ArgumentTypeError(f"got {text}, expected a number from {SLOWEST:g} up")
    return speed
