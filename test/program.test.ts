import * as pulumi from "@pulumi/pulumi";
import { ZitadelTarget } from "../provider";

const args = { endpoint: "https://example.com", timeout: "10s", restAsync: {} };

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: () => ({}),
  }),
);

test("declaring a target leaves the program's stack traces as they were", () => {
  const limit = Error.stackTraceLimit;
  new ZitadelTarget("hook", args);
  expect(Error.stackTraceLimit).toBe(limit);
});

test("also where it throws, and what it throws says where", () => {
  const limit = Error.stackTraceLimit;
  let thrown: unknown;
  try {
    new ZitadelTarget("", args);
  } catch (error) {
    thrown = error;
  }
  expect(Error.stackTraceLimit).toBe(limit);
  expect(thrown).toMatchObject({ message: "Missing resource name argument (for URN creation)" });
  expect((thrown as Error).stack).toContain("program.test.ts");
});

test("a target knows its kind", async () => {
  const target = new ZitadelTarget("hook", args);
  expect(ZitadelTarget.isInstance(target)).toBe(true);
  expect(ZitadelTarget.isInstance({})).toBe(false);
  expect(ZitadelTarget.isInstance(undefined)).toBe(false);
  await new Promise((resolve) => target.urn.apply(resolve));
});
