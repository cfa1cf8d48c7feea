"""The soft PLC's Modbus TCP server, by pymodbus: functions 3, 6 and 16 on its holding registers."""

import asyncio
from collections.abc import Sequence

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from marbleline.softplc.memory import WORDS, Memory


async def serve_modbus(memory: Memory, host: str, port: int, tear_s: float = 0.0) -> ModbusTcpServer:
    """Serve the memory on the running loop, as any device id; the caller calls ``shutdown``.

    ``tear_s``: write word by word with such a pause (seconds), as PLCs do that copy a request over several
    scans.
    """

    async def access(
        function: int,
        start: int,
        address: int,
        count: int,
        current: list[int],
        values: Sequence[int] | Sequence[bool] | None,
    ) -> ExcCodes | None:
        if values is None:
            current[address : address + count] = memory.read(address, count)
            return None
        words = [int(value) for value in values]
        if tear_s and len(words) > 1:
            for place, word in enumerate(words):
                memory.write(address + place, [word])
                await asyncio.sleep(tear_s)
        memory.write(address, words)
        memory.on_write(address, words)
        return None

    data = SimData(0, count=WORDS, values=0, datatype=DataType.REGISTERS)
    server = ModbusTcpServer(SimDevice(0, [data], action=access), address=(host, port))
    await server.serve_forever(background=True)
    return server
