"""The places of ministack that are replaced, and what is called or read besides."""

from __future__ import annotations

from .hooks import HookPoint

REPLACED = (
    HookPoint("app", "_handle_s3_control_request", "65f5c1e30b4a"),
    HookPoint("services.cloudformation.provisioners", "_S3_BUCKET_CONFIGURATIONS", "tuple"),
    HookPoint("services.cloudformation.provisioners", "_cw_metric_alarm_record", "4565fcede1eb"),
    HookPoint("services.cloudformation.stacks", "_property_recreation", "84cc21b81beb"),
    # A resource that fails after a while waits, which the event loop must not: only a thread may.
    HookPoint("services.cloudformation.stacks", "_runs_on_worker_thread", "23955511141f"),
    HookPoint("services.cloudfront", "_cf_delete_function", "5291172f722c"),
    HookPoint("services.cloudfront", "_create_distribution", "d17e66f3ce16"),
    HookPoint("services.cloudfront", "_fetch_from_origin", "11c0079215ff"),
    HookPoint("services.cloudfront", "_serve_s3_origin", "a9f41c9fd3a4"),
    HookPoint("services.cloudfront", "_update_distribution", "612916dcf4e2"),
    HookPoint("services.cloudfront", "handle_request", "ef0452b7158e"),
    HookPoint("services.cloudfront", "parse_distribution_dataplane_config", "98fedaf0ec2b"),
    HookPoint("services.cloudwatch", "_dispatch_alarm_actions", "fcf47c0d1e6e"),
    HookPoint("services.cloudwatch", "_evaluate_alarm", "a0b0acd3d432"),
    HookPoint("services.cloudwatch", "_evaluate_parent_alarms", "24a65a9e43d5"),
    HookPoint("services.cloudwatch", "time", "module"),
    HookPoint("services.route53", "_build_delegation_set_el", "8480e78a3f37"),
    HookPoint("services.route53", "_build_health_check_el", "8b8fda74069e"),
    HookPoint("services.route53", "_change_resource_record_sets", "d67bda7a044b"),
    HookPoint("services.route53", "_create_health_check", "630b2095d491"),
    HookPoint("services.route53", "_default_records", "35d19460f3fe"),
    HookPoint("services.route53", "_parse_health_check_config", "fffd8cf8c7a1"),
    HookPoint("services.route53", "_update_health_check", "29b93d2a9bf3"),
    HookPoint("services.route53", "handle_request", "c201ac22eafd"),
    HookPoint("services.s3", "_copy_object", "ce47e73298be"),
    HookPoint("services.s3", "_create_bucket", "eb1d6626bf66"),
    HookPoint("services.s3", "_delete_object_tagging", "f19d15ff36ca"),
    HookPoint("services.s3", "_dispatch", "52562ee7c18b"),
    HookPoint("services.s3", "_head_object", "369c3a8482ea"),
    HookPoint("services.s3", "_list_multipart_uploads", "b2b3f60ef4a5"),
    HookPoint("services.s3", "_list_object_versions", "2a656b63124a"),
    HookPoint("services.s3", "_maybe_replicate", "cb2dd6521e3d"),
    HookPoint("services.s3", "_maybe_replicate_delete_marker", "019420d946a9"),
    HookPoint("services.s3", "_put_bucket_logging", "97c1ac5de577"),
    HookPoint("services.s3", "_put_bucket_replication", "4b079c949062"),
    HookPoint("services.s3", "_put_object_tagging", "2aa1a21a1008"),
    HookPoint("services.s3", "_public_access_blocked", "9b257ff3524e"),
    HookPoint("services.s3", "_put_bucket_policy", "0496f198bf50"),
    HookPoint("services.s3", "_record_object_version", "9af490c3d6ff"),
    HookPoint("services.s3", "_xml_body", "a66f9c18121c"),
    # Ministack's S3 tells its events in process, and lets every service publish and send unless it enforces IAM.
    HookPoint("services.sns", "topic_policy_allows", "2c5001e5af7e"),
    # Functions work queues off in threads, in process: a message that comes while others go would be lost.
    HookPoint("services.sqs", "_delete_messages_for_esm", "c1686f29b48b"),
    HookPoint("services.sqs", "_dlq_sweep", "6a77691e1671"),
    # Events are held back from functions while replication is late or paused, message by message.
    HookPoint("services.sqs", "_receive_messages_for_esm", "f230dbcd4974"),
    HookPoint("services.sqs", "queue_policy_allows", "5de01aa09a4c"),
)
"""What is replaced, each with the digest of its source code or the name of its type."""

USED = {
    "app": "_handle_execute_api_request app",
    "core.iam_actions": "_s3_action access_denied_response s3_additional_checks s3_service_context",
    "core.iam_evaluator": (
        "AmbiguousAccessKeyError AuthError EvalContext _gather_role_policies _service_principal_matches "
        "combine_resource_policy evaluate evaluate_resource_policy find_iam_access_key_account "
        "resolve_caller_identity resolve_credential resolve_principal"
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
        "_RESOURCE_HANDLERS _STACK_TAG_PROPERTY _custom_resource_update _delete_predecessor _physical_name "
        "_r53_record_set_build_rs _r53_resolve_hosted_zone_id"
    ),
    "services.cloudfront": (
        "OriginTimeout OriginUnreachable _MANAGED_CACHE_POLICIES _cache_policies _cf_error_response "
        "_dist_config_el _distribution_config_xml _distributions _domain_owners _domains_overlap _error _find "
        "_forwarding_predicates _function_arns_in _functions _get_distribution_aliases _match_behavior _oacs "
        "_origin_request_policies _parse_body _response_headers_policies _text "
        "_unwrap_distribution_create_xml _update_domain_association handle_viewer_request live_function_code "
        "origin_request_policy_config response_headers_policy_config"
    ),
    "services.cloudwatch": (
        "_alarms _composite_alarms _composite_children _composite_rule_state _dims_from_list _dims_key "
        "_history_entries _is_sns_action_arn _matching_children _metric_bucket _metrics _point_stats "
        "_put_composite_alarm _record_history _resource_tags _store_datum _ts_iso"
    ),
    "services.cloudwatch_logs": "_deliveries",
    "services.iam": "_roles",
    "services.kms": "_resolve_key",
    "services.route53": (
        "_caller_refs _delete_hosted_zone _error_response _find _findall _hc_id _health_checks _lock _parse_body "
        "_records _rs_key _tags _text _xml_response _zone_id_re _zones"
    ),
    "services.s3": (
        "_bucket_encryption _bucket_logging_config _bucket_notifications _bucket_owner_account _bucket_policies "
        "_bucket_replication _bucket_tags _bucket_versioning _bucket_websites _buckets _check_put_preconditions "
        "_delete_bucket "
        "_delete_bucket_encryption _delete_bucket_lifecycle _delete_bucket_replication _delete_bucket_tagging _error "
        "_fire_s3_event_async _get_object _list_objects_v1 _list_objects_v2 _no_such_bucket "
        "_object_record_from_version _object_tags _object_versions _parse_bucket_key _policy_is_public "
        "_preserve_null_version _put_bucket_encryption _put_bucket_lifecycle "
        "_put_bucket_ownership_controls _put_bucket_tagging _put_bucket_versioning _qp _url_encode "
        "_request_access_key _resolve_subresource_version _verify_presigned_sigv4 bucket_region s3control_error "
        "SubElement cors_response_headers fromstring"
    ),
    "services.sns": "SnsPublishError _topics publish_internal",
    "services.sqs": "_queues",
    "services.sts": "register_session",
}
"""What is called or read, by module below `ministack`: it must be there."""
