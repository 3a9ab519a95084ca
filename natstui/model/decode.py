"""What a payload says: unwrapped from compression and base64, never larger than asked for.

It is recognised by itself, unless the user said what it is (`natstui.model.decoders`).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import importlib
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from natstui.model.decoders import WRAPPINGS, Steps
from natstui.model.json_lines import Line, json_lines, looks_like_json
from natstui.model.packed import NotPackedError, Packed, as_json, read_cbor, read_msgpack

SHOW_LIMIT = 256 * 1024
LOAD_LIMIT = 32 * 1024 * 1024
MAX_LAYERS = 4
HEX_WIDTH = 16
PREVIEW_BYTES = 64
# Of MessagePack and CBOR: more would keep keys waiting.
MOST_PACKED = 256 * 1024

Kind = Literal["empty", "json", "text", "binary"]

# Shorter than this, an ordinary word is as likely as base64.
_BASE64_MIN = 16
_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]+={0,2}[\r\n]*|[A-Za-z0-9_\-\r\n]+={0,2}[\r\n]*")
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_SPACES = re.compile(r"[ \t\r\n]+")
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A payload after unwrapping.

    `layers` names what was taken off, outermost first ("base64", "gzip"). `data` is what was
    inside, at most `limit` bytes; `whole` is False if there is more. `problem` says what was
    recognised and could not be undone, or "".
    """

    layers: tuple[str, ...]
    data: bytes
    whole: bool
    kind: Kind
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    data: bytes
    whole: bool = True
    problem: str = ""


def decode(
    payload: bytes, limit: int = SHOW_LIMIT, *, unwrap: bool = True, steps: Steps = ()
) -> Decoded:
    """Unwrap `payload` and say what it is; `unwrap=False` leaves it as it was on the wire.

    With `steps` that is done and nothing else, whatever it looks like.
    """
    layers: list[str] = []
    data, whole, problem = payload, True, ""
    for layer in _layers(payload, limit, steps) if unwrap else ():
        problem = layer.problem
        if layer.name:
            layers.append(layer.name)
            data, whole = layer.data, whole and layer.whole
    if len(data) > limit:
        data, whole = data[:limit], False
    plain = Decoded(tuple(layers), data, whole, *_as_kind(data, whole), problem)
    return _formatted(plain, steps, limit) if unwrap else plain


def preview(payload: bytes, limit: int = 512, steps: Steps = ()) -> tuple[Kind, str]:
    """The beginning of a payload on one line: what a list of messages shows."""
    decoded = decode(payload, limit, steps=steps)
    if decoded.kind == "binary":
        text = decoded.data[:PREVIEW_BYTES].hex(" ")
    else:
        text = _SPACES.sub(" ", decoded.text).strip(" ")
    if decoded.layers:
        text = f"{'+'.join(decoded.layers)} \N{BLACK RIGHT-POINTING SMALL TRIANGLE} {text}"
    return decoded.kind, text


def lines(decoded: Decoded, view: Literal["json", "text"]) -> Iterator[Line]:
    """The lines of one view, made as they are asked for."""
    return json_lines(decoded.text) if view == "json" else text_lines(decoded.text)


def text_lines(text: str) -> Iterator[Line]:
    """Plain lines, with tabs as spaces."""
    position = 0
    while position <= len(text):
        end = _LINE_END.search(text, position)
        stop, following = (end.start(), end.end()) if end else (len(text), len(text) + 1)
        yield [("plain", text[position:stop].expandtabs(4))]
        position = following


def hex_rows(data: bytes, width: int = HEX_WIDTH) -> int:
    """How many lines a hex view has."""
    return -(-len(data) // width)


def hex_line(data: bytes, row: int, width: int = HEX_WIDTH) -> Line:
    """One line of a hex view: offset, bytes in groups of eight, and the printable ASCII."""
    start = row * width
    chunk = data[start : start + width]
    groups = [chunk[at : at + 8].hex(" ").ljust(23) for at in range(0, width, 8)]
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
    return [("note", f"{start:08x}  "), ("plain", "  ".join(groups)), ("string", f"  {shown}")]


def _layers(payload: bytes, limit: int, steps: Steps) -> Iterator[_Layer]:
    """What is taken off, outermost first; a layer without a name only says why it ends there."""
    data = payload
    for step in steps:
        if step in WRAPPINGS:
            layer = _unwrap_as(step, data, limit) or _Layer("", data, problem=f"this is no {step}")
            yield layer
            data = layer.data
            if not layer.name:
                return
    for _ in range(0 if steps else MAX_LAYERS):
        found = _unwrap_once(data, limit)
        if found is None:
            return
        yield found
        data = found.data
        if not found.name:
            return


def _unwrap_as(step: str, data: bytes, limit: int) -> _Layer | None:
    match step:
        case "gzip":
            return _inflate("gzip", data, limit, zlib.MAX_WBITS | 16)
        case "zlib":
            return _inflate("zlib", data, limit, zlib.MAX_WBITS)
        case "zstd":
            return _zstd(data, limit)
    return _from_base64(data, limit)


def _unwrap_once(data: bytes, limit: int) -> _Layer | None:
    if data.startswith(_GZIP):
        return _inflate("gzip", data, limit, zlib.MAX_WBITS | 16)
    if len(data) > 6 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0:
        return _inflate("zlib", data, limit, zlib.MAX_WBITS)
    if data.startswith(_ZSTD):
        return _zstd(data, limit)
    return _base64(data, limit)


def _inflate(name: str, data: bytes, limit: int, wbits: int) -> _Layer | None:
    inflater = zlib.decompressobj(wbits)
    try:
        # One byte more than asked for tells an exact fit from a bomb.
        plain = inflater.decompress(data, limit + 1)
    except zlib.error:
        return None
    if len(plain) > limit:
        return _Layer(name, plain[:limit], whole=False)
    if not inflater.eof:
        return _Layer(name, plain, whole=False, problem=f"the {name} stream ends early")
    if inflater.unused_data:
        left = len(inflater.unused_data)
        return _Layer(name, plain, problem=f"{left:,} bytes follow the {name} stream")
    return _Layer(name, plain)


def _zstd(data: bytes, limit: int) -> _Layer | None:
    make = _zstd_decompressor()
    if make is None:
        return _Layer("", data, problem="zstd: shown compressed, Python 3.14 could unwrap it")
    decompressor = make()
    try:
        plain: bytes = decompressor.decompress(data, limit + 1)
    except Exception:  # the module, and with it the error's class, exists from 3.14 on only
        return None
    return _Layer("zstd", plain[:limit], whole=len(plain) <= limit and decompressor.eof)


def _zstd_decompressor() -> Callable[[], Any] | None:
    try:
        module: Any = importlib.import_module("compression.zstd")
    except ImportError:
        return None
    make: Callable[[], Any] = module.ZstdDecompressor
    return make


def _base64(data: bytes, limit: int) -> _Layer | None:
    if len(data) < _BASE64_MIN:
        return None
    layer = _from_base64(data, limit)
    return layer if layer and _means_something(layer.data, layer.whole) else None


def _from_base64(data: bytes, limit: int) -> _Layer | None:
    # Four characters for three bytes, and room for line ends.
    head = data[: (limit // 3 + 1) * 4 * 2]
    if not _BASE64.fullmatch(head):
        return None
    compact = head.translate(None, b"\r\n")
    whole = len(head) == len(data)
    try:
        plain = base64.b64decode(_standard(compact, whole), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _Layer("base64", plain, whole)


def _standard(compact: bytes, whole: bool) -> bytes:
    compact = compact.translate(bytes.maketrans(b"-_", b"+/"))
    if not whole:
        return compact[: len(compact) // 4 * 4]
    return compact if compact.endswith(b"=") else compact + b"=" * (-len(compact) % 4)


def _means_something(plain: bytes, whole: bool) -> bool:
    """Any word of the right length is valid base64; only what it hides tells them apart."""
    if plain.startswith((_GZIP, _ZSTD)):
        return True
    text, readable = _as_text(plain[:4096], whole and len(plain) <= 4096)
    return readable and bool(text)


def _as_text(data: bytes, whole: bool) -> tuple[str, bool]:
    """UTF-8 with what is none of it as \\xNN, and whether a person would call it text."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        # A cut may run through a character; that does not make it binary.
        text = decoder.decode(data, final=whole)
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace"), False
    head = text[:4096]
    strange = sum(1 for char in head if char < " " and char not in "\t\n\r\x1b\f")
    return text, "\0" not in head and strange * 20 <= len(head)


def _as_kind(data: bytes, whole: bool) -> tuple[Kind, str]:
    text, readable = _as_text(data, whole)
    if not text:
        return "empty", text
    if not readable:
        return "binary", text
    return ("json" if looks_like_json(text) else "text"), text


# Formats


def _formatted(plain: Decoded, steps: Steps, limit: int) -> Decoded:
    """In the format that was told; else MessagePack and CBOR are recognised."""
    if plain.kind == "empty":
        return plain
    match steps[-1] if steps else None:
        case "json":
            return replace(plain, kind="json")
        case "text":
            return replace(plain, kind="text")
        case "hex":
            return replace(plain, kind="binary")
        case "msgpack" | "cbor" as format:
            return _packed(plain, format, limit)
    return _recognised(plain, limit) if plain.kind == "binary" and not steps else plain


def _packed(plain: Decoded, format: Literal["msgpack", "cbor"], limit: int) -> Decoded:
    try:
        packed = _PACKED[format](plain.data, min(limit, MOST_PACKED))
    except NotPackedError as error:
        return replace(plain, problem=plain.problem or f"this is no {format}: {error}")
    return _with_text(plain, format, packed)


def _recognised(plain: Decoded, limit: int) -> Decoded:
    """An object whose first key is a text, to the end of what is there: hardly anything else is."""
    for format, read in _PACKED.items():
        with suppress(NotPackedError):
            packed = read(plain.data, min(limit, MOST_PACKED))
            if packed.text.startswith('{"') and not packed.text.startswith(_NO_TEXT_KEYS):
                return _with_text(plain, format, packed)
    return plain


def _with_text(plain: Decoded, format: str, packed: Packed) -> Decoded:
    whole = plain.whole and packed.whole
    layers = (*plain.layers, format)
    return replace(plain, layers=layers, whole=whole, kind="json", text=packed.text)


_PACKED: dict[str, Callable[[bytes, int], Packed]] = {
    "msgpack": lambda data, limit: as_json(data, read_msgpack, limit),
    "cbor": lambda data, limit: as_json(data, read_cbor, limit),
}
_NO_TEXT_KEYS = tuple(f'{{"{key}' for key in ("tag ", "h'", "simple(", *"0123456789-"))
