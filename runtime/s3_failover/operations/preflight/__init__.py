"""What would stop or hurt a deployment, asked before it starts. One module per subject; each changes nothing."""
