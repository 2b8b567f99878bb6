"""The lines of the files of an inventory report: CSV, Parquet or ORC, read by pyarrow."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from s3_failover.errors import UserError
from s3_failover.operations.inventory.manifest import Manifest
from s3_failover.operations.storage import archive

_READ = ("key", "version_id", "is_latest", "is_delete_marker", "size", "e_tag", "last_modified_date", "storage_class")
_BATCH = 50_000


class Row(NamedTuple):
    """One line of a report."""

    key: str
    version_id: str
    """Empty where there are no versions."""
    is_latest: bool
    """Whether it is what the key holds now."""
    is_delete_marker: bool
    size: int
    """Bytes; 0 for a delete marker."""
    etag: str
    """Without quotes; empty for a delete marker."""
    modified: int
    """Milliseconds since 1970."""
    archive: str = ""
    """The archive class that it is in, if the report tells storage classes; empty for all others."""


def require_reader() -> None:
    """Make sure that reports can be read, before anything is fetched; raise UserError if pyarrow is not installed."""
    _arrow()


def rows(path: Path, manifest: Manifest) -> Iterator[Row]:
    """Return the lines of one file, batch by batch; raise UserError without pyarrow, or if it is no such file."""
    columns = [column for column in _READ if column in manifest.columns]
    read = {"CSV": _csv, "Parquet": _parquet, "ORC": _orc}[manifest.format]
    try:
        for batch in read(path, columns, manifest):
            yield from _rows(batch, columns)
    except (_arrow("lib").ArrowException, OSError, ValueError, KeyError) as error:
        raise UserError(f"a file of {manifest.key} is not the {manifest.format} that it should be: {error}") from error


def _csv(path: Path, columns: list[str], manifest: Manifest) -> Iterator[Any]:
    arrow, csv = _arrow(), _arrow("csv")
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with arrow.input_stream(str(path), compression="gzip" if packed else None) as stream:
        yield from csv.open_csv(
            stream,
            read_options=csv.ReadOptions(column_names=list(manifest.columns), block_size=1 << 22),
            convert_options=csv.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(columns, arrow.string()), strings_can_be_null=False
            ),
        )


def _parquet(path: Path, columns: list[str], _manifest: Manifest) -> Iterator[Any]:
    with _arrow("parquet").ParquetFile(path) as file:
        yield from file.iter_batches(_BATCH, columns=columns)


def _orc(path: Path, columns: list[str], _manifest: Manifest) -> Iterator[Any]:
    file = _arrow("orc").ORCFile(path)
    for stripe in range(file.nstripes):
        yield file.read_stripe(stripe, columns=columns)


def _rows(batch: Any, columns: list[str]) -> Iterator[Row]:
    values = {column: _python(batch.column(column)) for column in columns}
    absent = [""] * batch.num_rows
    # CSV has text alone, and keys that are URL-encoded (S3 User Guide, storage-inventory).
    decode = unquote_plus if _arrow().types.is_string(batch.column("size").type) else str
    for key, version, latest, marker, size, etag, modified, storage in zip(
        *(values.get(column, absent) for column in _READ), strict=True
    ):
        yield Row(
            decode(key),
            version or "",
            latest in (True, "true", ""),
            marker in (True, "true"),
            int(size or 0),
            etag or "",
            modified if isinstance(modified, int) else _milliseconds(modified),
            archive(storage),
        )


def _python(column: Any) -> list[Any]:
    arrow = _arrow()
    if arrow.types.is_timestamp(column.type):
        return list(column.cast(arrow.timestamp("ms", tz=column.type.tz), safe=False).cast(arrow.int64()).to_pylist())
    return list(column.to_pylist())


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _arrow(module: str = "") -> Any:
    # Imported when it is needed: it takes half a second, and the base install does not have it.
    try:
        return importlib.import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ModuleNotFoundError as error:
        raise UserError(
            "inventory reports need pyarrow, which is not installed: pip install 's3-failover[inventory]'"
        ) from error
