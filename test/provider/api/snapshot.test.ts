import { startZitadel } from "../../../local/zitadel";
import { Snapshot } from "../../../provider/api/snapshot";
import { findNow, reader } from "../../../provider/target/search";
import { clientFor, create, failure, fakeClock } from "../../support/provider";

interface Row {
  id: string;
  version: number;
}

/** So many rows, and a record of how they were asked for. */
function listing(count: number) {
  const rows = Array.from({ length: count }, (_, index): Row => ({ id: String(index), version: 1 }));
  const pages: number[] = [];
  const lookups: (readonly string[])[] = [];
  const clock = fakeClock();
  const state = { rows, pages, lookups, clock, broken: false, hold: Promise.resolve() };
  const answer = async <T>(read: () => T): Promise<T> => {
    const { broken } = state;
    await state.hold;
    if (broken) throw new Error("out of order");
    return read();
  };
  const snapshot = new Snapshot<Row>(
    {
      id: ({ id }) => id,
      page: (offset, limit) => {
        pages.push(offset);
        return answer(() => ({ rows: rows.slice(offset, offset + limit), total: rows.length }));
      },
      byIds: (ids) => {
        lookups.push(ids);
        return answer(() => rows.filter(({ id }) => ids.includes(id)));
      },
    },
    clock,
  );
  return { ...state, state, snapshot };
}

/** Asks as an engine does that has eight hands. */
async function inWaves<T>(ids: readonly string[], find: (id: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < ids.length; start += 8) {
    found.push(...(await Promise.all(ids.slice(start, start + 8).map(find))));
  }
  return found;
}

describe("reading many", () => {
  test("200 in waves of 8 is one page", async () => {
    const { snapshot, rows, pages, lookups } = listing(200);
    const ids = rows.map(({ id }) => id);
    const found = await inWaves(ids, (id) => snapshot.find(id));
    expect(found).toEqual(rows);
    expect(pages).toEqual([0]);
    expect(lookups).toEqual([]);
  });

  test.each([
    [0, [0]],
    [999, [0]],
    [1000, [0]],
    [1001, [0, 1000]],
    [2500, [0, 1000, 2000]],
  ])("%i of them are the pages from %j", async (count, offsets) => {
    const { snapshot, rows, pages } = listing(count);
    const found = await inWaves(
      rows.map(({ id }) => id),
      (id) => snapshot.find(id),
    );
    expect(found).toEqual(rows);
    await snapshot.find("0");
    expect(pages).toEqual(offsets);
  });

  test("2,500 of ZITADEL's targets are three searches", async () => {
    const zitadel = await startZitadel();
    try {
      const ids = Array.from({ length: 2500 }, (_, index) => zitadel.add({ ...create(`hook-${index}`).body }).id);
      const client = clientFor(zitadel);
      const found = await inWaves(ids, (id) => reader(client).find(id));
      expect(found.map((row) => row?.id)).toEqual(ids);
      expect(zitadel.count()).toMatchObject({ search: 3, get: 0 });
      expect(await Promise.all(["1", ids[7]].map((id) => findNow(client, id ?? "")))).toMatchObject([
        undefined,
        { name: "hook-7" },
      ]);
      expect(zitadel.count().search).toBe(4);
    } finally {
      await zitadel.stop();
    }
  });

  test("more than 20,000 are asked for by id, those of the same moment together", async () => {
    const { snapshot, pages, lookups } = listing(20_001);
    expect(await snapshot.find("5")).toMatchObject({ id: "5" });
    const found = await Promise.all(["3000", "20000", "none"].map((id) => snapshot.find(id)));
    expect(found).toMatchObject([{ id: "3000" }, { id: "20000" }, undefined]);
    expect(pages).toEqual([0]);
    expect(lookups).toEqual([["3000", "20000", "none"]]);
  });

  test("exactly 20,000 are listed", async () => {
    const { snapshot, pages, lookups } = listing(20_000);
    expect(await snapshot.find("19999")).toMatchObject({ id: "19999" });
    expect(pages).toHaveLength(20);
    expect(lookups).toEqual([]);
  });
});

describe("a listing", () => {
  test("that lacks a row says so, and is not asked again", async () => {
    const { snapshot, pages, lookups } = listing(3);
    expect(await snapshot.find("none")).toBeUndefined();
    expect(await snapshot.find("none")).toBeUndefined();
    expect(pages).toEqual([0]);
    expect(lookups).toEqual([]);
  });

  test("is read again after a write of ours", async () => {
    const { snapshot, rows, pages } = listing(3);
    await snapshot.find("1");
    rows[1] = { id: "1", version: 2 };
    expect(await snapshot.find("1")).toMatchObject({ version: 1 });
    snapshot.forget();
    expect(await snapshot.find("1")).toMatchObject({ version: 2 });
    expect(pages).toEqual([0, 0]);
  });

  test("that a write overtook is not used for later questions", async () => {
    const { snapshot, rows, pages, state } = listing(3);
    let release = (): void => undefined;
    state.hold = new Promise((resolve) => (release = resolve));
    const early = snapshot.find("1");
    snapshot.forget();
    state.hold = Promise.resolve();
    rows[1] = { id: "1", version: 2 };
    expect(await snapshot.find("1")).toMatchObject({ version: 2 });
    release();
    await early;
    await snapshot.find("2");
    expect(pages).toEqual([0, 0]);
  });

  test("is read again after half a minute", async () => {
    const { snapshot, pages, clock } = listing(3);
    await snapshot.find("1");
    clock.advance(30_000);
    await snapshot.find("1");
    expect(pages).toEqual([0]);
    clock.advance(1);
    await snapshot.find("1");
    expect(pages).toEqual([0, 0]);
  });

  test("that failed is told to all who wait for it, and not remembered", async () => {
    const { snapshot, pages, state } = listing(3);
    state.broken = true;
    const both = await Promise.allSettled([snapshot.find("1"), snapshot.find("2")]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(pages).toEqual([0]);
    state.broken = false;
    expect(await snapshot.find("1")).toMatchObject({ id: "1" });
    expect(pages).toEqual([0, 0]);
  });

  test("that failed late does not take its successor with it", async () => {
    const { snapshot, pages, state } = listing(3);
    let release = (): void => undefined;
    state.hold = new Promise((resolve) => (release = resolve));
    state.broken = true;
    const early = snapshot.find("1");
    snapshot.forget();
    Object.assign(state, { hold: Promise.resolve(), broken: false });
    await snapshot.find("1");
    release();
    await expect(early).rejects.toThrow("out of order");
    await snapshot.find("2");
    expect(pages).toEqual([0, 0]);
  });

  test("that fails on ZITADEL's side ends in its words", async () => {
    const zitadel = await startZitadel();
    try {
      const client = clientFor(zitadel);
      zitadel.owner.role = "ORG_OWNER";
      const error = await failure(reader(client).find("1"), zitadel.accessToken);
      expect(error).toMatchObject({ code: "forbidden", operation: "search targets" });
      zitadel.owner.role = "IAM_OWNER";
      expect(await reader(client).find("1")).toBeUndefined();
    } finally {
      await zitadel.stop();
    }
  });
});

describe("a question of today", () => {
  test("shares its request with those of the same moment, also for the same row", async () => {
    const { snapshot, pages, lookups } = listing(20);
    const found = await Promise.all(["1", "2", "1", "none"].map((id) => snapshot.findNow(id)));
    expect(found).toMatchObject([{ id: "1" }, { id: "2" }, { id: "1" }, undefined]);
    expect(lookups).toEqual([["1", "2", "none"]]);
    await snapshot.findNow("1");
    expect(lookups).toHaveLength(2);
    expect(pages).toEqual([]);
  });

  test("is never answered from a listing", async () => {
    const { snapshot, rows, lookups } = listing(3);
    await snapshot.find("1");
    rows[1] = { id: "1", version: 2 };
    expect(await snapshot.findNow("1")).toMatchObject({ version: 2 });
    expect(lookups).toEqual([["1"]]);
  });

  test("for more than a page is several requests", async () => {
    const { snapshot, rows, lookups } = listing(2500);
    const found = await Promise.all(rows.map(({ id }) => snapshot.findNow(id)));
    expect(found).toEqual(rows);
    expect(lookups.map((ids) => ids.length)).toEqual([1000, 1000, 500]);
  });

  test("that fails rejects for all callers that share it, and for no later ones", async () => {
    const { snapshot, state } = listing(3);
    state.broken = true;
    const both = await Promise.allSettled([snapshot.findNow("1"), snapshot.findNow("2")]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    state.broken = false;
    expect(await snapshot.findNow("1")).toMatchObject({ id: "1" });
  });
});
