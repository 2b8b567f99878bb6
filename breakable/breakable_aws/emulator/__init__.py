"""The embedded AWS: ministack with what it lacks, on loopback, in a process and a Python environment of its own.

`start.py` starts it, with an interpreter that has the packages of `requirements.txt` and nothing else: of the rest of
`breakable_aws` only what imports no package at all may be imported here.
"""
