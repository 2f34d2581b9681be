def answer(text):
    from decimal import Decimal

    return f"{Decimal(text) * 3:.4f}"
