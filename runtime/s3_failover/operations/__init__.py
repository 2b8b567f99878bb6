"""What people on call and release pipelines need after `cdk deploy`: one module per job, on real AWS and embedded."""
