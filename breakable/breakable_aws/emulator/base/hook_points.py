"""The places of ministack that are replaced, and what is called or read besides."""

from .hooks import HookPoint

REPLACED = (
    # A record set that moves is replaced and keeps its physical id, which ministack's own table cannot tell.
    HookPoint("services.cloudformation.stacks", "_property_recreation", "84cc21b81beb"),
    # A resource that fails after a while waits, which the event loop must not: only a thread may.
    HookPoint("services.cloudformation.stacks", "_runs_on_worker_thread", "23955511141f"),
    # Origin groups, origin access control and outages on the way: an origin is asked in the midst of an answer.
    HookPoint("services.cloudfront", "_fetch_from_origin", "11c0079215ff"),
    # What is published without a timestamp, and by Lambda itself, has the embedded time: no API sets a clock.
    HookPoint("services.cloudwatch", "time", "module"),
    # Where every request to S3 arrives with its body decoded and its account known: what is in front of S3 is put here.
    HookPoint("services.s3", "_dispatch", "52562ee7c18b"),
    # Block Public Access of the account: ministack asks for it before and after that place, for callers and for ACLs.
    HookPoint("services.s3", "_public_access_blocked", "9b257ff3524e"),
    # Ministack's S3 tells its events in process, and lets every service publish and send unless it enforces IAM.
    HookPoint("services.sns", "topic_policy_allows", "2c5001e5af7e"),
    HookPoint("services.sqs", "queue_policy_allows", "5de01aa09a4c"),
    # Functions work queues off in threads, in process: a message that comes while others go would be lost.
    HookPoint("services.sqs", "_delete_messages_for_esm", "c1686f29b48b"),
    HookPoint("services.sqs", "_dlq_sweep", "6a77691e1671"),
    # Events are held back from functions while replication is late or paused, message by message.
    HookPoint("services.sqs", "_receive_messages_for_esm", "f230dbcd4974"),
)
"""What is replaced, each with the digest of its source code or the name of its type."""

USED = {
    "app": "_handle_execute_api_request app",
    "core.iam_actions": "_s3_action access_denied_response s3_additional_checks s3_service_context",
    "core.iam_evaluator": (
        "AmbiguousAccessKeyError AuthError EvalContext _gather_role_policies combine_resource_policy evaluate "
        "evaluate_resource_policy find_iam_access_key_account resolve_caller_identity resolve_credential "
        "resolve_principal"
    ),
    "core.router": "detect_service",
    "core.responses": "get_account_id get_region request_scope",
    "core.sigv4": (
        "HeaderSignature SIGV4A decode_header_value header_signature_failure parse_header_signature "
        "parse_query_signature"
    ),
    "services.acm": "_certificates",
    "services.apigateway": "_apis",
    "services.apigateway_v1": "_base_path_mappings _domain_names",
    "services.cloudformation": "_change_sets _stacks",
    "services.cloudformation.changesets": "_IMPORT_LOOKUPS",
    "services.cloudformation.stacks": "_evaluate_conditions _static_property",
    "services.cloudformation.provisioners": (
        "_RESOURCE_HANDLERS _STACK_TAG_PROPERTY _custom_resource_update _delete_predecessor _physical_name"
    ),
    "services.cloudfront": (
        "OriginTimeout OriginUnreachable _cf_error_response _distribution_config_xml _forwarding_predicates "
        "_match_behavior handle_viewer_request parse_distribution_dataplane_config"
    ),
    "services.cloudwatch": (
        "_alarm_tags_refusal _dashboards _dims_key _metrics _parse_alarm_rule _resource_tags record_metric"
    ),
    "services.cloudwatch_logs": "_deliveries",
    "services.iam": "_roles",
    "services.kms": "_resolve_key",
    "services.route53": "_records _zones",
    "services.s3": (
        "_bucket_policies _bucket_replication _buckets _check_put_preconditions _error _fire_s3_event_async "
        "_object_record_from_version _object_tags _object_versions _policy_is_public _preserve_null_version "
        "_request_access_key _verify_presigned_sigv4 bucket_region cors_response_headers fromstring s3control_error"
    ),
    "services.sns": "_topics",
    "services.sqs": "_queues",
    "services.sts": "register_session",
}
"""What is called or read, by module below `ministack`: it must be there."""
