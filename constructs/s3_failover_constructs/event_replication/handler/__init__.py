"""Runs in Lambda, with boto3 and the standard library alone: makes copies of a bucket equal to it.

Every message is a hint that a key is worth a look, never an order. What is there now is read, written, and read again
until source and copy are equal: events may come late, twice, in any order and to several invocations at once.
"""
