"""HTML made to act or to call home: what an administrator is shown of it has no means and no address."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.console_letter import EVIL

from vaguemestre.console.cleaned import cleaned
from vaguemestre.console.letter import letter

SPY = "https://spy.example"
LETTERS = (
    EVIL,
    f"<img src={SPY}/1.gif><IMG SRC='{SPY}/2' srcset='{SPY}/3 2x'><picture><source srcset={SPY}/4></picture>",
    f"<p style=\"background:url('{SPY}')\" background={SPY}>a</p><style>@import url({SPY});</style>",
    f"<form action={SPY}><input type=image src={SPY}><button formaction={SPY}>b</button></form>",
    f"<meta http-equiv=refresh content='0;url={SPY}'><base href={SPY}><link rel=prefetch href={SPY}>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>c</a><a href='&#106;avascript:x()'>d</a><a href=//e>e</a>",
    f"<svg><script>x()</script><image href={SPY} /><animate onbegin=x() /><use href='data:image/svg+xml,x'/>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x()&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=x()>'>",
    "<template><script>x()</script></template><object data=x></object><applet code=x></applet><frameset>",
    "<details ontoggle=x() open><summary>f</summary></details><video autoplay onplay=x()><source src=x>",
    "<scr<script>ipt>x()</scr</script>ipt><img/src/onerror=x()>\0<im\0g src=x>",
    f"<iframe srcdoc='&lt;script&gt;x()' src={SPY}></iframe><portal src={SPY}><embed src={SPY}>",
    f"<table background={SPY}><td background={SPY} colspan='2' onmouseover=x()>g</td></table>",
    "<p id=main class=watermark name=token data-seconds=0>h</p><marquee onstart=x()>i</marquee>",
)
HARMLESS = {"colspan", "lang", "rowspan", "start", "title"}


class _Seen(HTMLParser):
    """What a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def seen(page: str) -> _Seen:
    found = _Seen()
    found.feed(cleaned(page))
    found.close()
    return found


ACTS = {
    "script", "style", "img", "image", "svg", "math", "form", "input", "button", "iframe", "frame",
    "frameset", "object", "embed", "applet", "meta", "base", "link", "video", "audio", "source",
    "picture", "template", "portal", "title", "noscript", "textarea", "select", "marquee",
    "body", "html", "head",
}  # fmt: skip


@pytest.mark.parametrize("page", LETTERS)
def test_no_letter_keeps_what_acts_or_an_address(page: str) -> None:
    found = seen(page)
    assert not found.tags & ACTS
    assert found.attributes <= HARMLESS


@given(
    st.lists(
        st.sampled_from(LETTERS) | st.text(alphabet="<>/='\"!-& \0aimgscriptonerror", max_size=20), max_size=6
    )
)
def test_nor_do_letters_put_together(pieces: list[str]) -> None:
    found = seen("".join(pieces))
    assert not found.tags & ACTS
    assert found.attributes <= HARMLESS


@pytest.mark.parametrize("charset", ["utf-7", "utf-16le", "iso-2022-jp", "x-none"])
def test_no_charset_brings_back_what_was_taken_out(charset: str) -> None:
    """UTF-7 was once read by browsers as markup: what is cleaned is what is shown."""
    head = f"Content-Type: text/html; charset={charset}\r\n\r\n".encode()
    for body in (
        b"+ADw-script+AD4-x()+ADw-/script+AD4-",
        b"<img src=x onerror=x()>",
        "<script>x()".encode("utf-16le"),
    ):
        found = _Seen()
        found.feed(letter(head + body).page)
        assert not found.tags & ACTS
        assert found.attributes <= HARMLESS
