"""The functions of the distribution, run by Node.js as CloudFront's runtime would."""

import json
import subprocess
from itertools import product

import pytest
from aws_cdk import aws_cloudfront as cloudfront
from cdk_templates import new_stack, properties, resources

from breakable_aws import node
from s3_failover.config.rules import MOST_OF_ORIGINS
from s3_failover_constructs import Directories, ViewerFunctions, ViewerPaths


def functions(stack, **options):
    return ViewerFunctions(stack, "Functions", **({"paths": ViewerPaths(), "index_document": "index.html"} | options))


def deployed(**options):
    """The code of the function for requests."""
    stack = new_stack("us-east-1")
    functions(stack, **options)
    return properties(stack, "AWS::CloudFront::Function")["FunctionCode"]


def run(code, events):
    """What a function makes of each event."""
    script = f"{code}\nconsole.log(JSON.stringify({json.dumps(events)}.map(handler)));"
    result = subprocess.run([node.find(), "-e", script], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def asked(uri="/", method="GET", **headers):
    named = {name.replace("_", "-"): {"value": value} for name, value in headers.items()}
    return {"request": {"method": method, "uri": uri, "querystring": {}, "headers": named, "cookies": {}}}


def located(paths, uris):
    """The key that each path leads to, or where it is redirected to."""
    answers = run(deployed(paths=paths), [asked(uri) for uri in uris])
    return [answer.get("uri") or answer["headers"]["location"]["value"] for answer in answers]


UNTOUCHED = ["/index.html", "/docs/note.txt", "/caf%C3%A9.txt", "/.well-known/a.b"]


def test_a_directory_is_its_index_document():
    uris = ["/", "/docs/", "/a/b/", "/docs%2F", "/docs%2f", "/docs", *UNTOUCHED]
    keys = ["/index.html", "/docs/index.html", "/a/b/index.html", "/docs%2Findex.html", "/docs%2findex.html", "/docs"]
    assert located(ViewerPaths(), uris) == [*keys, *UNTOUCHED]


def test_directories_without_slash_are_redirected_where_that_is_wanted():
    uris = ["/docs", "/a/b", "/v1.2/docs", "/docs/", *UNTOUCHED]
    answers = ["/docs/", "/a/b/", "/v1.2/docs/", "/docs/index.html", *UNTOUCHED]
    assert located(ViewerPaths(directories=Directories.REDIRECT), uris) == answers


@pytest.mark.parametrize(
    "uri", ["//evil.example/x", "///evil.example/x", "/\\evil.example/x", "\\\\evil.example/x", "/\t/evil.example/x"]
)
def test_no_redirect_leads_to_another_host(uri):
    assert located(ViewerPaths(directories=Directories.REDIRECT), [uri]) == ["/evil.example/x/"]


def test_no_redirect_has_what_browsers_drop_or_read_as_a_slash():
    uris = ["/\\", "/\t/evil", "\t/\n/evil", "/a\tb\\c", "/a b"]
    answers = ["/", "/evil/", "/evil/", "/a%09b%5Cc/", "/a%20b/"]
    assert located(ViewerPaths(directories=Directories.REDIRECT), uris) == answers


def test_a_redirect_keeps_the_query_string():
    several = {"value": "1", "multiValue": [{"value": "1"}, {"value": "2%203"}]}
    request = asked("/docs")
    request["request"]["querystring"] = {"a": several, "b": {"value": ""}, "c": {"value": "x\ty"}}
    (answer,) = run(deployed(paths=ViewerPaths(directories=Directories.REDIRECT)), [request])
    assert answer["headers"]["location"]["value"] == "/docs/?a=1&a=2%203&b=&c=x%09y"


def test_directories_can_be_left_alone():
    uris = ["/", "/docs/", "/docs", *UNTOUCHED]
    assert located(ViewerPaths(directories=Directories.OFF, denied_countries=("FR",)), uris) == uris


def test_an_app_answers_every_route_and_no_file():
    routes = ["/", "/users", "/users/42", "/users/", "/users%2F42"]
    assert located(ViewerPaths(single_page_app=True), [*routes, *UNTOUCHED]) == ["/index.html"] * 5 + UNTOUCHED


@pytest.mark.parametrize("uri", ["/%", "/%E0%A4%A/", "", "/a b", "/" + "a/" * 2000])
def test_no_path_makes_the_function_fail(uri):
    for paths in (ViewerPaths(), ViewerPaths(directories=Directories.REDIRECT), ViewerPaths(single_page_app=True)):
        assert located(paths, [uri])


def statuses(countries, **paths):
    events = [asked(cloudfront_viewer_country=country) if country else asked() for country in countries]
    return [answer.get("statusCode", 200) for answer in run(deployed(paths=ViewerPaths(**paths)), events)]


def test_only_allowed_countries_are_served_and_an_unknown_one_is_not():
    assert statuses(["DE", "FR", None], allowed_countries=("DE",)) == [200, 403, 403]


def test_denied_countries_are_not_served_and_an_unknown_one_is():
    assert statuses(["DE", "FR", None], denied_countries=("FR",)) == [200, 403, 200]


def preflight(origin, *allowed):
    event = asked(method="OPTIONS", origin=origin, access_control_request_headers="x-build")
    (answer,) = run(deployed(cors_origins=allowed), [event])
    headers = {name: header["value"] for name, header in answer.get("headers", {}).items()}
    return answer["statusCode"], headers.get("access-control-allow-origin"), headers.get("access-control-allow-headers")


def test_preflight_requests_are_answered_for_origins_that_may_read():
    allowed = "https://app.example.com"
    assert preflight(allowed, allowed) == (204, allowed, "x-build")
    assert preflight("https://elsewhere.example.com", allowed) == (403, None, None)
    assert preflight("https://elsewhere.example.com", "*") == (204, "*", "x-build")


def test_maintenance_shows_the_page_for_every_path_with_503():
    stack = new_stack("us-east-1")
    made = functions(stack, paths=ViewerPaths(maintenance=True), maintenance_page="later.html")
    assert [each.event_type for each in made.associations] == [
        cloudfront.FunctionEventType.VIEWER_REQUEST,
        cloudfront.FunctionEventType.VIEWER_RESPONSE,
    ]
    codes = [r["Properties"]["FunctionCode"] for r in resources(stack, "AWS::CloudFront::Function").values()]
    request, response = sorted(codes, key=lambda code: "maintenance_response" in code or "response.statusCode" in code)
    assert [answer["uri"] for answer in run(request, [asked("/"), asked("/docs/a.txt")])] == ["/later.html"] * 2
    (answer,) = run(response, [{"response": {"statusCode": 200, "headers": {"etag": {"value": "x"}}}}])
    assert (answer["statusCode"], answer["headers"]["retry-after"]["value"]) == (503, "600")
    assert answer["headers"]["cache-control"]["value"] == "no-store"


def redirecting(**response):
    stack = new_stack("us-east-1")
    functions(stack, paths=ViewerPaths(object_redirects=True))
    codes = [r["Properties"]["FunctionCode"] for r in resources(stack, "AWS::CloudFront::Function").values()]
    (code,) = [each for each in codes if "SETTINGS" not in each]
    (answer,) = run(code, [{"response": response}])
    return answer["statusCode"], {name: header["value"] for name, header in answer["headers"].items()}


def test_an_object_that_redirects_on_a_website_redirects():
    headers = {"x-amz-website-redirect-location": {"value": "/new"}, "content-type": {"value": "text/plain"}}
    assert redirecting(statusCode=200, headers=headers) == (301, {"location": "/new"})


def test_any_other_response_stays_as_it_is():
    assert redirecting(statusCode=200, headers={"etag": {"value": "x"}}) == (200, {"etag": "x"})
    headers = {"x-amz-website-redirect-location": {"value": "/new"}}
    assert redirecting(statusCode=304, headers=headers)[0] == 304


def test_functions_are_published_in_the_current_runtime_and_fit_cloudfronts_limit():
    stack = new_stack("us-east-1")
    functions(stack)
    function = properties(stack, "AWS::CloudFront::Function")
    assert (function["AutoPublish"], function["FunctionConfig"]["Runtime"]) == (True, "cloudfront-js-2.0")
    # CloudFront Developer Guide, cloudfront-limits: a function has at most 10 KB.
    assert len(function["FunctionCode"].encode()) < 10 * 1024


def test_what_the_configuration_lets_through_fits_cloudfronts_limit():
    countries = tuple(map("".join, product("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJ")))
    origins = tuple(f"https://{'o' * 63}.{number:016}.example" for number in range(MOST_OF_ORIGINS // 100))
    assert sum(len(origin) + 4 for origin in origins) == MOST_OF_ORIGINS
    stack = new_stack("us-east-1")
    ViewerFunctions(
        stack, "F", paths=ViewerPaths(denied_countries=countries), index_document="i" * 254, cors_origins=origins
    )
    assert len(countries) > 249
    assert len(properties(stack, "AWS::CloudFront::Function")["FunctionCode"].encode()) <= 10 * 1024
