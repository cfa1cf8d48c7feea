"""Pictures made to hurt whoever decodes them; each is small."""

import io
import struct
import zlib

from PIL import Image


def wide_png(side: int = 7_070, claimed: int = 0) -> bytes:
    """RGBA, within the limit of pixels: 200 kB that are 200 MB in memory, 700 MB with all careless copies."""
    row = zlib.compressobj(9)
    packed = b"".join(row.compress(b"\0" * (side * 4 + 1)) for _ in range(side)) + row.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", struct.pack(">IIBBBBB", claimed or side, claimed or side, 8, 6, 0, 0, 0)),
            (b"IDAT", packed),
            (b"IEND", b""),
        )
    )


def scanned_jpeg(scans: int = 20_000, side: int = 1_024) -> bytes:
    """A progressive JPEG that goes over the picture again and again, each time with nothing to add."""
    buffer = io.BytesIO()
    Image.effect_noise((side, side), 20).save(buffer, "JPEG", progressive=True, quality=30)
    data = buffer.getvalue()
    # A refinement of no coefficient: its scan is a header and an empty run of blocks.
    empty = b"\xff\xda\x00\x08\x01\x01\x00\x3f\x3f\x00"
    return data[:-2] + empty * scans + data[-2:]


def chunked_png(chunks: int = 150_000) -> bytes:
    """A small PNG cut into pieces of nothing."""
    buffer = io.BytesIO()
    Image.new("L", (64, 64)).save(buffer, "PNG")
    data = buffer.getvalue()
    place = data.index(b"IDAT") - 4
    return data[:place] + _chunk(b"tEXt", b"") * chunks + data[place:]


def animated_png(frames: int = 300) -> bytes:
    """An animation: its first picture is judged, and nobody sends so many from a camera."""
    buffer = io.BytesIO()
    pictures = [Image.new("L", (32, 32), number % 251) for number in range(frames)]
    pictures[0].save(buffer, "PNG", save_all=True, append_images=pictures[1:])
    return buffer.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
