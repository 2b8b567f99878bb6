"""Runs in Lambda, with boto3 and the standard library alone: makes copies of a bucket equal to it.

Every message is a hint that a key is worth a look, never an order. The handler reads the present object, writes it,
and reads again until source and copy are equal: events may come late, twice, in any order and to several invocations
at once.
"""
