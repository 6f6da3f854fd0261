import { createServer } from "node:http";
import { sentence, ZitadelError } from "../../provider/api/errors";
import type { JsonWebKeySet } from "../../webhook";

/** Serves an instance's public keys on this machine while `work` runs, as a ZITADEL server does. */
export async function withKeysServer<T>(port: number, keys: JsonWebKeySet, work: () => Promise<T>): Promise<T> {
  const server = createServer(({ url }, response) => {
    const isKeys = url === "/oauth/v2/keys";
    response.writeHead(isKeys ? 200 : 404, { "content-type": "application/json" });
    response.end(isKeys ? JSON.stringify(keys) : "{}");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code = "" }: NodeJS.ErrnoException) =>
      reject(
        new ZitadelError(
          "settings",
          sentence(`listening on port ${port}`, code, "Choose another port with --keys-port."),
          { operation: "serve keys" },
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  try {
    return await work();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
