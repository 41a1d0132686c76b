"""A file by HTTP, from wherever the last attempt broke off: ranges, as RFC 9110 has them.

One range at a time, of GET; more than one, or one that is not understood, gives the whole file, as
the standard allows. `If-Range` has to match the file's own tag, or the whole file is given: a
resumed download is never stitched from two files.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags

PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.I)  # int() refuses thousands of digits


def ranged(
    request: HttpRequest, path: Path, *, size: int | None, tag: str, content_type: str
) -> HttpResponseBase:
    """Raises OSError where the file is not there, or not in the size in which it was built."""
    found = path.stat().st_size
    if found != size:
        raise OSError(f"{path} has {found} bytes, not {size}.")
    etag = f'"{tag}"'
    response: HttpResponseBase
    if _is_known(request, etag):
        response = HttpResponse(status=304)
    else:
        first, last = _wanted(request, etag, size)
        if first > last and size:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        else:
            is_part = (first, last) != (0, size - 1) or _is_asked(request, etag)
            response = StreamingHttpResponse(
                _pieces(path, first, last + 1 - first),
                status=206 if is_part and size else 200,
                content_type=content_type,
            )
            response["Content-Length"] = str(last + 1 - first)
            if is_part and size:
                response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def _is_known(request: HttpRequest, etag: str) -> bool:
    """Whether whoever asks has this very file, under one of the tags that they name."""
    named = parse_etags(request.headers.get("If-None-Match", ""))
    return any(each.removeprefix("W/") in (etag, "*") for each in named)


def _is_asked(request: HttpRequest, etag: str) -> bool:
    """Whether one range is asked for, of this very file."""
    if request.method != "GET":
        return False
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or not any(found.groups()):
        return False
    first, last = found.groups()
    if first and last and int(first) > int(last):
        return False  # no range at all, by the standard: to be ignored
    return request.headers.get("If-Range", etag) == etag


def _wanted(request: HttpRequest, etag: str, size: int) -> tuple[int, int]:
    """First and last byte; the first is beyond the last where there is none of what was asked."""
    if not _is_asked(request, etag):
        return 0, size - 1
    found = _RANGE.fullmatch(request.headers["Range"].replace(" ", ""))
    assert found
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1


def _pieces(path: Path, first: int, left: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
