"""Whether two images behave the same: what is asked, what each answers, and how the answers are compared."""
