"""``python -m lava_intsnn``: the command line without the installed script."""

import sys

from lava_intsnn.cli import main

sys.exit(main())
