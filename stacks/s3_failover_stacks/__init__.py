"""The app's stacks, one per region and role. They wire constructs and hold no resource of their own."""
