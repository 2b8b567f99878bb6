"""SNS and SQS: topics, queues and event sources."""
