import { join } from "node:path";
import { openStage, programs, type Stage } from "../support/deploy";

// Lookups of a target that the program itself declares: with an id that a preview does not know, and inside an `apply`.

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ projectDir: join(programs, "applied") });
});
afterAll(() => stage.close());

test("before the target exists they send nothing, also if its name is known, and then they find it", async () => {
  const planned = await stage.run("preview");
  expect(planned).toMatchObject({ exitCode: 0, requests: {} });

  const { exitCode, outputs, requests } = await stage.run("up");
  const [target] = stage.zitadel.targets();
  const forms = ["byOutput", "inApply", "outputInApply", "byName"];
  const found = Object.fromEntries(forms.map((form) => [form, { value: target?.endpoint }]));
  expect({ exitCode, requests }).toEqual({ exitCode: 0, requests: { create: 1, search: 3 } });
  expect(outputs).toMatchObject({ ...found, listed: { value: 1 } });
  expect(outputs).toMatchObject({ signingKey: { value: target?.signingKey, secret: true } });
  expect(await stage.run("preview")).toMatchObject({ exitCode: 0, requests: { search: 3 } });
});

test("before the target has its new name they do not look for it, and then they find it", async () => {
  stage.declare({}, { NAME: "renamed" });
  expect(await stage.run("preview")).toMatchObject({ exitCode: 0, requests: { search: 1 } }); // `getTarget`, by the known id
  const { exitCode, outputs } = await stage.run("up");
  expect({ exitCode, outputs }).toMatchObject({ exitCode: 0, outputs: { byName: {}, listed: { value: 1 } } });
});

test("one that finds nothing ends the program with a message that says so, and changes nothing", async () => {
  stage.declare({}, { NAME: "renamed", WANTED: "400661751630138406" });
  const { exitCode, text, requests } = await stage.run("up");
  expect({ failed: exitCode !== 0, requests: Object.keys(requests) }).toEqual({ failed: true, requests: ["search"] });
  expect(text).toContain(
    `Looking for target 400661751630138406 on ${stage.zitadel.url} failed: ZITADEL shows no such target. Check the id`,
  );
  expect(text).not.toMatch(/UnhandledPromiseRejection|PromiseRejectionHandledWarning/);
  expect(stage.zitadel.targets()).toHaveLength(1);
});
