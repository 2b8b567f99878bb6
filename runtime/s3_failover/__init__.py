"""Keep a site on S3 alive through the loss of an AWS region, and prove it."""

__version__ = "0.1.0"
