import pytest

from breakable_aws.emulator.iam.access import BucketAccess, Verdict, decide, distribution, viewer

VIEWER = viewer("198.51.100.7", secure=False)
CDN = distribution("arn:aws:cloudfront::123456789012:distribution/E1")
OPEN = BucketAccess("b", policy="{}", policy_is_public=True, restricts_public=False)


def allowing(*actions):
    return lambda _policy, question: question.action in actions


@pytest.mark.parametrize(
    ("actions", "exists", "expected"),
    [
        (("s3:GetObject",), True, Verdict.SERVE),
        (("s3:GetObject",), False, Verdict.DENIED),
        (("s3:GetObject", "s3:ListBucket"), False, Verdict.MISSING),
        (("s3:ListBucket",), True, Verdict.DENIED),
        ((), False, Verdict.DENIED),
    ],
)
def test_a_missing_object_is_called_missing_only_to_who_may_list(actions, exists, expected):
    assert decide(OPEN, "key", VIEWER, allowing(*actions), exists=exists) is expected


def test_a_bucket_without_a_policy_lets_nobody_in():
    closed = BucketAccess("b", policy=None, policy_is_public=False, restricts_public=False)
    assert decide(closed, "key", VIEWER, allowing("s3:GetObject"), exists=True) is Verdict.DENIED


def test_restrict_public_buckets_keeps_viewers_out_and_services_in():
    restricted = BucketAccess("b", policy="{}", policy_is_public=True, restricts_public=True)
    assert decide(restricted, "key", VIEWER, allowing("s3:GetObject"), exists=True) is Verdict.DENIED
    assert decide(restricted, "key", CDN, allowing("s3:GetObject"), exists=True) is Verdict.SERVE


def test_restrict_public_buckets_lets_viewers_read_by_a_policy_that_is_not_public():
    narrow = BucketAccess("b", policy="{}", policy_is_public=False, restricts_public=True)
    assert decide(narrow, "health.txt", VIEWER, allowing("s3:GetObject"), exists=True) is Verdict.SERVE


def test_the_questions_name_object_and_bucket_and_carry_the_caller():
    asked = []

    def evaluate(_policy, question):
        asked.append(question)
        return question.action == "s3:GetObject"

    decide(OPEN, "a/ü.txt", CDN, evaluate, exists=False)
    assert [(q.action, q.resource) for q in asked] == [
        ("s3:GetObject", "arn:aws:s3:::b/a/ü.txt"),
        ("s3:ListBucket", "arn:aws:s3:::b"),
    ]
    assert all(q.caller is CDN for q in asked)


def test_an_origin_fetch_is_signed_by_the_service_for_one_distribution_over_tls():
    assert CDN.service == "cloudfront.amazonaws.com"
    assert CDN.secure
    assert CDN.context["aws:sourcearn"] == "arn:aws:cloudfront::123456789012:distribution/E1"
    assert CDN.context["aws:sourceaccount"] == "123456789012"
