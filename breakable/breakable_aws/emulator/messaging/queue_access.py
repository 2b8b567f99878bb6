"""Decides whether S3 may send messages to a queue: by the queue's policy.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html`.
"""

from __future__ import annotations

from breakable_aws.emulator.base.sqs import let_services_send_by, queue_of
from breakable_aws.emulator.iam.service_access import ServiceCaller


def install() -> None:
    """Apply these decisions to S3's notifications: ministack lets every service send."""
    let_services_send_by(may_send)


def may_send(queue: str, service: str, source: str, account: str) -> bool:
    """Tell whether a service may send messages to a queue on behalf of a resource; services other than S3 may.

    `source` is the ARN of the resource whose event it is, `account` the owner of that resource.
    """
    if service != "s3.amazonaws.com":
        return True
    record = queue_of(queue)
    if record is None:
        return False
    caller = ServiceCaller(service, source, account, region=queue.split(":")[3])
    return caller.is_allowed(record["attributes"].get("Policy"), "sqs:SendMessage", queue)
