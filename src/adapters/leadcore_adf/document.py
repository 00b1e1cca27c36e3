"""Reading ADF 1.0 as it really comes: wrong case, bare ampersands, cut tags; never a DOCTYPE or an entity (XXE)."""

import html
import re
from collections.abc import Iterator

from lxml import etree

_DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Of HTML's names XML knows five; others are text until they are unescaped as HTML.
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
# Word processors and mail programs turn the quotes of attributes into typographic ones; those of the text stay.
_TAG = re.compile(rb"<[^<>]{1,2000}>")
_CURLY = re.compile("|".join("“”„‟″‘’‚‛′").encode())
_STRAIGHT = {each.encode(): b"'" if each in "‘’‚‛′" else b'"' for each in "“”„‟″‘’‚‛′"}
_BOM = b"\xef\xbb\xbf"
MAX_BYTES = 256 * 1024
MAX_PROSPECTS = 50


class NotAdfError(Exception):
    """The bytes are no ADF document that we are willing to read."""


class Node:
    """One element, found by names in any case and any namespace."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    @property
    def name(self) -> str:
        """The local name, lower case."""
        return str(etree.QName(self._element).localname).lower()

    @property
    def text(self) -> str:
        """All text below, with single spaces."""
        return " ".join(html.unescape("".join(self._element.itertext(etree.Element))).split())

    def attribute(self, name: str) -> str:
        """The attribute's value in lower case, empty when there is none."""
        found = {etree.QName(key).localname.lower(): value for key, value in self._element.items()}
        return str(found.get(name, "")).strip().lower()

    def children(self, name: str) -> Iterator["Node"]:
        """Direct children called *name*."""
        for child in self._element.iterchildren(etree.Element):
            node = Node(child)
            if node.name == name:
                yield node

    def child(self, *path: str) -> "Node | None":
        """The first element at *path* below this one."""
        node: Node | None = self
        for name in path:
            node = next(node.children(name), None) if node is not None else None
        return node

    def said(self, *path: str) -> str:
        """The text at *path*, empty when there is none."""
        found = self.child(*path)
        return found.text if found is not None else ""

    def everything(self, name: str) -> list["Node"]:
        """Every element called *name* at or below this one."""
        return [node for element in self._element.iter(etree.Element) if (node := Node(element)).name == name]

    @property
    def source(self) -> bytes:
        """The element as UTF-8 XML."""
        return bytes(etree.tostring(self._element, encoding="utf-8", with_tail=False))


def read_prospects(body: bytes) -> list[Node]:
    """Return the prospects of a document (or a lone prospect). Raises `NotAdfError`."""
    if len(body) > MAX_BYTES:
        raise NotAdfError(f"the document is larger than {MAX_BYTES} bytes")
    if b"\0" in body or _DECLARES.search(body):
        raise NotAdfError("a DOCTYPE, an entity declaration or a 16-bit encoding is not read")
    # One parser per document: they keep state.
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_TAG.sub(_straight, _BARE.sub(b"&amp;", body.removeprefix(_BOM).strip())), parser)
    except (etree.XMLSyntaxError, ValueError) as cause:
        raise NotAdfError("the body is not XML") from cause
    # What hid behind a declared encoding is seen here.
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise NotAdfError("the body is not XML, or declares a DOCTYPE")
    found = Node(root).everything("prospect")
    if not found or len(found) > MAX_PROSPECTS:
        raise NotAdfError(f"the document has {len(found)} prospects, not 1 to {MAX_PROSPECTS}")
    return found


def _straight(tag: re.Match[bytes]) -> bytes:
    return _CURLY.sub(lambda found: _STRAIGHT[found.group()], tag.group())
