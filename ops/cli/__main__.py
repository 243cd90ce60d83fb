"""``python -m ops.cli``: the command where it is not installed."""

from ops.cli.app import main

if __name__ == "__main__":
    main()
