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
    expect(ledger.firstClaim(name)).toBeUndefined();
    ledger.declare(a, true);
    ledger.claim(name, a);
    expect(ledger.firstClaim(name)).toEqual({ isNew: true, object: undefined });
    ledger.declare(b, false);
    ledger.claim("target name b", b);
    expect(ledger.firstClaim("target name b")).toEqual({ isNew: false, object: undefined });
    ledger.own(object, b);
    expect(ledger.firstClaim("target name b")).toEqual({ isNew: false, object });
  });
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
