def run(text):
    from textwrap import shorten

    return shorten(text.upper(), 40)
