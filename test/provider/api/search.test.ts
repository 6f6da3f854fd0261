import { executions } from "../../../provider/execution/search";
import { everything, pagesOf } from "../../../provider/api/search";
import { clientFor } from "../../support/provider";
import { eachInItsOwnWorld, seen, webhook, type World } from "../../support/world";

let world: World;

eachInItsOwnWorld((opened) => (world = opened));

/** Answers searches of executions from a list that is too long to be made by a test. */
function listing(rows: readonly object[]): void {
  for (let offset = 0; offset < rows.length; offset += 1000) {
    world.zitadel.faults.add({
      match: {
        operation: "searchExecutions",
        when: ({ body }) => (body as { pagination: { offset: number } }).pagination.offset === offset,
      },
      fault: {
        kind: "answer",
        status: 200,
        body: {
          pagination: { totalResult: String(rows.length), appliedLimit: "1000" },
          executions: rows.slice(offset, offset + 1000),
        },
      },
    });
  }
}

const row = (condition: object) => ({
  condition,
  creationDate: "2026-07-01T00:00:00.000001Z",
  changeDate: "2026-07-01T00:00:00.000001Z",
  targets: ["1"],
});
const rows = (count: number) => Array.from({ length: count }, (_, index) => row({ event: { event: `e.${index}` } }));
const all = () => everything(pagesOf(clientFor(world.zitadel), executions));

test.each([
  [0, 1],
  [1, 1],
  [999, 1],
  [1_000, 1],
  [1_001, 2],
  [2_000, 2],
  [2_500, 3],
])("%d rows are listed with %d requests", async (count, requests) => {
  listing(rows(count));
  expect((await all()).map(({ id }) => id)).toEqual(rows(count).map((_, index) => `event/e.${index}`));
  expect(seen(world.zitadel)).toEqual({ searchExecutions: requests });
});

test("a row that this version cannot read moves no other one to another page", async () => {
  const strange = row({ schedule: { cron: "* * * * *" } });
  listing([strange, ...rows(1_500), strange]);
  expect((await all()).map(({ id }) => id)).toEqual(rows(1_500).map((_, index) => `event/e.${index}`));
  expect(seen(world.zitadel)).toEqual({ searchExecutions: 2 });
});

test("rows that are deleted while they are listed end the listing", async () => {
  const { id } = world.zitadel.add({ ...webhook, name: "a" });
  world.zitadel.setExecution({ event: { all: true } }, [id]);
  const body = { pagination: { totalResult: "2000" }, executions: rows(1_000) };
  world.zitadel.faults.add({ match: { operation: "searchExecutions" }, fault: { kind: "answer", status: 200, body } });
  expect(await all()).toHaveLength(1_000);
});
