"""CloudFormation: validation, states, rollbacks, imports and resource types."""
