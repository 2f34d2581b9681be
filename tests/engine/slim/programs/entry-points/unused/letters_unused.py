def run(text):
    raise SystemExit("nobody asks for this one")
