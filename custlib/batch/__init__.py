import sys

# Whatever reads or writes a notebook checks it by jsonschema, which, where this package is installed (JupyterLab brings
# it), builds a grammar of international web addresses first: a second and a half in each process, for a kind of text
# that no notebook's schema has. jsonschema does without what cannot be imported.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
