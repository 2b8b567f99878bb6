"""The embedded AWS as this project uses it: sites are deployed to it, published, and drilled."""

from breakable_aws.commands import Commands, advise

advise(
    Commands(
        up="`s3-failover local up`",
        down="`s3-failover local down`",
        heal="`s3-failover local heal`",
        join='run `eval "$(s3-failover local up)"` in this shell',
        place="set S3_FAILOVER_HOME to a directory that you may write to",
    )
)
