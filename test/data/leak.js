// A test that writes a secret, and one that does not: run by test/docs/marks.test.ts, to see that the first one fails.
const { startZitadel } = require("../../local/zitadel");
const { marks } = require("../support/marks");

let signingKey;
beforeEach(async () => {
  const zitadel = await startZitadel();
  ({ signingKey } = zitadel.add({ name: "hook", endpoint: "https://example.com", timeout: "1s", restAsync: {} }));
  await zitadel.stop();
});

test("leaks", () => marks.write("a log", `it is ${signingKey}`));
test("does not", () => marks.write("a log", `it is ${signingKey.length} characters long`));
