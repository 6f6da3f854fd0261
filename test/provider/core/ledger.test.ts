import { ZitadelError } from "../../../provider/api/errors";
import { Ledger } from "../../../provider/core/ledger";

// What a provider process knows about one server, tested directly.

const [a, b] = ['ZitadelTarget "a"', 'ZitadelTarget "b"'];
const object = "ZitadelTarget 1";
const name = "target name hook";
let ledger: Ledger;

beforeEach(() => {
  ledger = new Ledger();
});

describe("may I take this?", () => {
  test("an object has one owner, who may ask as often as it likes", () => {
    expect(ledger.own(object, a)).toBeUndefined();
    expect(ledger.own(object, a)).toBeUndefined();
    expect(ledger.own(object, b)).toBe(a);
    expect([ledger.owns(a, object), ledger.owns(b, object), ledger.ownerOf(object)]).toEqual([true, false, a]);
  });

  test("who does not say which resource it is, is never the owner that was there", () => {
    expect(ledger.own(object, undefined)).toBeUndefined();
    expect(ledger.own(object, undefined)).toBe("another resource");
    expect(ledger.own(object, a)).toBe("another resource");
    expect(ledger.owns(undefined, object)).toBe(false);
  });

  test("what was not taken over after all is free again, and so is what was deleted", () => {
    ledger.own(object, a, true);
    ledger.disown(object);
    expect(ledger.own(object, b)).toBeUndefined();
    ledger.deleted(object, [], "2026-07-01T12:00:00Z");
    expect(ledger.own(object, a)).toBeUndefined();
    expect(ledger.deletedAt(object)).toBe("2026-07-01T12:00:00Z");
    expect(ledger.deletedAt("ZitadelTarget 2")).toBeUndefined();
  });

  test("a resource that is checked as a new one, for its replacement, gives its object and its names up", () => {
    ledger.declare(a, false);
    ledger.own(object, a);
    ledger.claim(name, a);
    ledger.declare(a, false);
    expect([ledger.own(object, b), ledger.claim(name, b)]).toEqual([a, a]);
    ledger.declare(a, true);
    expect([ledger.own(object, b), ledger.claim(name, b)]).toEqual([undefined, undefined]);
  });

  test("another resource's check takes nothing from it", () => {
    ledger.own(object, a);
    ledger.claim(name, a);
    ledger.declare(b, true);
    ledger.declare(undefined, true);
    expect([ledger.own(object, b), ledger.claim(name, b)]).toEqual([a, a]);
    expect([ledger.isDeclared(b), ledger.isDeclared(a), ledger.isDeclared(undefined)]).toEqual([true, false, false]);
  });
});

describe("may I delete this?", () => {
  test("not what a resource owns, created or taken over", () => {
    ledger.own(object, a);
    expect(ledger.keeper(object, undefined)).toEqual({ resource: a, is: "owner" });
  });

  test("not what an unnamed resource took over, but what an unnamed resource created", () => {
    ledger.own(object, undefined, true);
    expect(ledger.keeper(object, undefined)).toEqual({ resource: "another resource", is: "owner" });
    ledger.disown(object);
    ledger.own(object, undefined);
    expect(ledger.keeper(object, undefined)).toBeUndefined();
  });

  test("not what a resource is to take over and has not yet", () => {
    ledger.claim(name, b, true);
    expect(ledger.keeper(object, name)).toEqual({ resource: b, is: "adopter" });
    expect(ledger.keeper(object, "target name other")).toBeUndefined();
    expect(ledger.keeper(object, undefined)).toBeUndefined();
  });

  test("what goes for its own replacement, which is to adopt what is left", () => {
    ledger.claim(name, a, true);
    expect(ledger.keeper(object, name, { replacing: b })).toEqual({ resource: a, is: "adopter" });
    expect(ledger.keeper(object, name, { replacing: a })).toBeUndefined();
    ledger.own(object, a);
    expect(ledger.keeper(object, name, { replacing: a })).toEqual({ resource: a, is: "owner" });
  });

  test("what a resource claims and does not adopt, or whose claimant has another object by now", () => {
    ledger.claim(name, a);
    expect(ledger.keeper(object, name)).toBeUndefined();
    ledger.claim(name, a, true);
    ledger.own("ZitadelTarget 2", a);
    expect(ledger.keeper(object, name)).toBeUndefined();
  });

  test("not what may be the object of a resource that the engine did not compare", () => {
    ledger.declare(a, false);
    ledger.claim(name, a);
    expect(ledger.keeper(object, name, { deleting: b })).toEqual({ resource: a, is: "namesake" });
    expect(ledger.keeper(object, name, { deleting: a })).toBeUndefined();
    expect(ledger.keeper(object, name, { replacing: a })).toBeUndefined();
    ledger.own("ZitadelTarget 2", a);
    expect(ledger.keeper(object, name, { deleting: b })).toBeUndefined();
  });

  test("what no resource mentions", () => {
    expect(ledger.keeper(object, name)).toBeUndefined();
  });
});

describe("while an object is deleted", () => {
  test("no resource gets it, until it is known to stay or to be gone", () => {
    expect(ledger.seize(object, a, undefined)).toBeUndefined();
    expect(ledger.own(object, b, true)).toBe(`the deletion of ${a}`);
    ledger.letGo(object);
    expect(ledger.own(object, b, true)).toBeUndefined();
  });

  test("a resource that took it over before is named", () => {
    ledger.own(object, b, true);
    expect(ledger.seize(object, a, undefined)).toBe(b);
    ledger.letGo(object);
    expect(ledger.ownerOf(object)).toBe(b);
  });

  test("the one that had it from the start is no hindrance", () => {
    ledger.own(object, b);
    expect(ledger.seize(object, a, b)).toBeUndefined();
  });
});

describe("who else wants this name?", () => {
  test("the first gets it, and the others learn who has it", () => {
    expect(ledger.claim(name, a)).toBeUndefined();
    expect(ledger.claim(name, b)).toBe(a);
    expect(ledger.claim(name, a)).toBeUndefined();
    expect(ledger.claim("target name other", b)).toBeUndefined();
  });

  test("who does not say which resource it is claims nothing", () => {
    expect(ledger.claim(name, undefined)).toBeUndefined();
    expect(ledger.claim(name, a)).toBeUndefined();
    expect(ledger.claim(name, undefined)).toBeUndefined();
  });

  test("a claimant is reported with its object, or as one that is new", () => {
    expect(ledger.claimant(name)).toBeUndefined();
    ledger.declare(a, true);
    ledger.claim(name, a);
    expect(ledger.claimant(name)).toEqual({ isNew: true, object: undefined });
    ledger.declare(b, false);
    ledger.claim("target name b", b);
    expect(ledger.claimant("target name b")).toEqual({ isNew: false, object: undefined });
    ledger.own(object, b);
    expect(ledger.claimant("target name b")).toEqual({ isNew: false, object });
  });
});

describe("once", () => {
  const open = new ZitadelError("unanswered", "no answer");
  const refused = new ZitadelError("invalid_request", "no");
  const failing = (error: Error) => () => Promise.reject(error);

  test("what succeeded is not done again, for the same resource", async () => {
    const act = jest.fn((began: number, isRepeated: boolean) => Promise.resolve([began, isRepeated]));
    expect(await ledger.once("create x", a, 5, act)).toEqual([5, false]);
    expect(await ledger.once("create x", a, 9, act)).toEqual([5, false]);
    expect(act).toHaveBeenCalledTimes(1);
    expect(await ledger.once("create x", b, 9, act)).toEqual([9, false]);
    expect(await ledger.once("create y", a, 11, act)).toEqual([11, false]);
  });

  test("what may have been done is reported when it was begun", async () => {
    await expect(ledger.once("create x", a, 5, failing(open))).rejects.toBe(open);
    await expect(ledger.once("create x", a, 7, failing(open))).rejects.toBe(open);
    expect(await ledger.once("create x", a, 9, (...args) => Promise.resolve(args))).toEqual([5, true]);
  });

  test("what was rejected begins anew", async () => {
    await expect(ledger.once("create x", a, 5, failing(refused))).rejects.toBe(refused);
    expect(await ledger.once("create x", a, 9, (...args) => Promise.resolve(args))).toEqual([9, false]);
  });

  test("an unnamed resource is always a different one", async () => {
    const act = (...args: [number, boolean]) => Promise.resolve(args);
    expect(await ledger.once("create x", undefined, 5, act)).toEqual([5, false]);
    expect(await ledger.once("create x", undefined, 9, act)).toEqual([9, false]);
  });
});

test("what a resource left unfinished is kept until it ends well, for resources that are named", () => {
  const half = { id: "1", properties: { active: false } };
  ledger.leave(a, half);
  ledger.leave(undefined, half);
  expect([ledger.leftOf(a), ledger.leftOf(b), ledger.leftOf(undefined)]).toEqual([half, undefined, undefined]);
  ledger.leave(a, undefined);
  expect(ledger.leftOf(a)).toBeUndefined();
});

test("notes are there until they are taken back, and a list is made once", () => {
  ledger.note("1 encrypts");
  expect([ledger.noted("1 encrypts"), ledger.noted("2 encrypts")]).toEqual([true, false]);
  ledger.note("1 encrypts", false);
  expect(ledger.noted("1 encrypts")).toBe(false);
  const make = jest.fn(() => ({}));
  expect(ledger.listing("targets", make)).toBe(ledger.listing("targets", make));
  expect(ledger.listing("executions", make)).not.toBe(ledger.listing("targets", make));
  expect(make).toHaveBeenCalledTimes(2);
});
