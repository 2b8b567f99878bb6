"""Reads objects from every region that holds them, and fails over between two of them within one request.

Needs boto3 and nothing else, and knows nothing of the rest of this project.
"""
