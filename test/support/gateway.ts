import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A gateway on a free port. It passes on each request as it is, with the host to which it was sent, to a port of this machine.
 *
 * @param portFor the port for a request; without one, the gateway answers 502.
 */
export async function startGateway(portFor: (incoming: IncomingMessage) => number | undefined) {
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const port = portFor(incoming);
    if (port === undefined) {
      outgoing.writeHead(502).end();
      return;
    }
    const forwarded = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}
