"""CloudWatch Logs: the deliveries that ministack keeps."""

from typing import Any

from ministack.services import cloudwatch_logs


def change_delivery(identifier: str, changes: dict[str, Any]) -> None:
    """Change a delivery of the present account and region, which ministack's API cannot."""
    cloudwatch_logs._deliveries[identifier].update(changes)
