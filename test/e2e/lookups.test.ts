import { join } from "node:path";
import { openStage, programs, type Stage } from "../support/deploy";

// Lookups of a target that the program itself declares: with an id that a preview does not know, and inside an `apply`.

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ projectDir: join(programs, "applied") });
});
afterAll(() => stage.close());

test("while the id is unknown they send nothing, and then they find the target", async () => {
  const planned = await stage.run("preview");
  expect(planned).toMatchObject({ exitCode: 0, requests: {} });

  const { exitCode, outputs, requests } = await stage.run("up");
  const [target] = stage.zitadel.targets();
  const found = Object.fromEntries(["byOutput", "inApply", "outputInApply"].map((name) => [name, { value: "hook" }]));
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { create: 1, search: 1 } });
  expect(outputs).toMatchObject({ ...found, signingKey: { value: target?.signingKey, secret: true } });
});

test("one that finds nothing ends the program with a message that says so, and changes nothing", async () => {
  stage.declare({}, { WANTED: "400661751630138406" });
  const { exitCode, text, requests } = await stage.run("up");
  expect({ failed: exitCode !== 0, requests }).toEqual({ failed: true, requests: { search: 1 } });
  expect(text).toContain(
    `Looking for target 400661751630138406 on ${stage.zitadel.url} failed: ZITADEL shows no such target. Check the id`,
  );
  expect(text).not.toMatch(/UnhandledPromiseRejection|PromiseRejectionHandledWarning/);
  expect(stage.zitadel.targets()).toHaveLength(1);
});
