"""Languages and character sets: the C library's locales, Python's codecs, iconv(1), and names of hosts."""

import locale
import subprocess
import sys
import time

tasks = iter(sys.argv[1:])
for task, name in zip(tasks, tasks, strict=True):
    if task == "locale":
        try:
            print(locale.setlocale(locale.LC_ALL, name))
        except locale.Error as error:
            sys.exit(f"{name}: {error}")
        print(locale.getpreferredencoding(False), locale.localeconv()["decimal_point"])
        print(ascii(time.strftime("%A %B", (2024, 3, 5, 0, 0, 0, 1, 65, 0))), f"{1234567.5:n}")
    elif task == "codec":
        print("Zürich – 5 €".encode(name, "replace"))
    elif task == "iconv":
        done = subprocess.run(
            ["iconv", "-f", "UTF-8", "-t", name], input="Zurich 東京".encode(), capture_output=True
        )
        print(done.returncode, done.stdout, done.stderr.decode().partition("\n")[0])
    else:
        print(name.encode("idna"), name.encode("punycode"))
