import { targetLifecycle } from "../../../provider/target/lifecycle";
import { type Act, act, actNames, reads, states, token, victimOf } from "../../support/hostile";
import { expectNone, serve } from "../../support/provider";
import { callOf, jsonValues, type Path, pathsOf, replaced, typeOf, validAnswers } from "../../support/valid";

// Answers of the wrong shape: each value of each answer is replaced by every other JSON type.

const clockHeader = { date: "Wed, 01 Jul 2026 12:00:00 GMT" };

/** A server whose answers a test can change, and the calls that it was asked. */
const answers = new Map<string, string>();
const asked = new Set<string>();
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  server = await serve((request, response) => {
    const call = callOf(request);
    asked.add(call);
    request.resume();
    const text = answers.get(call) ?? JSON.stringify(validAnswers[call] ?? {});
    response.writeHead(200, clockHeader).end(text);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  answers.clear();
  asked.clear();
});

type Outcome = { done: unknown } | { error: Error };

/** Either it is done, or a ZitadelError of one short line that shows no token: never another kind of error. */
async function outcomeOf(run: Act): Promise<Outcome> {
  try {
    return { done: await run(victimOf(server.url)) };
  } catch (error) {
    expectNone(error, token);
    if (!(error instanceof Error) || error.name !== "ZitadelError") throw error;
    expect(error.message).toMatch(/^[^\p{Cc}]{1,4000}$/u);
    return { error };
  }
}

test.each(actNames)("%s: the answers as they should be will do", async (name) => {
  expect(await outcomeOf(act(name))).toHaveProperty("done");
  for (const call of asked) expect(Object.keys(validAnswers)).toContain(call);
});

test("every valid answer is used by some act", async () => {
  for (const name of actNames) await outcomeOf(act(name));
  expect(new Set(asked)).toEqual(new Set(Object.keys(validAnswers)));
});

/** Every answer that an act gets, with each value in it replaced by another type. */
async function eachMutation(name: string, check: (outcome: Outcome, what: string) => void): Promise<number> {
  await outcomeOf(act(name));
  let count = 0;
  for (const call of [...asked]) {
    const valid = validAnswers[call];
    for (const path of pathsOf(valid)) {
      for (const value of jsonValues) {
        if (typeOf(value) === typeOf(at(valid, path))) continue;
        answers.set(call, JSON.stringify(replaced(valid, path, value)));
        check(await outcomeOf(act(name)), `${call} ${path.join(".")} = ${JSON.stringify(value)}`);
        count++;
      }
    }
    answers.delete(call);
  }
  return count;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

test.each(actNames)("%s: any value replaced by another type is an error of ours, or of no importance", async (name) => {
  const count = await eachMutation(name, (outcome, what) => {
    // What is returned goes into the state: it is JSON.
    const { done } = outcome as { done?: unknown };
    if (done !== undefined && name !== "export") expect([what, JSON.parse(JSON.stringify(done))]).toEqual([what, done]);
    // A resource is there, whatever is said of it in another form.
    if (name in reads && !("error" in outcome)) expect([what, done]).toEqual([what, expect.anything()]);
  });
  expect(count).toBeGreaterThan(10);
});

describe("gone is what ZITADEL says, and nothing that only looks like it", () => {
  const empty = JSON.stringify({ pagination: {} });
  const refusal = {
    code: 5,
    message: "Target not found (COMMAND-xj14f2cccn)",
    details: [{ "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", id: "COMMAND-xj14f2cccn", message: "x" }],
  };
  const read: Act = (client) =>
    targetLifecycle.read({ client, warn: () => undefined, info: () => undefined }, "1", states.target);

  test("in its own form it is", async () => {
    const gone = await serve((request, response) => {
      request.resume();
      const isSearch = callOf(request) === "POST targets/search";
      response.writeHead(isSearch ? 200 : 404).end(isSearch ? empty : JSON.stringify(refusal));
    });
    try {
      expect(await read(victimOf(gone.url))).toBeUndefined();
    } finally {
      gone.close();
    }
  });

  test("in any other it is an error", async () => {
    let text = "";
    let code = 404;
    const lying = await serve((request, response) => {
      request.resume();
      const isSearch = callOf(request) === "POST targets/search";
      response.writeHead(isSearch ? 200 : code).end(isSearch ? empty : text);
    });
    const refuses = () => expect(read(victimOf(lying.url))).rejects.toMatchObject({ name: "ZitadelError" });
    try {
      const decisive: Path[] = [[], ["message"], ["details"], ["details", 0], ["details", 0, "id"]];
      for (const path of decisive) {
        for (const value of jsonValues.filter((one) => typeOf(one) !== typeOf(at(refusal, path)))) {
          text = JSON.stringify(replaced(refusal, path, value));
          await refuses();
        }
      }
      text = JSON.stringify(refusal);
      for (code of [201, 206, 299, 302, 401, 403, 418, 429, 500, 502, 503, 504, 599]) await refuses();
    } finally {
      lying.close();
    }
  });
});

describe("JSON nested ten thousand deep", () => {
  const lists = "[".repeat(10_000) + "]".repeat(10_000);
  const records = '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000);

  test.each(actNames)("in place of any value of any answer to %s", async (name) => {
    await outcomeOf(act(name));
    for (const call of [...asked]) {
      for (const path of pathsOf(validAnswers[call])) {
        for (const deep of [lists, records]) {
          answers.set(call, JSON.stringify(replaced(validAnswers[call], path, "DEEP")).replace('"DEEP"', deep));
          const outcome = await outcomeOf(act(name));
          expect([call, path, outcome]).toEqual([call, path, { error: expect.anything() as unknown }]);
        }
      }
      answers.delete(call);
    }
  });

  test("in brackets of a text is no depth at all", async () => {
    const name = `${"[{".repeat(400)}\\"\\\\`;
    answers.set(
      "POST targets/search",
      JSON.stringify(replaced(validAnswers["POST targets/search"], ["targets", 0, "name"], name)),
    );
    expect(await outcomeOf(act("get target by id"))).toMatchObject({ done: { name } });
  });
});
