"""Every name that two parts of the project must spell alike: each is spelled here, and nowhere else.

Stacks that agree on names need no cross-region reference, no export and no custom resource to find each other, and
commands find what is deployed without knowing how the CDK made it. A site is its hostname in its account: what people
call it in a file is part of no name, so two files that call different sites alike never touch each other's resources.

The package knows no configuration file and needs no other package: stacks, constructs, commands and metrics share it.
"""
