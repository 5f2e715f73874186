"""Distribution over workers: one worker per line, so that never two processes talk to one meter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from conformance.harness.slot import AT


class LineScheduling(LoadScopeScheduling):
    """Gives all items of a line to one worker, in their order.

    Embedded meters have no line: each worker has its own, and items go by test function.
    """

    def __init__(self, config: pytest.Config, log: Producer, lines: Mapping[str, str | None]) -> None:
        super().__init__(config, log)
        self._lines = lines

    def remove_node(self, node: WorkerController) -> str | None:
        """Take a worker out and give the item that it died of, which is not run again: it would kill the next one."""
        workload = self.assigned_work.pop(node)
        pending = [(unit, nodeid) for unit in workload.values() for nodeid, finished in unit.items() if not finished]
        if not pending:
            return None
        unit, died_of = pending[0]
        unit[died_of] = True
        self.workqueue.update({scope: unit for scope, unit in workload.items() if not all(unit.values())})
        for other in self.nodes:
            self._reschedule(other)
        return str(died_of)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a worker its next items; one that took the place of a lost one gets none before it has collected."""
        if node in self.registered_collections:
            super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        function, _, parameters = nodeid.partition("[")
        several = len(self._lines) > 1
        device = parameters.rpartition(AT)[2].removesuffix("]") if several else next(iter(self._lines))
        line = self._lines.get(device)
        return line if line is not None else f"{function}{AT}{device}"
