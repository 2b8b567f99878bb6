"""The places of ministack that are replaced, and what is called or read besides."""

from __future__ import annotations

from .hooks import HookPoint

REPLACED = (
    HookPoint("core.iam_evaluator", "_fnmatch_compile", "c95d90f11ae7"),
    HookPoint("core.iam_evaluator", "_resolve_condition_key", "15e26964cd38"),
    HookPoint("core.lambda_runtime", "execution_credentials", "cffaadc4f396"),
    HookPoint("services.cloudformation", "_ACTION_HANDLERS", "dict"),
    HookPoint("services.cloudformation", "handle_request", "af2b98f8e97b"),
    HookPoint("services.cloudformation.changesets", "_IMPORT_LOOKUPS", "dict"),
    HookPoint("services.cloudformation.changesets", "_deploy_stack_async", "34c0aed718d8"),
    HookPoint("services.cloudformation.changesets", "validate_template_support", "7c997894cac1"),
    HookPoint("services.cloudformation.handlers", "_continue_update_rollback_async", "c66883bac70f"),
    HookPoint("services.cloudformation.handlers", "_delete_stack_async", "910363eef2d9"),
    HookPoint("services.cloudformation.handlers", "_deploy_stack_async", "34c0aed718d8"),
    HookPoint("services.cloudformation.handlers", "_roll_back_operation", "3464033d8f28"),
    HookPoint("services.cloudformation.handlers", "validate_template_support", "7c997894cac1"),
    HookPoint("services.cloudformation.provisioners", "s3_bucket_name_conflict", "e9a7bf2abac2"),
    HookPoint("services.cloudformation.stacks", "_deploy_stack_async", "34c0aed718d8"),
    HookPoint("services.cloudformation.stacks", "_fail_property_validation", "7c232f02656a"),
    # A record set that moves is replaced and keeps its physical id, which ministack's own table cannot tell.
    HookPoint("services.cloudformation.stacks", "_property_recreation", "84cc21b81beb"),
    HookPoint("services.cloudformation.stacks", "_provision_resource", "3b8f01fb1871"),
    HookPoint("services.cloudformation.stacks", "_roll_back_operation", "3464033d8f28"),
    HookPoint("services.cloudformation.stacks", "_runs_on_worker_thread", "23955511141f"),
    HookPoint("services.cloudformation.stacks", "_update_resource", "21b9b1207f59"),
    # Origin groups, origin access control and outages on the way: an origin is asked in the midst of an answer.
    HookPoint("services.cloudfront", "_fetch_from_origin", "11c0079215ff"),
    # What is published without a timestamp, and by Lambda itself, has the embedded time: no API sets a clock.
    HookPoint("services.cloudwatch", "time", "module"),
    HookPoint("services.lambda_svc", "execution_credentials", "cffaadc4f396"),
    # Where every request to S3 arrives with its body decoded and its account known: what is in front of S3 is put here.
    HookPoint("services.s3", "_dispatch", "52562ee7c18b"),
    # Block Public Access of the account: ministack asks for it before and after that place, for callers and for ACLs.
    HookPoint("services.s3", "_public_access_blocked", "9b257ff3524e"),
    HookPoint("services.sns", "topic_policy_allows", "2c5001e5af7e"),
    HookPoint("services.sqs", "_delete_messages_for_esm", "c1686f29b48b"),
    HookPoint("services.sqs", "_dlq_sweep", "6a77691e1671"),
    HookPoint("services.sqs", "_receive_messages_for_esm", "f230dbcd4974"),
    HookPoint("services.sqs", "queue_policy_allows", "5de01aa09a4c"),
    HookPoint("services.sts", "_evict_expired_sessions", "67ddc890eea7"),
)
"""What is replaced, each with the digest of its source code or the name of its type."""

USED = {
    "app": "_extract_s3_vhost_bucket _handle_execute_api_request app",
    "core.iam_actions": "_s3_action access_denied_response s3_additional_checks s3_service_context",
    "core.iam_evaluator": (
        "AmbiguousAccessKeyError AuthError EvalContext ResolvedCredential SignedRequest _gather_role_policies "
        "_sigv2_check combine_resource_policy evaluate evaluate_resource_policy "
        "find_iam_access_key_account resolve_credential resolve_principal"
    ),
    "core.router": "detect_service",
    "core.responses": "_account_from_sts_session get_account_id get_region request_scope",
    "core.sigv4": (
        "HeaderSignature SIGV4A decode_header_value header_signature_failure parse_header_signature "
        "parse_query_signature"
    ),
    "services.acm": "_certificates _request_certificate",
    "services.apigateway": "_apis",
    "services.apigateway_v1": "_base_path_mappings _domain_names",
    "services.cloudformation": "_change_sets _stack_events _stacks",
    "services.cloudformation.changesets": "_find_change_set",
    "services.cloudformation.engine": "_intrinsic_references",
    "services.cloudformation.handlers": "_resolve_stack",
    "services.cloudformation.helpers": "_error _p",
    "services.cloudformation.stacks": ("_evaluate_conditions _operation_event _static_property _validation_errors"),
    "services.cloudformation.provisioners": (
        "_RESOURCE_HANDLERS _STACK_TAG_PROPERTY _delete_predecessor _physical_name"
    ),
    "services.cloudfront": (
        "OriginTimeout OriginUnreachable _cf_error_response _distribution_config_xml _forwarding_predicates "
        "_match_behavior handle_viewer_request parse_distribution_dataplane_config"
    ),
    "services.cloudwatch": "_alarm_tags_refusal _dims_key _metrics _parse_alarm_rule record_metric",
    "services.cloudwatch_logs": (
        "_create_delivery _deliveries _delivery_destinations _delivery_sources _log_groups "
        "_put_delivery_destination _put_delivery_source"
    ),
    "services.iam": "_gen_secret _gen_session_access_key _gen_session_token _policies _policy_exists _roles",
    "services.kms": "_alias_arn _aliases _resolve_key",
    "services.lambda_svc": "_esms _functions",
    "services.route53": "_lock _records _rs_key _zones",
    "services.s3": (
        "_bucket_policies _bucket_replication _buckets _check_put_preconditions _error _fire_s3_event_async "
        "_object_record_from_version _object_tags _object_versions _policy_is_public _preserve_null_version "
        "_request_access_key _verify_presigned_sigv4 bucket_region cors_response_headers fromstring s3control_error"
    ),
    "services.sns": "_find_subscription _topic_by_arn_any_scope _topics",
    "services.sqs": "_get_q _queue_by_arn _queues _queues_lock",
    "services.sts": "_assumed_role_arn _role_id _sessions register_session",
}
"""What is called or read, by module below `ministack`: it must be there."""
