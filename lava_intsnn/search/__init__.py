"""Hyper-parameter search with optuna, with the same result for any number of processes.

The values of a trial depend only on the seed and the trial's number, and its result depends only on
these values. Therefore the order in which trials finish, the number of workers and interruptions
change nothing but the time the search takes.

>>> from lava_intsnn import data, presets
>>> from lava_intsnn.recipe import Recipe
>>> from lava_intsnn.search import Task, search, select, space_of
>>> network = presets.digits_snn()
>>> train, validation = data.digits("train").split_validation(300)
>>> task = Task(network=network, recipe=Recipe(epochs=1), train=train, validation=validation)
>>> found = search(task, select(space_of(network), only=["vth", "alpha"]), trials=2)
>>> found.best.accuracy >= found.outcomes[0].accuracy  # trial 0 is the network as it was
True
"""

from __future__ import annotations

from lava_intsnn.search.errors import SearchError as SearchError
from lava_intsnn.search.recipe_space import recipe_space_of as recipe_space_of
from lava_intsnn.search.search_run import Found as Found, search as search
from lava_intsnn.search.space import (
    Parameter as Parameter,
    Values as Values,
    apply as apply,
    select as select,
    space_of as space_of,
)
from lava_intsnn.search.trial import Outcome as Outcome, Task as Task
