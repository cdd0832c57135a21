"""Markdown that people write, as markup that can do nothing: raw HTML is shown as text, nothing is loaded."""

import re
from html import escape, unescape

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath, import_plugin

_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)


class ProseRenderer(IPythonRenderer):
    """What notebooks say between their cells: raw HTML is text, code is code of no language."""

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)

    def block_code(self, code: str, info: str | None = None) -> str:
        """Show code as it is written; highlighters, and what draws diagrams, would bring markup of their own."""
        return f"<pre><code>{escape(code)}</code></pre>\n"


class CommentRenderer(ProseRenderer):
    """What a comment says: as prose, without pictures, and with links that leave the page knowingly."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Link to an address of the web or of a person; any other target stays text."""
        if not _ADDRESS.fullmatch(unescape(url)):
            return f"{text} ({escape(url)})"
        return f'<a href="{escape(unescape(url))}" rel="noopener noreferrer">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Say that there is a picture; nothing is loaded."""
        return f"[picture: {text or escape(url)}]"

    def heading(self, text: str, level: int, **attrs: object) -> str:
        """Put a comment's headings below the page's."""
        below = min(level + 2, 6)
        return f"<h{below}>{text}</h{below}>\n"


def comment_markup(body: str) -> str:
    """Render a comment."""
    plugins = [import_plugin(name) for name in ("strikethrough", "table", "url")]
    return MarkdownWithMath(renderer=CommentRenderer(), plugins=plugins).render(body)
