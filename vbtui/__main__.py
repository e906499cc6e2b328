"""`python -m vbtui` is the same door as the installed command."""

from vbtui.cli import main

if __name__ == "__main__":
    main()
