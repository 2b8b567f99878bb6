"""The Content-Type of a key by its ending: a table of our own, alike on every machine and for every Python."""

UNKNOWN = "application/octet-stream"
"""What an ending gets that is not in the table: browsers download it."""

_TEXT = "; charset=utf-8"

# What only compresses, as .gz and .br, stands for content of another type and is unknown here.
_SUBTYPES = {
    "application": "json pdf rtf toml wasm xml yaml zip",
    "audio": "aac flac midi",
    "font": "otf ttf woff woff2",
    "image": "apng avif bmp gif heic heif jpeg jxl png tiff webp",
    "text": "css csv html markdown vtt",
    "video": "mp4 mpeg webm",
}
"""Types whose subtype is also an ending."""

_OTHERS = {
    "application/atom+xml": "atom",
    "application/dash+xml": "mpd",
    "application/epub+zip": "epub",
    "application/geo+json": "geojson",
    "application/java-archive": "jar",
    "application/json": "map",
    "application/ld+json": "jsonld",
    "application/manifest+json": "webmanifest",
    "application/msword": "doc",
    "application/rss+xml": "rss",
    "application/vnd.android.package-archive": "apk",
    "application/vnd.apple.mpegurl": "m3u8",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-fontobject": "eot",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-7z-compressed": "7z",
    "application/x-tar": "tar",
    "application/xhtml+xml": "xhtml",
    "application/xslt+xml": "xsl xslt",
    "application/yaml": "yml",
    "audio/midi": "mid",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "oga ogg opus",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "font/collection": "ttc",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/vnd.microsoft.icon": "cur ico",
    "model/gltf+json": "gltf",
    "model/gltf-binary": "glb",
    "model/stl": "stl",
    "text/calendar": "ics",
    "text/html": "htm",
    "text/javascript": "cjs js mjs",  # RFC 9239
    "text/markdown": "md",
    "text/plain": "log text txt",
    "text/tab-separated-values": "tsv",
    "text/vcard": "vcf",
    "video/mp2t": "ts",
    "video/mp4": "m4v",
    "video/mpeg": "mpg",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/x-msvideo": "avi",
}
_TYPES = {each: f"{kind}/{each}" for kind, endings in _SUBTYPES.items() for each in endings.split()} | {
    each: kind for kind, endings in _OTHERS.items() for each in endings.split()
}
"""IANA's types (media-types registry); for what it does not register, what browsers and servers have agreed on."""


def content_type(key: str) -> str:
    """Return the Content-Type for a key: by its last ending, whatever its case; text as UTF-8."""
    name = key.rpartition("/")[2]
    stem, _, ending = name.rpartition(".")
    found = _TYPES.get(ending.lower(), UNKNOWN) if stem else UNKNOWN
    return found + _TEXT if found.startswith("text/") else found
