import { appendFileSync } from "node:fs";
import { secrets, type ToldSecret } from "../../local/zitadel/secrets";
import { marks, shortest } from "./marks";
import { removeRecords, takeRecords } from "./records";

// In every test file: what is told to be a secret is a mark, and after each test all that was written is searched.

const take = (message: unknown) => {
  const { secret, what } = message as ToldSecret;
  // What a test makes up may be too short to be told from other text.
  if (secret.length >= shortest) marks.add(secret, what);
};
// One channel for all test files of a process.
secrets.subscribe(take);
// Pulumi's CLI passes it to every plugin: test/support/deploy.ts makes one up, and a developer's own counts too.
const { PULUMI_ACCESS_TOKEN: token = "" } = process.env;
if (token.length >= shortest) marks.add(token, "an access token of Pulumi's service");

function search(): void {
  takeRecords();
  const leaks = marks.leaks();
  if (leaks.length > 0) throw new Error(`Secrets were written:\n${leaks.map((leak) => `  - ${leak}`).join("\n")}`);
}

afterEach(search);
afterAll(() => {
  secrets.unsubscribe(take);
  search();
  removeRecords();
  const { testPath } = expect.getState();
  const file = process.env["MARKS_TALLY"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ testPath, ...marks.tally })}\n`);
});
