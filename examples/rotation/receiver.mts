import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { expressWebhook, receiver } from "pulumi-zitadel-actions/webhook";

const { PORT = "8090" } = process.env;

// The newest key and the one before. A restart forgets them: your own receiver reads them from a secret store.
const keys: string[] = [];

const hook = expressWebhook(
  receiver({
    signingKey: () => keys,
    onRefused: ({ code, message }) => console.error(`${code}: ${message}`),
  }).request("/zitadel.session.v2.SessionService/ListSessions", ({ payload }) =>
    console.log(`accepted ${payload.fullMethod}`),
  ),
);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/hook") return hook(request, response);
  if (request.method !== "PUT" || request.url !== "/keys") {
    response.writeHead(404).end();
    return;
  }
  keys.unshift(await text(request));
  keys.splice(2);
  response.writeHead(204).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.destroy(error as Error));
});

// Only this machine can reach it, because PUT /keys asks for no credential.
server.listen(Number(PORT), "localhost", () => console.log(`listening on port ${PORT}`));
