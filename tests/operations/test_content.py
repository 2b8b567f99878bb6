"""A directory's files as objects."""

import base64
import hashlib
import mimetypes
import os
import sys
from pathlib import Path

import pytest

from s3_failover.errors import UserError
from s3_failover.operations import content
from s3_failover.operations.content import Rules, digest, files
from s3_failover.operations.together import Later


def made(directory, *names, body=b"x"):
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return directory


def keys(directory, exclude=(), include=()):
    return [file.key for file in files(directory, Rules(exclude, include))]


def test_keys_are_paths_below_the_directory_in_order(tmp_path):
    assert keys(made(tmp_path, "b.txt", "a/ü 1.txt", "a.txt")) == ["a.txt", "a/ü 1.txt", "b.txt"]


def test_what_is_excluded_is_left_out(tmp_path):
    assert keys(made(tmp_path, "a.map", "b/c.map", "d.js"), exclude=["*.map"]) == ["d.js"]


def test_the_first_rule_for_the_cache_counts(tmp_path):
    rules = {"*.html": "no-cache", "*": "max-age=60"}
    found = files(made(tmp_path, "a.html", "b.js"), Rules(cache_control=rules))
    assert [file.headers["CacheControl"] for file in found] == ["no-cache", "max-age=60"]


def test_without_a_rule_there_is_no_cache_header(tmp_path):
    (file,) = files(made(tmp_path, "a.html"), Rules(cache_control={"*.js": "no-cache"}))
    assert file.headers == {"ContentType": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.svg", "image/svg+xml"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.tar.gz", "application/octet-stream"),
        ("a", "application/octet-stream"),
        (".css", "application/octet-stream"),
        ("css/a", "application/octet-stream"),
        ("data:,x.css", "text/css; charset=utf-8"),
        ("A.HTML", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.jsonld", "application/ld+json"),
        ("a.wasm", "application/wasm"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.vtt", "text/vtt; charset=utf-8"),
        ("a.md", "text/markdown; charset=utf-8"),
        ("a.ics", "text/calendar; charset=utf-8"),
        ("a.rss", "application/rss+xml"),
        ("a.yaml", "application/yaml"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.jxl", "image/jxl"),
        ("a.woff", "font/woff"),
        ("a.woff2", "font/woff2"),
        ("a.ttf", "font/ttf"),
        ("a.otf", "font/otf"),
    ],
)
def test_a_key_has_a_content_type(name, expected):
    assert content.content_type(name) == expected


def test_types_do_not_come_from_the_machine(monkeypatch):
    monkeypatch.setattr(mimetypes, "guess_type", lambda *_: ("text/x-machine", None))
    monkeypatch.setattr(mimetypes.MimeTypes, "guess_type", lambda *_: ("text/x-machine", None))
    assert content.content_type("a.css") == "text/css; charset=utf-8"


def test_the_first_rule_for_the_type_counts_before_the_table(tmp_path):
    rules = {"*.data": "application/json", "*.js": "text/javascript", "*": "text/plain"}
    found = files(made(tmp_path, "a.data", "b.js", "c.png"), Rules(content_types=rules))
    assert [file.headers["ContentType"] for file in found] == ["application/json", "text/javascript", "text/plain"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 alone")
def test_a_name_that_is_no_utf_8_is_refused_and_shown(tmp_path):
    with pytest.raises(UserError, match=r"^'.*bad\\udcff' has a name that is no UTF-8"):
        keys(made(tmp_path, os.fsdecode(b"bad\xff")))


@pytest.mark.parametrize("name", ["a\nb", "tab\there", "esc\x1b[2J", "next\x85line"])
def test_a_name_that_cannot_be_a_key_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="control character in its name: rename or exclude it"):
        keys(made(tmp_path, name))


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(UserError, match="the key has 1,079 bytes, expected at most 1,024"):
        keys(made(tmp_path, "/".join(["d" * 119] * 9)))


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(UserError, match="nothing to publish in"):
        keys(tmp_path)


def test_a_missing_directory_is_refused(tmp_path):
    with pytest.raises(UserError, match="missing: No such file or directory, expected a directory with the files"):
        keys(tmp_path / "missing")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("x" * 300, "x: File name too long"), ("a\0b", "'.*: no path has a NUL byte"), ("\x1b[2J", "'.*: No")],
)
def test_a_name_that_no_directory_can_have_is_refused(tmp_path, name, reason):
    with pytest.raises(UserError, match=reason) as caught:
        keys(tmp_path / name)
    assert str(caught.value).isprintable()


def test_a_file_is_no_directory(tmp_path):
    with pytest.raises(UserError, match="a is no directory, expected a directory with the files to publish"):
        keys(made(tmp_path, "a") / "a")


def test_a_tree_that_is_too_deep_to_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(25):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    with pytest.raises(UserError, match=r"cannot be read: File name too long; fix it, or exclude it"):
        keys(tmp_path)


def test_a_fifo_in_the_place_of_a_file_is_not_waited_for(tmp_path):
    (file,) = files(made(tmp_path, "a", body=b"abc"), Rules())
    file.path.unlink()
    os.mkfifo(file.path)
    assert Later(lambda: digest(file)).within(60).size == 0


def test_a_directory_that_cannot_be_read_is_refused_and_not_taken_to_be_empty(tmp_path, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    made(tmp_path, "a.txt", "secret/b.txt")
    with pytest.raises(
        UserError,
        match=r"secret cannot be read: Permission denied; fix it, or exclude it with publish.exclude \(secret/\*\)",
    ):
        keys(tmp_path)
    assert keys(tmp_path, exclude=["secret/*"]) == ["a.txt"]


def test_a_link_that_leads_nowhere_is_refused_and_not_passed_over(tmp_path):
    made(tmp_path, "a.txt", "real/b.txt")
    (tmp_path / "link.txt").symlink_to("a.txt")
    assert keys(tmp_path) == ["a.txt", "link.txt", "real/b.txt"]
    (tmp_path / "broken.txt").symlink_to("nowhere")
    with pytest.raises(UserError, match=r"broken.txt cannot be read: No such file or directory; fix it, or exclude it"):
        keys(tmp_path)
    assert "broken.txt" not in keys(tmp_path, exclude=["broken.*"])


def test_a_link_to_a_directory_is_refused_and_not_passed_over(tmp_path):
    made(tmp_path, "site/a.txt", "build/b.css")
    site = tmp_path / "site"
    (site / "assets").symlink_to("../build")
    (site / "self").symlink_to(".")
    with pytest.raises(UserError, match=r"assets is a link to a directory, which publish does not follow"):
        keys(site, exclude=["self"])
    with pytest.raises(UserError, match=r"self is a link to a directory"):
        keys(site, exclude=["assets/*"])
    assert keys(site, exclude=["assets/*", "self"]) == ["a.txt"]


def test_what_is_no_file_is_refused_and_not_passed_over(tmp_path):
    made(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match=r"pipe is a FIFO, a socket or a device, expected a file: remove or exclude it"):
        keys(tmp_path)
    assert keys(tmp_path, exclude=["pipe"]) == ["a.txt"]


@pytest.mark.parametrize("name", [".env", ".git/config", "docs/.DS_Store", ".well-known/.git/config", "a/.hidden/b"])
def test_a_name_that_begins_with_a_dot_is_refused_unless_it_is_meant(tmp_path, name):
    made(tmp_path, "a.txt", name)
    with pytest.raises(UserError, match=r"begins with a dot is seldom meant for the public: exclude it with"):
        keys(tmp_path)
    assert keys(tmp_path, exclude=[name]) == ["a.txt"]
    assert keys(tmp_path, include=[name]) == sorted(["a.txt", name])


def test_well_known_is_meant_for_the_public(tmp_path):
    assert keys(made(tmp_path, ".well-known/security.txt")) == [".well-known/security.txt"]


def test_a_directory_that_lies_below_a_name_with_a_dot_may_be_published(tmp_path):
    assert keys(made(tmp_path, ".next/out/a.txt") / ".next" / "out") == ["a.txt"]


@pytest.mark.parametrize("target", ["../private.txt", ".env", "../other/.env"])
def test_a_link_to_what_is_hidden_or_outside_is_refused_unless_it_is_meant(tmp_path, target):
    made(tmp_path, "private.txt", "other/.env", "site/a.txt", "site/.env")
    site = tmp_path / "site"
    (site / "link.txt").symlink_to(target)
    with pytest.raises(UserError, match=r"link.txt is a link to .*, which is hidden or outside"):
        keys(site, exclude=[".env"])
    assert keys(site, exclude=[".env"], include=["link.txt"]) == ["a.txt", "link.txt"]


def test_a_directory_that_is_a_link_itself_may_be_published(tmp_path):
    made(tmp_path, "releases/1/a.txt")
    (tmp_path / "releases" / "1" / "b.txt").symlink_to("a.txt")
    (tmp_path / "current").symlink_to("releases/1")
    assert keys(tmp_path / "current") == ["a.txt", "b.txt"]


def test_a_name_cannot_write_a_line_of_an_error(tmp_path):
    (tmp_path / "a\nok: published").symlink_to("nowhere")
    with pytest.raises(UserError) as caught:
        keys(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_has_no_end_is_not_read_to_its_end(tmp_path):
    (file,) = files(made(tmp_path, "a", body=b"abc"), Rules())
    file.path.unlink()
    file.path.symlink_to("/dev/zero")
    assert digest(file).size != file.size


def test_a_file_that_is_emptied_meanwhile_has_the_digest_of_nothing(tmp_path):
    (file,) = files(made(tmp_path, "a", body=b"abcdef"), Rules())
    file.path.write_bytes(b"")
    assert digest(file).etag == f'"{hashlib.md5(b"").hexdigest()}"'


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 100])
def test_the_digest_of_a_file_is_what_s3_says_of_one_upload(tmp_path, body):
    (file,) = files(made(tmp_path, "a", body=body), Rules())
    found = digest(file)
    assert found.etag == f'"{hashlib.md5(body).hexdigest()}"'
    assert found.sha256 == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert (found.parts, found.size) == ((found.sha256,), len(body))


def test_the_digest_of_a_large_file_is_that_of_its_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "PART", 4)
    (file,) = files(made(tmp_path, "a", body=b"abcdefghij"), Rules())
    parts = [b"abcd", b"efgh", b"ij"]
    etag = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert digest(file).etag == f'"{etag}-3"'
    assert digest(file).sha256.endswith("-3")
    assert digest(file).parts == tuple(base64.b64encode(hashlib.sha256(part).digest()).decode() for part in parts)


def test_parts_grow_so_that_there_are_never_more_than_ten_thousand(tmp_path):
    huge = content.File("a", tmp_path, 5 * 1024**4, {})
    assert huge.size / huge.part <= 10_000
