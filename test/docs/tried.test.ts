import { join } from "node:path";
// eslint-disable-next-line @typescript-eslint/no-require-imports -- a script of its own, that CI runs
const { corrected } = require("../support/tried.js") as { corrected: (text: string, results: object) => string };

const file = (name: string, ...statuses: string[]) => ({
  name: join(__dirname, "..", "provider", "api", name),
  assertionResults: statuses.map((status) => ({ status })),
});
const results = {
  testResults: [
    file("hostile-size.test.ts", "passed", "passed", "pending"),
    file("hostile-types.test.ts", "passed"),
    file("retries.test.ts", "passed"),
  ],
};
const row = (tried: string, files: string) => `| a fault | ${tried} | nothing | \`npm test -- ${files}\` |`;

test.each([
  ["test/provider/api/hostile-size", 2],
  ["test/provider/api/hostile", 3],
  ["test/provider/api/hostile-types test/provider/api/retries", 2],
  ["test/gone", 0],
])("a row of %s has %d tests", (files, count) => {
  expect(corrected(row("9 tests", files), results)).toBe(row(`${count} tests`, files));
  // As wide as it was: the table stays formatted.
  expect(corrected(row("TBD tests", files), results)).toBe(row(`${count} tests  `, files));
});

test("other lines stay as they are", () => {
  const text = "999 tests\n| 999 tests | `npm run soak` |\n\n`npm test -- test/provider/api/retries`\n";
  expect(corrected(text, results)).toBe(text);
});
