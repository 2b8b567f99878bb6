import pytest
from config_samples import expect, findings, one


@pytest.mark.parametrize(
    "value",
    ["application/json", "text/html; charset=utf-8", "text/html;charset=utf-8", 'a/b; c="d e"', "image/svg+xml"],
)
def test_media_types_are_accepted(value):
    assert findings(one(publish={"content_types": {"*.x": value}})) == []


@pytest.mark.parametrize("value", ["", "json", "text/", "text/html charset=utf-8", "text/html\r\nX-Evil: 1", "té/xt"])
def test_what_is_no_media_type_is_refused(value):
    text = one(publish={"content_types": {"*.x": value}})
    expect(text, "SITE-PUBLISH-CONTENT-TYPE", "sites.assets.publish.content_types")


@pytest.mark.parametrize("value", ["no-cache", "public, max-age=60"])
def test_a_cache_control_of_one_line_is_accepted(value):
    assert findings(one(publish={"cache_control": {"*": value}})) == []


@pytest.mark.parametrize("value", ["", " ", "no-cache\nX: 1", "für immer"])
def test_a_cache_control_that_no_header_can_hold_is_refused(value):
    expect(
        one(publish={"cache_control": {"*": value}}),
        "SITE-PUBLISH-CACHE-CONTROL",
        "sites.assets.publish.cache_control",
    )
