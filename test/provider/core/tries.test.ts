import { ZitadelError } from "../../../provider/api/errors";
import { Tries } from "../../../provider/core/tries";

const [a, b] = ['ZitadelTarget "a"', 'ZitadelTarget "b"'];
let tries: Tries;

beforeEach(() => {
  tries = new Tries();
});

describe("once", () => {
  const open = new ZitadelError("unanswered", "no answer");
  const refused = new ZitadelError("invalid_request", "no");
  const failing = (error: Error) => () => Promise.reject(error);

  test("what succeeded is not done again, for the same resource", async () => {
    const act = jest.fn((began: number, isRepeated: boolean) => Promise.resolve([began, isRepeated]));
    expect(await tries.once("create x", a, 5, act)).toEqual([5, false]);
    expect(await tries.once("create x", a, 9, act)).toEqual([5, false]);
    expect(act).toHaveBeenCalledTimes(1);
    expect(await tries.once("create x", b, 9, act)).toEqual([9, false]);
    expect(await tries.once("create y", a, 11, act)).toEqual([11, false]);
  });

  test("what may have been done is reported when it was begun", async () => {
    await expect(tries.once("create x", a, 5, failing(open))).rejects.toBe(open);
    await expect(tries.once("create x", a, 7, failing(open))).rejects.toBe(open);
    expect(await tries.once("create x", a, 9, (...args) => Promise.resolve(args))).toEqual([5, true]);
  });

  test("what was rejected begins anew", async () => {
    await expect(tries.once("create x", a, 5, failing(refused))).rejects.toBe(refused);
    expect(await tries.once("create x", a, 9, (...args) => Promise.resolve(args))).toEqual([9, false]);
  });

  test("an unnamed resource is always a different one", async () => {
    const act = (...args: [number, boolean]) => Promise.resolve(args);
    expect(await tries.once("create x", undefined, 5, act)).toEqual([5, false]);
    expect(await tries.once("create x", undefined, 9, act)).toEqual([9, false]);
  });
});

test("what a resource left unfinished is kept until it ends well, for resources that are named", () => {
  const half = { id: "1", properties: { active: false } };
  tries.leave(a, half);
  tries.leave(undefined, half);
  expect([tries.leftOf(a), tries.leftOf(b), tries.leftOf(undefined)]).toEqual([half, undefined, undefined]);
  tries.leave(a, undefined);
  expect(tries.leftOf(a)).toBeUndefined();
});
