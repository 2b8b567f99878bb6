from xml.etree.ElementTree import fromstring

import pytest

from breakable_aws.emulator.iam.access import Verdict
from breakable_aws.emulator.s3.website import (
    Failure,
    Redirect,
    Serve,
    WebsiteConfiguration,
    configuration,
    error_headers,
    error_page,
    plan,
)

CONFIG = WebsiteConfiguration(index="index.html", error="error.html")


def look_in(*keys, otherwise=Verdict.MISSING):
    return lambda key: Verdict.SERVE if key in keys else otherwise


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", "index.html"),
        ("", "index.html"),
        ("/dir/", "dir/index.html"),
        ("/page.html", "page.html"),
        ("/a%20b/%C3%BC.txt", "a b/ü.txt"),
        ("//double", "/double"),
    ],
)
def test_a_path_is_a_key_and_a_directory_its_index_document(path, key):
    assert plan(CONFIG, path, look_in(key)) == Serve(key)


def test_a_directory_without_its_slash_is_redirected():
    assert plan(CONFIG, "/a%20dir", look_in("a dir/index.html")) == Redirect(302, "/a%20dir/")


def test_an_object_goes_before_a_directory_of_the_same_name():
    assert plan(CONFIG, "/dir", look_in("dir", "dir/index.html")) == Serve("dir")


@pytest.mark.parametrize(
    ("verdict", "status", "code"), [(Verdict.MISSING, 404, "NoSuchKey"), (Verdict.DENIED, 403, "AccessDenied")]
)
def test_what_cannot_be_served_keeps_its_status(verdict, status, code):
    outcome = plan(CONFIG, "/nope", look_in(otherwise=verdict))
    assert (outcome.status, outcome.code) == (status, code)


def test_a_redirecting_bucket_sends_every_path_to_the_other_host():
    config = WebsiteConfiguration(redirect_host="www.example.com", redirect_protocol="https")
    assert plan(config, "/a?", look_in()) == Redirect(301, "https://www.example.com/a?")


def test_the_configuration_is_read_from_s3s_document():
    document = (
        '<WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IndexDocument><Suffix>i.html</Suffix>'
        "</IndexDocument><ErrorDocument><Key>e.html</Key></ErrorDocument></WebsiteConfiguration>"
    )
    assert configuration(fromstring(document)) == WebsiteConfiguration(index="i.html", error="e.html")


def test_an_error_says_what_it_is_in_headers_and_page():
    failure = Failure(404, "NoSuchKey", "The specified key does not exist.", "<b>")
    assert error_headers(failure)["x-amz-error-code"] == "NoSuchKey"
    assert error_headers(failure)["x-amz-error-detail-Key"] == "%3Cb%3E"
    page = error_page(failure, "error.html", Verdict.DENIED, "Not Found")
    assert "404 Not Found" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "Custom Error Document" in page
