"""Lets the system's tools do the work: one by name, some through the shell, one that is not there."""

import shutil
import subprocess
import sys

task = sys.argv[1]
if task == "query":
    done = subprocess.run(["jq", "-c", sys.argv[2]], stdin=sys.stdin, capture_output=True, text=True)
    print(done.returncode, done.stdout.strip(), done.stderr.strip())
elif task == "words":
    print(
        subprocess.check_output(
            "tr -s ' ' '\\n' | sort | uniq -c | sort -rn | head -3", shell=True, text=True
        )
    )
elif task == "pack":
    made = subprocess.check_output("tar -C /app -czf - main.py | tar -tzf -", shell=True, text=True)
    print(made, shutil.which("gzip"))
else:
    try:
        subprocess.run([task])
    except FileNotFoundError as error:
        print(error)
