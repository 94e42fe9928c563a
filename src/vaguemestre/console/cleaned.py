"""HTML mail made harmless: no script, no form, no picture, no link that leads anywhere, nothing fetched.

What is left is words and their arrangement. It is shown in a frame that may do nothing (``sandbox``), under
the console's own policy of content: two more walls behind this one.
"""

from typing import Final

import nh3

# fmt: off
_TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt",
    "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s",
    "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul",
}
# fmt: on
_ATTRIBUTES: Final = {
    "*": {"lang", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}


def cleaned(page: str) -> str:
    """A page without whatever acts or fetches."""
    return nh3.clean(
        page,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "template", "noscript", "svg", "math"},
        attributes=_ATTRIBUTES,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )
