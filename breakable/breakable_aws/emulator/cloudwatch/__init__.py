"""CloudWatch: metrics, alarms and their evaluation."""
