def answer(text):
    import bz2
    import lzma

    return bz2.decompress(bz2.compress(text.encode())).decode() + lzma.compress(b"").hex()[:12]
