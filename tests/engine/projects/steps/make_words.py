from pathlib import Path

Path("made").mkdir()
Path("made/words.txt").write_text("\n".join(f"word {number}" for number in range(100)) + "\n")
