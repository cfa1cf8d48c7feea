// A gate station in small, on PLC clients of another make: `node client.js s7|modbus PORT`.
// It waits for a trigger, says that the slab is good, and prints the PLC's words before and after as JSON.
"use strict";
const net = require("net");
const jsmodbus = require("jsmodbus");
const NodeS7 = require("nodes7");

const VISION = 100;
const PLC = 120;
const GOOD = 1;
const RUNNING = 1;

function overS7(port) {
  const plc = new NodeS7({ silent: true });
  const words = (first, count) => `DB1,WORD${2 * first}.${count}`;
  const ask = (call) =>
    new Promise((resolve, reject) => call((error, answer) => (error ? reject(new Error(`S7: ${error}`)) : resolve(answer))));
  return {
    open: () => ask((done) => plc.initiateConnection({ host: "127.0.0.1", port, rack: 0, slot: 1, timeout: 5000 }, done)),
    read: async (first, count) => {
      plc.addItems(words(first, count));
      const found = await ask((done) => plc.readAllItems(done));
      plc.removeItems();
      return found[words(first, count)];
    },
    write: (first, values) =>
      ask((done) => plc.writeItems(words(first, values.length), values.length === 1 ? values[0] : values, done)),
    close: () => plc.dropConnection(),
  };
}

function overModbus(port) {
  const socket = new net.Socket();
  const plc = new jsmodbus.client.TCP(socket, 1, 5000);
  return {
    open: () =>
      new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.connect({ host: "127.0.0.1", port }, resolve);
      }),
    read: async (first, count) => (await plc.readHoldingRegisters(first, count)).response.body.valuesAsArray,
    write: (first, values) => plc.writeMultipleRegisters(first, values),
    close: () => socket.destroy(),
  };
}

// CRC-16/MODBUS of the words' bytes, high byte of each first.
function crc(words) {
  let value = 0xffff;
  for (const byte of words.flatMap((word) => [word >> 8, word & 0xff])) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xa001 : value >> 1;
  }
  return value;
}

async function until(read, right) {
  for (;;) {
    const words = await read();
    if (right(words)) return words;
  }
}

async function main([protocol, port]) {
  const plc = { s7: overS7, modbus: overModbus }[protocol](Number(port));
  await plc.open();
  const status = () => plc.read(PLC, 8);
  const before = await status();
  const beat = async () => plc.write(VISION, [((await plc.read(VISION, 1)) * 1 + 1) & 0xffff, RUNNING]);
  await beat();
  const triggered = await until(status, (words) => words[2] !== before[2]);
  const sequence = triggered.slice(1, 3);
  const data = [...sequence, GOOD, 0, 0, 0, (1 << 8) | 1];
  await beat();
  await plc.write(VISION + 2, [...data, crc(data)]);
  await plc.write(VISION + 10, [sequence[1]]);
  const after = await until(status, (words) => words[5] === sequence[1]);
  console.log(JSON.stringify({ before, after, written: [...data, crc(data)], sequence: sequence[0] * 65536 + sequence[1] }));
  plc.close();
  process.exit(0);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(String(error));
  process.exit(1);
});
