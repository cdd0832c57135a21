"""``python -m custlib.cli`` is the same as ``custlib``."""

from custlib.cli import main

main()
