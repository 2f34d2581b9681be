"""Dockerfiles: read without loss, edited by spans, and understood as BuildKit understands them."""
