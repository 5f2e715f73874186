"""Client and server of general block transfer, joined in memory by a line that loses, repeats and reorders."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from conformance.dlms import apdu as apdus
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.meter.general_blocks.block_server import BlockServer
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.tester.block_transfer.client import BlockClient, BlockOptions

MOST_TURNS = 200_000


@dataclass
class Line:
    """What becomes of blocks on their way: shares of them lost, repeated, and swapped with the next."""

    loses: float = 0.0
    repeats: float = 0.0
    swaps: float = 0.0
    random: Random = field(default_factory=lambda: Random(1))
    lost: int = 0

    def carry(self, octets: list[bytes]) -> list[bytes]:
        arrived: list[bytes] = []
        for item in octets:
            if self.random.random() < self.loses:
                self.lost += 1
                continue
            arrived += [item, item] if self.random.random() < self.repeats else [item]
        for place in range(len(arrived) - 1):
            if self.random.random() < self.swaps:
                arrived[place], arrived[place + 1] = arrived[place + 1], arrived[place]
        return arrived


@dataclass
class Joined:
    """One transfer from end to end."""

    request: bytes
    reply: bytes | None
    options: BlockOptions = field(default_factory=lambda: BlockOptions(in_blocks=True))
    request_limit: int = 64
    reply_limit: int = 64
    server_window: int = 6
    line: Line = field(default_factory=Line)
    faults: frozenset[str] = frozenset()
    sent: list[GeneralBlockTransfer] = field(default_factory=list)
    received: list[GeneralBlockTransfer] = field(default_factory=list)
    served: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = 0.0
        self.client = BlockClient(self.options, self.request, self.request_limit, self.reply_limit)
        self.server = BlockServer(GeneralBlockSettings(window=self.server_window), self.faults, lambda: b"\xd8\x01\x01")

    def serve(self, request: bytes) -> bytes | None:
        self.served.append(request)
        return self.reply

    def run(self) -> Joined:
        """To the end; fails when there is none."""
        if self.client.in_blocks:
            blocks, pending = self.client.start(), []
        else:
            blocks, pending = [], list(self.server.begin(self.serve(self.request), self.reply_limit, self.now))
        for _ in range(MOST_TURNS):
            pending = self.line.carry(pending + self._to_server(blocks))
            blocks = self._to_client(pending) if pending else self._silence()
            pending = []
            if not self.client.going:
                return self
        raise AssertionError("the transfer has no end")

    def _to_server(self, blocks: list[GeneralBlockTransfer]) -> list[bytes]:
        answers: list[bytes] = []
        for block in blocks:
            self.client.deliver(block)
            self.sent.append(block)
        for octets in self.line.carry([block.encode() for block in blocks]):
            block = apdus.decode(octets)
            assert isinstance(block, GeneralBlockTransfer)
            assert not self.request_limit or len(octets) <= self.request_limit
            answers += self.server.take(block, self.reply_limit, self.serve, self.now)
        return answers

    def _to_client(self, octets: list[bytes]) -> list[GeneralBlockTransfer]:
        blocks: list[GeneralBlockTransfer] = []
        for item in octets:
            if not self.client.going:
                break
            if item[0] == 0xE0:
                self.received.append(apdus.decode(item))
            blocks += self.client.take(item, len(self.received))
        return blocks or (self._silence() if self.client.going else [])

    def _silence(self) -> list[GeneralBlockTransfer]:
        self.now += 1.0
        return self.client.silent(1.0)
