"""The credentials with which clients of an embedded AWS sign: those of its run, for any account."""

from breakable_aws import secret


def of(secret_key, account="123456789012"):
    """Return boto3's arguments."""
    return {
        "aws_access_key_id": account,
        "aws_secret_access_key": secret_key,
        "aws_session_token": secret.session_token(secret_key),
    }
