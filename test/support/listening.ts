import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the current test opened: closed after it. */
export const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Starts a server on a free port, unless it listens already, and closes it after the test. Returns the port. */
export async function listening(server: Server): Promise<number> {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The same. Returns the address of the receiver. */
export async function listeningAt(server: Server): Promise<string> {
  return `http://127.0.0.1:${await listening(server)}/zitadel`;
}
