"""``python -m marbleline`` is ``marbleline``."""

import sys

from marbleline.cli import main

sys.exit(main())
