"""``python -m lava_intsnn.cli``: the command line without its entry point."""

import sys

from lava_intsnn.cli import main

sys.exit(main())
