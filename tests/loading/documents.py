"""Random documents of Turtle and TriG with random layout, and where each of their triples is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

NAMESPACES = {"": "http://e.org/", "p": "http://e.org/p#", "a.b": "http://e.org/dots/", "é": "http://e.org/é/"}
OTHER_NAMESPACES = ("http://other.org/", "http://e.org/é#")
LOCAL_NAMES = ("x", "y", "a.b", "1.5", "é𝄞", "a:b", "%41", "x\\,y", "x\\.", "x-z", "a..b", "", "a\\~")
LABELS = ("x", "a.b", "é", "0", "x-1")
TEXTS = ("", "a", "é𝄞.", '"', "'", "a\nb", "# no comment", "<x> . [ (", "\\", "@prefix : <x> .", "a\r\nb", "{", "\t;")
GAPS = (" ", "\n", "\r\n", "\t", "\r", "  ", " # a comment. with \" ' < [ ( { marks\n", "#\r\n")


@dataclass
class Placed:
    """A triple as written: offsets of its subject and its object, and the object's text."""

    subject: int
    predicate: int
    object: int
    text: str


@dataclass
class Document:
    """A text under construction."""

    trig: bool = False
    text: str = ""
    placed: list[Placed] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    base: bool = False


class Writer:
    """Writes one document with the choices that ``draw`` makes."""

    def __init__(self, draw: st.DrawFn, *, trig: bool) -> None:
        self._draw = draw
        self.document = Document(trig=trig)
        self._names = 0

    def _pick(self, options: tuple[str, ...]) -> str:
        return self._draw(st.sampled_from(options))

    def _chance(self, of: int = 2) -> bool:
        return self._draw(st.integers(0, of - 1)) == 0

    def gap(self, *, must: bool = True) -> None:
        document = self.document
        if must or self._chance():
            for _ in range(self._draw(st.integers(1, 2))):
                document.text += self._pick(GAPS)

    def put(self, token: str, *, tight: bool = False) -> int:
        """Write a token after a gap (``tight``: perhaps without one) and give its offset."""
        self.gap(must=not tight)
        offset = len(self.document.text)
        self.document.text += token
        return offset

    def directive(self) -> None:
        prefix = self._pick(tuple(NAMESPACES))
        iri = self._pick((NAMESPACES[prefix], *OTHER_NAMESPACES))
        sparql = self._chance()
        if self._chance(6):
            self.put(self._pick(("BASE", "base")) if sparql else "@base")
            self.put("<http://base.org/d/f>", tight=True)
            self.document.base = True
        else:
            self.put(self._pick(("PREFIX", "prefix", "PreFix")) if sparql else "@prefix")
            self.put(prefix + ":")
            self.put(f"<{iri}>", tight=True)
            self.document.declared[prefix] = iri
        if not sparql:
            self.put(".", tight=True)

    def iri(self) -> str:
        if self._chance(4) or not self.document.declared:
            return "<http://e.org/" + self._pick(("x", "y#z", "\\u00e9", "q?a=b.c;d,e")) + ">"
        if self.document.base and self._chance(4):
            return "<" + self._pick(("", "#x", "../y", "?q", "//h.org/z", "./g")) + ">"
        prefix = self._pick(tuple(self.document.declared))
        return prefix + ":" + self._pick(LOCAL_NAMES)

    def literal(self) -> str:
        kind = self._draw(st.integers(0, 5))
        if kind == 0:
            return self._pick(("1", "-1.5", "+.5", "1e5", "1.e-3", "true", "false", "007", "1.50"))
        value = self._pick(TEXTS).replace("\\", "\\\\")
        quote = self._pick(('"', "'", '"""', "'''"))
        if len(quote) == 1:
            value = value.replace("\n", "\\n").replace("\r", "\\r").replace(quote, "\\" + quote)
        else:
            value = value.replace(quote[0], "\\" + quote[0])
        written = quote + value + quote
        if kind == 1:
            return written + self._pick(("@en", "@en-GB", "@de-CH-1996"))
        if kind == 2:
            return written + "^^" + self.iri()
        return written

    def subject(self) -> str:
        return "_:" + self._pick(LABELS) if self._chance(4) else self.iri()

    def object(self, subject: int, predicate: int, depth: int) -> None:
        document = self.document
        kind = self._draw(st.integers(0, 7))
        if kind == 0 and depth:
            placed = Placed(subject, predicate, self.put("[", tight=True), "")
            document.placed.append(placed)
            if self._chance(5):
                self.put("]", tight=True)
            else:
                self.predicate_objects(placed.object, depth - 1)
                self.put("]", tight=True)
            placed.text = document.text[placed.object :]
        elif kind == 1 and depth:
            placed = Placed(subject, predicate, self.put("(", tight=True), "")
            document.placed.append(placed)
            self.collection(placed.object, depth - 1)
            placed.text = document.text[placed.object :]
        else:
            token = self.subject() if kind < 5 else self.literal()
            tight = token[0] in "<\"'" and document.text[-1] not in "<\"'"
            document.placed.append(Placed(subject, predicate, self.put(token, tight=tight), token))

    def collection(self, start: int, depth: int) -> None:
        """Write the items and the closing bracket of a collection that was opened at ``start``."""
        placed = self.document.placed
        node = start
        count = self._draw(st.integers(0, 3))
        for order in range(count):
            before = len(placed)
            self.object(node, 0, depth)
            item = placed[before]
            item.predicate = item.object
            if order:
                placed.append(Placed(node, item.object, item.object, item.text))
                node = item.subject = item.object
        closing = self.put(")", tight=True)
        if count:
            placed.append(Placed(node, closing, closing, ")"))

    def predicate_objects(self, subject: int, depth: int) -> None:
        for order in range(self._draw(st.integers(1, 3))):
            if order:
                self.put(";", tight=True)
                if self._chance(6):
                    self.put(";", tight=True)
            predicate = self.put("a" if self._chance(4) else self.iri())
            for again in range(self._draw(st.integers(1, 2))):
                if again:
                    self.put(",", tight=True)
                self.object(subject, predicate, depth)
        if self._chance(6):
            self.put(";", tight=True)

    def statement(self, depth: int = 3) -> None:
        kind = self._draw(st.integers(0, 6))
        if kind == 0:
            start = self.put("[")
            self.predicate_objects(start, depth - 1)
            self.put("]", tight=True)
            if self._chance():
                self.predicate_objects(start, depth)
        elif kind == 1:
            start = self.put("(")
            self.collection(start, depth - 1)
            self.predicate_objects(start, depth)
        elif kind == 2:
            start = self.put("[]")
            self.predicate_objects(start, depth)
        else:
            self.predicate_objects(self.put(self.subject()), depth)

    def block(self) -> None:
        label = self._draw(st.integers(0, 4))
        if label == 1:
            self.put(self._pick(("GRAPH", "graph")))
        if label in (1, 2):
            self.put(self.subject())
        elif label == 3:
            self.put("[]" if self._chance() else "[ ]")
        self.put("{", tight=True)
        for order in range(self._draw(st.integers(0, 3))):
            if order:
                self.put(".")
            self.statement()
        if self.document.text.rstrip()[-1] not in "{" and self._chance():
            self.put(".")
        self.put("}", tight=False)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents of up to six statements, directives or blocks."""
    writer = Writer(draw, trig=draw(st.booleans()))
    for prefix, iri in NAMESPACES.items():
        writer.put("@prefix")
        writer.put(prefix + ":")
        writer.put(f"<{iri}>", tight=True)
        writer.put(".", tight=True)
        writer.document.declared[prefix] = iri
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            writer.directive()
        elif kind == 1 and writer.document.trig:
            writer.block()
        else:
            writer.statement()
            writer.put(".")
    writer.gap(must=False)
    return writer.document
