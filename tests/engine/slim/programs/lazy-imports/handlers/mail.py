def answer(name):
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = f"Grüße, {name}"
    message.set_content("äöü")
    return message.as_string()
