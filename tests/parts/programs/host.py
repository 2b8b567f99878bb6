"""A host that reads an object each second through the client, and shows its metrics to Prometheus.

python host.py PORT CONFIG SITE [BUCKET]

With BUCKET it asks for that bucket in every region of the site instead of the site's own.
"""

import sys
import time
from pathlib import Path

from prometheus_client import start_http_server

from s3_failover import Region, S3FailoverClient, S3FailoverError
from s3_failover.config import load
from s3_failover.metrics.prometheus import PrometheusMetrics

port, config, name, *bucket = sys.argv[1:]
listeners = [PrometheusMetrics()]
if bucket:
    site = next(each for each in load(Path(config)).sites if each.name == name)
    regions = [Region(region, bucket=bucket[0]) for region in (site.primary_region, *site.replica_regions)]
    client = S3FailoverClient(regions, listeners=listeners)
else:
    client = S3FailoverClient.from_site(config, name, listeners=listeners)
start_http_server(int(port), addr="127.0.0.1")
while True:
    try:
        client.get_object("index.html")
    except S3FailoverError as error:
        print(repr(error), flush=True)  # noqa: T201 - a program
    time.sleep(1)
