"""`python -m webui` is the command `webui`."""

from webui.cli import main

if __name__ == "__main__":
    main()
