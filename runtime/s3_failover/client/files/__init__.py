"""Downloads and the cache on disk."""
