"""Restore: what was deleted or overwritten, brought back from the versions that S3 keeps."""
