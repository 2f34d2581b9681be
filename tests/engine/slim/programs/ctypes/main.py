"""Loads libraries of the system by the name that a linker would use, which asks ldconfig where they are."""

import ctypes
import ctypes.util
import sys

if sys.argv[1] == "magic":
    import magic

    sys.exit(print(magic.from_buffer(sys.argv[2].encode(), mime=True)))
found = ctypes.util.find_library(sys.argv[1])
print(found)
if sys.argv[1] == "z":
    print(ctypes.CDLL(found).crc32(0, b"unladen", 7) & 0xFFFFFFFF)
if sys.argv[1] == "m":
    library = ctypes.CDLL(found)
    library.cbrt.restype, library.cbrt.argtypes = ctypes.c_double, [ctypes.c_double]
    print(library.cbrt(27.0))
