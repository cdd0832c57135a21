"""Commands of the data scientist, and the one that removes what was kept."""

from custlib.cli.app import app


@app.command()
def clean() -> None:
    """Remove the cache of converted and prepared tables; it is built again when needed."""
    from custlib.prepare import clean as empty

    print(f"emptied {empty()}")
