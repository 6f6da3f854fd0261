import { text as textOf } from "node:stream/consumers";
import { act, states, token, victimOf } from "../../support/hostile";
import { failure, serve } from "../../support/provider";

// Lists that are endless, or whose total is wrong. The number of requests is limited, and no object is considered gone.

interface Question {
  readonly path: string;
  readonly offset: number;
  readonly limit: number;
}

type Row = Record<string, unknown>;

const { name: _name, ...rest } = states.target;
const { publicKey, fingerprint, creationDate, changeDate } = states.key;

/** A row of the list that is asked for. */
function rowOf(path: string, index: number): Row {
  if (path.includes("executions"))
    return { condition: { event: { event: `e.${index}` } }, targets: ["1"], creationDate, changeDate };
  if (path.includes("publickeys"))
    return {
      keyId: `k${index}`,
      publicKey: Buffer.from(publicKey).toString("base64"),
      fingerprint,
      creationDate,
      changeDate,
    };
  return { ...rest, id: `t${index}`, name: `n${index}` };
}

const keyOf = (path: string) =>
  path.includes("executions") ? "executions" : /publickeys/.exec(path) ? "publicKeys" : "targets";
const rowsFrom = (path: string, from: number, count: number) =>
  Array.from({ length: Math.max(0, count) }, (_, index) => rowOf(path, from + index));

let server: Awaited<ReturnType<typeof serve>>;
let requests: Question[];
let answer: (question: Question) => { total: unknown; rows: Row[] };

beforeEach(async () => {
  requests = [];
  server = await serve((request, response) => {
    void textOf(request).then((body) => {
      const { pagination = {} } = JSON.parse(body === "" ? "{}" : body) as { pagination?: Partial<Question> };
      const question = { path: request.url ?? "", offset: pagination.offset ?? 0, limit: pagination.limit ?? 100 };
      requests.push(question);
      const { total, rows } = answer(question);
      response.end(JSON.stringify({ pagination: { totalResult: total }, [keyOf(question.path)]: rows }));
    });
  });
});
afterEach(() => server.close());

const lists = ["list targets", "list executions", "adopt key", "export"];

describe.each(lists)("%s", (name) => {
  const refused = async () => {
    const error = await failure(act(name)(victimOf(server.url)), token);
    expect(error).toMatchObject({ code: "unexpected_answer" });
    return error.message;
  };

  test.each<[string, (question: Question) => { total: unknown; rows: Row[] }, number]>([
    [
      "promises more for ever",
      ({ path, offset, limit }) => ({ total: "99999999", rows: rowsFrom(path, offset, limit) }),
      1,
    ],
    [
      "grows for ever",
      ({ path, offset, limit }) => ({ total: String(offset + 1001), rows: rowsFrom(path, offset, limit) }),
      101,
    ],
    ["repeats its first page", ({ path, limit }) => ({ total: "50000", rows: rowsFrom(path, 0, limit) }), 2],
    ["counts more than it shows", ({ path, offset }) => ({ total: "5000", rows: rowsFrom(path, offset, 10) }), 1],
    ["counts and shows nothing", () => ({ total: "5000", rows: [] }), 1],
    [
      "shows nothing from the second page on",
      ({ path, offset, limit }) => ({ total: "9000", rows: offset > 0 ? [] : rowsFrom(path, 0, limit) }),
      2,
    ],
    [
      "counts more than there are numbers",
      ({ path, limit }) => ({ total: "9".repeat(400), rows: rowsFrom(path, 0, limit) }),
      1,
    ],
    [
      "puts more on a page than was asked for",
      ({ path, limit }) => ({ total: "1", rows: rowsFrom(path, 0, limit + 1) }),
      1,
    ],
    ["puts as much on a page as it can", ({ path }) => ({ total: "1", rows: rowsFrom(path, 0, 40_000) }), 1],
    ["counts in words", () => ({ total: "many", rows: [] }), 1],
    ["counts below nothing", () => ({ total: "-1", rows: [] }), 1],
    ["counts in fractions", () => ({ total: "1e3", rows: [] }), 1],
    ["counts in numbers", () => ({ total: 5, rows: [] }), 1],
  ])("a list that %s is an error", async (_what, lie, most) => {
    answer = lie;
    expect(await refused()).toMatch(/^[^\n]{1,600}$/);
    // An export reads two lists at the same time.
    expect(requests.length).toBeLessThanOrEqual(most * (name === "export" ? 2 : 1));
  });
});

describe("a refresh", () => {
  test.each([
    ["read target", "targets"],
    ["read execution", "executions"],
    ["read key", "keys"],
  ])("%s: lists without end are bounded, and nothing is gone", async (name) => {
    const lies: ((question: Question) => { total: unknown; rows: Row[] })[] = [
      ({ path, offset, limit }) => ({ total: "99999999", rows: rowsFrom(path, offset, limit) }),
      ({ path, offset, limit }) => ({ total: String(offset + 1001), rows: rowsFrom(path, offset, limit) }),
      ({ path, limit }) => ({ total: "20000", rows: rowsFrom(path, 0, limit) }),
      () => ({ total: "20000", rows: [] }),
      // A search by ids that leaves the ids out of account.
      ({ path, offset, limit }) => ({ total: "1", rows: rowsFrom(path, offset, Math.min(limit, 1)) }),
    ];
    for (const lie of lies) {
      answer = lie;
      requests = [];
      const error = await failure(act(name)(victimOf(server.url)), token);
      expect(error).toMatchObject({ code: "unexpected_answer" });
      expect(requests.length).toBeLessThanOrEqual(22);
    }
  });

  test("an execution whose row cannot be read is not gone", async () => {
    const condition = { schedule: { cron: "* * * * *" } };
    answer = () => ({ total: "1", rows: [{ condition, targets: [], creationDate, changeDate }] });
    const error = await failure(act("read execution")(victimOf(server.url)), token);
    expect(error.message).toContain("with rows that this version does not know. Nothing was removed from the state.");
  });
});
