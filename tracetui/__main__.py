"""`python -m tracetui` is the command `tracetui`."""

from __future__ import annotations

from tracetui.cli.main import main

if __name__ == "__main__":
    main()
