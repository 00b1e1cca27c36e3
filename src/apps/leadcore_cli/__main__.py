"""`python -m leadcore_cli` is the `leadcore` command."""

from leadcore_cli.main import main

if __name__ == "__main__":
    main()
