import { conversations, openServer, replay } from "../../support/replay";

const cases = Object.entries(conversations());

test("the recording holds eleven conversations", () => {
  expect(cases.map(([name]) => name)).toEqual([
    "create webhook, get, delete, get",
    "executions: conditions",
    "names",
    "payload types",
    "public keys",
    "rotation",
    "search",
    "shape",
    "timeouts accepted",
    "update: nothing and one field each",
    "update: the flag born true",
  ]);
});

test.each(cases)("conversation: %s", async (_name, conversation) => {
  const server = await openServer();
  try {
    expect(await replay(server, conversation)).toEqual(conversation);
  } finally {
    await server.close();
  }
});
