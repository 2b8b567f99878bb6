"""An AWS on loopback that can be broken: deploy any CDK app to it, take a region away, and look."""
