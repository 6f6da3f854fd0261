import { conversations, openServer, replay, type Exchange } from "./support/replay";

const isAboutTargets = ({ request }: Exchange) => /^\w+ \/v2\/actions\/targets(\/[^/]+)?$/.test(request);
const cases = Object.entries(conversations()).filter(([, conversation]) => conversation.every(isAboutTargets));

test("the recording holds nine conversations about targets alone", () => {
  expect(cases.map(([name]) => name)).toEqual([
    "create webhook, get, delete, get",
    "names",
    "payload types",
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
