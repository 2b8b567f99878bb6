"""CloudFront: distributions, their edge, origins and functions; certificates and access logs."""
