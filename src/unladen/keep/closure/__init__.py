"""What a kept file needs that no trace shows, or not reliably. One file per kind of need."""
