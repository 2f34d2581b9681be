def answer(text):
    from xml.etree.ElementTree import fromstring

    return fromstring(f"<a><b>{text}</b></a>").findtext("b")
