"""What unladen knows of languages: one interface, and a folder for each language with its ladder and its ecosystem."""
