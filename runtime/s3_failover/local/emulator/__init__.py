"""The embedded AWS: ministack with what it lacks, on loopback, in an environment of its own.

It is started as `python -m emulator` with this package's parent directory on `PYTHONPATH`, by an interpreter that has
the packages of `requirements.txt` and nothing of this project: nothing here may import `s3_failover`.
"""
