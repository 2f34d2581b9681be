def answer(name):
    from jinja2 import Environment

    return Environment(autoescape=True).from_string("<p>Hello {{ name|title }}</p>").render(name=name)
