"""HTML in a text becomes text: known tags go, paragraphs, items and headings stay as Markdown.

For what shops paste into an FAQ and what models write. A tag that nobody knows ("<your name>") is
text already, and code is left alone. Web pages have their own reader (`knowledge/readers/html`).
"""

import re

BREAK = re.compile(r"<br\s{0,9}/?>", re.IGNORECASE)

_NEW: dict[str, str] = {
    **dict.fromkeys(("br", "div", "/div", "tr", "dt", "dd", "caption", "summary"), "\n"),
    **dict.fromkeys(("p", "ul", "ol", "dl", "table", "blockquote", "section", "article"), "\n\n"),
    **dict.fromkeys(("/p", "/ul", "/ol", "/dl", "/table", "/blockquote"), "\n\n"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "\n\n### "),
    **dict.fromkeys(("/h1", "/h2", "/h3", "/h4", "/h5", "/h6"), "\n\n"),
    "li": "\n- ",
    "hr": "\n\n---\n\n",
}
_NAMES = re.compile(
    "a|abbr|address|article|aside|audio|b|big|blockquote|body|br|button|caption|center|cite|code|col"
    "|colgroup|dd|del|details|dfn|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form"
    "|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|meta"
    "|nav|noscript|object|ol|optgroup|option|p|picture|pre|q|s|samp|script|section|select|small"
    "|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead"
    "|time|title|tr|tt|u|ul|var|video|wbr"
)
_BLANK = re.compile(r"\n{3,}")
_TAG = r"<(?P<tag>/?[a-z][a-z0-9]{0,9})(?:\s[^<>]{0,500})?/?>"
_INLINE = re.compile(_TAG, re.IGNORECASE)
_HTML = re.compile(
    r"(?P<kept>```.*?(?:```|\Z)|`[^`\n]{1,500}`|\\<)"
    r"|(?P<row>^[ \t]{0,9}\|[^\n]*)"
    r"|<!--[^<>]{0,500}-->"
    r"|<a\s[^<>]{0,300}?href=[\"'](?P<url>https?://[^\"'<>\s]{1,2000})[\"'][^<>]{0,300}>"
    r"(?P<label>[^<>\[\]]{1,500})</a>"
    r"|(?P<cell></t[dh]\s{0,9}>\s{0,99}<t[dh](?:\s[^<>]{0,300})?>)"
    rf"|{_TAG}",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)


def without_html(text: str) -> str:
    """`text` in light Markdown without HTML; line breaks in a table's row stay `<br>`."""
    return _BLANK.sub("\n\n", _HTML.sub(_text_of, text)) if "<" in text else text


def _text_of(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    if found["row"]:
        return _INLINE.sub(lambda tag: _kept(tag, "<br>" if BREAK.match(tag[0]) else ""), found[0])
    if found["url"]:
        return f"[{found['label'].strip() or found['url']}]({found['url']})"
    if found["cell"]:
        return " · "
    return _kept(found, _NEW.get(found["tag"].lower(), "")) if found["tag"] else ""


def _kept(found: re.Match[str], instead: str) -> str:
    """A tag of HTML as `instead`; anything else between angle brackets as it is."""
    name = found["tag"].lower().removeprefix("/")
    return instead if _NAMES.fullmatch(name) else found[0]
