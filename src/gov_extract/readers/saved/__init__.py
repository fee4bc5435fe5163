"""Web pages with what was saved beside them: in one file (MHT), or in a folder.

`mail` takes a page out of its file, `folder` finds what lies beside one. Both give a `Fetch`; nothing is ever fetched from
anywhere else.
"""

from collections.abc import Callable

Fetch = Callable[[str], bytes | None]
"""The bytes at an address that a page gives, None where they are not at hand; a `LimitError` where they are too many."""
