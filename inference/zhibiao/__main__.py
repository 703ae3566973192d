"""``python -m zhibiao``."""

from __future__ import annotations

import sys

from zhibiao.cli import main

if __name__ == "__main__":
    sys.exit(main())
