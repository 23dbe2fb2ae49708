// Starts the GitHub service of `emulate` on loopback: `node emulate.mjs PORT`, with the seed as JSON
// on standard input. Says `ready ADDRESS` when it is.
//
// The pinned version listens on all interfaces, so whoever listens without an address is told one.

import { readFileSync } from "node:fs";
import { Server } from "node:net";

const listen = Server.prototype.listen;
Server.prototype.listen = function (...args) {
  if (typeof args[0] === "number") {
    args.splice(1, typeof args[1] === "string" ? 1 : 0, "127.0.0.1");
  } else if (args[0] !== null && typeof args[0] === "object") {
    args[0] = { ...args[0], host: "127.0.0.1" };
  }
  return listen.apply(this, args);
};

const { createEmulator } = await import("emulate");
const port = Number(process.argv[2]);
const baseUrl = `http://127.0.0.1:${port}`;
await createEmulator({ service: "github", port, baseUrl, seed: JSON.parse(readFileSync(0, "utf8")) });
// It says that it is there a little before it listens.
for (let tries = 0; ; tries++) {
  try {
    await fetch(`${baseUrl}/`);
    break;
  } catch (error) {
    if (tries === 200) throw error;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
process.stdout.write(`ready ${baseUrl}\n`);
