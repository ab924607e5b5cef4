"""``python -m lava_intsnn.cli``: the command line without the installed script."""

import sys

from lava_intsnn.cli import main

sys.exit(main())
