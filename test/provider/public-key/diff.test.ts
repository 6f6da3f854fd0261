import { unknown } from "../../../provider/core/properties";
import { publicKeyLifecycle } from "../../../provider/public-key/lifecycle";
import { newKey } from "../../support/pairs";

const inputs = { targetId: "1", publicKey: newKey(), expirationDate: "2099-01-01T00:00:00Z", active: true };
const state = {
  ...inputs,
  keyId: "2",
  fingerprint: "SHA256:…",
  creationDate: "2026-07-01T00:00:00.000001Z",
  changeDate: "2026-07-01T00:00:00.000001Z",
};
const { expirationDate: _date, ...endless } = inputs;

function diff(news: Record<string, unknown>, olds: Record<string, unknown> = state) {
  const { facts: _, ...result } = publicKeyLifecycle.diff(olds, news);
  return result;
}

test("an active key is a fact that other resources of its target may need to know", () => {
  const facts = (olds: Record<string, unknown>) => publicKeyLifecycle.diff(olds, inputs).facts?.("1/2");
  expect(facts(state)).toEqual(["target 1 has a key"]);
  expect(facts({ ...state, active: false })).toEqual([]);
});

describe("what changes nothing", () => {
  test.each<[string, Record<string, unknown>]>([
    ["the same", inputs],
    ["the same key between other line ends", { ...inputs, publicKey: inputs.publicKey.replaceAll("\n", "\r\n") }],
    ["the same key without the last line end", { ...inputs, publicKey: inputs.publicKey.trimEnd() }],
    ["the same moment in another offset", { ...inputs, expirationDate: "2099-01-01T02:00:00+02:00" }],
    ["the same moment with decimals", { ...inputs, expirationDate: "2099-01-01T00:00:00.000Z" }],
    ["adopt, which counts when the key is created", { ...inputs, adopt: true }],
    ["the instance, which is `Managed`'s to compare", { ...inputs, instance: "eu" }],
  ])("%s", (_case, news) => expect(diff(news)).toEqual({ changes: false, replaces: [] }));

  test("nothing said of the expiry before and now", () => {
    const { expirationDate: _, ...before } = state;
    expect(diff(endless, before)).toEqual({ changes: false, replaces: [] });
  });

  test("a string that is no longer a valid key, unchanged", () => {
    expect(diff({ ...inputs, publicKey: "x" }, { ...state, publicKey: "x" })).toMatchObject({ changes: false });
  });
});

describe("what updates in place", () => {
  test.each<[string, unknown]>([
    ["inactive", false],
    ["active or not, not yet known", unknown],
  ])("%s", (_case, active) => expect(diff({ ...inputs, active })).toEqual({ changes: true, replaces: [] }));
});

describe("what replaces: the new key is added before the old one goes", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ["another key", { ...inputs, publicKey: newKey() }, ["publicKey"]],
    ["a key not yet known", { ...inputs, publicKey: unknown }, ["publicKey"]],
    ["another target", { ...inputs, targetId: "3" }, ["targetId"]],
    ["a target not yet known", { ...inputs, targetId: unknown }, ["targetId"]],
    ["another moment", { ...inputs, expirationDate: "2099-01-01T00:00:00.001Z" }, ["expirationDate"]],
    ["the same hour elsewhere", { ...inputs, expirationDate: "2099-01-01T00:00:00+01:00" }, ["expirationDate"]],
    ["the expiry is removed", endless, ["expirationDate"]],
    ["several", { ...inputs, targetId: "3", publicKey: newKey(), active: false }, ["targetId", "publicKey"]],
  ])("%s", (_case, news, replaces) => {
    const result = diff(news);
    expect(result).toEqual({ changes: true, replaces });
    expect(result.deleteBeforeReplace ?? false).toBe(false);
  });

  test("a string that is no longer a valid key, changed", () => {
    expect(diff({ ...inputs, publicKey: "x" }, { ...state, publicKey: "y" })).toMatchObject({
      replaces: ["publicKey"],
    });
  });

  test("an expiry where there was none", () => {
    const { expirationDate: _, ...before } = state;
    expect(diff(inputs, before)).toMatchObject({ replaces: ["expirationDate"] });
  });
});
