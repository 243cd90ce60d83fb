"""Run ``python -m ops.policy_pages [--check]``."""

import sys

from ops.policy_pages.pages import main

if __name__ == "__main__":
    sys.exit(main())
