"""S3 Inventory: reports of what a bucket holds, in place of listing it."""
