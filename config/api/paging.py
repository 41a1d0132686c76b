"""Lists a page at a time, by a cursor: what is added meanwhile moves nothing."""

import re

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

POSITION = re.compile(r"[0-9]{1,18}")  # a primary key


class ByCursor(CursorPagination):
    page_size, max_page_size = 50, 200
    page_size_query_param = "limit"
    ordering = "pk"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """A position is a primary key: anything else was not made here."""
        cursor = super().decode_cursor(request)
        position = cursor.position if cursor else None
        if position is not None and not POSITION.fullmatch(str(position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor
