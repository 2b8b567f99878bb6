"""A new CDK project around a site, from the answers that `s3-failover init` gets: what its files say, and writing them.

The files are templates beside this module. Where this project's own file is the same, it is a link to that one: the
feature flags of cdk.json, the version of the CDK CLI in package.json and package-lock.json, npm's settings.
"""
