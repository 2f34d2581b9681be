"""python -m unladen"""

from unladen.cli import main

if __name__ == "__main__":
    main()
