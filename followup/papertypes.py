"""What a file is, by its first bytes: PDF and the picture formats of scanners and phones; never by its name. Pure."""

# Content type -> the ending that a download of it gets.
ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/tiff": "tif",
}
STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
# Brands of ISO 14496-12 files that hold a HEIF picture, as phones of several makers write them.
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})


def type_of(octets: bytes) -> str | None:
    """The content type; None for everything that is neither a PDF nor a picture of a known format."""
    for start, found in STARTS:
        if octets.startswith(start):
            return found
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "image/webp"
    if octets[4:8] == b"ftyp" and octets[8:12] in HEIC_BRANDS:
        return "image/heic"
    return None
