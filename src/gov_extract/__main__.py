"""``python -m gov_extract`` is the command ``gov-extract``."""

from __future__ import annotations

from gov_extract.cli import main

if __name__ == "__main__":
    main()
