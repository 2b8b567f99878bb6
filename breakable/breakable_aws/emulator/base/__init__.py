"""What of ministack is replaced and used: the only importer of ministack."""
