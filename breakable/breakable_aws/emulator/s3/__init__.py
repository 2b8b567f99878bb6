"""S3: buckets, objects, replication, website and REST endpoints."""
