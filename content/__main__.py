"""``python -m content``."""

from content.cli import main

main()
