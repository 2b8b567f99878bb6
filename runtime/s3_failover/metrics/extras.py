"""What a sink says when the package it needs is not installed."""


class MissingExtraError(ImportError):
    """A sink needs a package that the base install does not have."""

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(
            f"s3_failover.metrics.{extra} needs {package}: pip install 's3-failover[{extra}]'", name=package
        )
